//! `[project]`

use super::Faults;
use super::grammar::{email, is_number, length, name, name_rule, strange};
use crate::model::Project;
use crate::names::OWNER_LABEL;

/// Words that Google does not take anywhere in a project id.
const RESERVED: [&str; 4] = ["google", "ssl", "null", "undefined"];

pub(super) fn check(project: &Project, faults: &mut Faults) {
    id(project, faults);
    if let Some(what) = length(&project.name, 4, 30).or_else(|| {
        strange(&project.name, |c| c.is_ascii_alphanumeric() || ['-', '\'', '"', ' ', '!'].contains(&c))
    }) {
        let allowed = "4 to 30 letters, digits, spaces, hyphens, quotes and exclamation marks";
        faults.add("project.name", what, allowed, "choose another display name");
    }
    parents(project, faults);
    if let Some(account) = &project.billing_account
        && !is_billing_account(account)
    {
        let allowed = "XXXXXX-XXXXXX-XXXXXX, each X of 0-9 or A-F";
        let remedy =
            "copy the id from `gcloud billing accounts list`, or leave the key out for the only open account";
        faults.add("project.billing_account", "is not a billing account", allowed, remedy);
    }
    if let Some(account) = &project.account
        && let Some(what) = email(account)
    {
        faults.add("project.account", what, "an email address", "copy it from `gcloud auth list`");
    }
    place(project, faults);
    labels(project, faults);
}

fn id(project: &Project, faults: &mut Faults) {
    let reserved = RESERVED.iter().find(|word| project.id.contains(*word));
    let what = name(&project.id, 6, 30)
        .or_else(|| reserved.map(|word| format!("holds \"{word}\", which Google does not take")));
    if let Some(what) = what {
        let allowed = format!("{}, without {}", name_rule(6, 30), RESERVED.join(", "));
        faults.add("project.id", what, allowed, "choose another id; it can never be changed or used again");
    }
}

fn parents(project: &Project, faults: &mut Faults) {
    for (key, value) in [("project.organization", &project.organization), ("project.folder", &project.folder)]
    {
        if let Some(value) = value
            && !is_number(value)
        {
            let kind = key.trim_start_matches("project.");
            let remedy = match value.split_once('/') {
                Some((_, number)) if is_number(number) => format!("write the number alone: \"{number}\""),
                _ => format!("copy the number from the console; the {kind}'s name does not work"),
            };
            faults.add(key, "is not a number", "digits in quotes", remedy);
        }
    }
    if project.organization.is_some() && project.folder.is_some() {
        let remedy = "keep the folder alone: it lies in an organization already";
        faults.mutual(
            "project.folder",
            "excludes",
            "project.organization",
            "one of the two, or none",
            remedy,
        );
    }
}

fn place(project: &Project, faults: &mut Faults) {
    let Project { region, zone, .. } = project;
    if !is_region(region) {
        let remedy = match region.rsplit_once('-') {
            Some((shorter, _)) if is_region(shorter) => {
                format!("that is a zone; its region is \"{shorter}\"")
            }
            _ => "choose one from `gcloud compute regions list`".into(),
        };
        faults.add("project.region", "is not a region", "a region such as \"us-central1\"", remedy);
        return;
    }
    let letter = zone.strip_prefix(region.as_str()).and_then(|rest| rest.strip_prefix('-'));
    if letter.is_none_or(|letter| letter.len() != 1 || !letter.chars().all(|c| c.is_ascii_lowercase())) {
        let allowed = format!("the region and a letter, such as \"{region}-b\"");
        let remedy = "choose one from `gcloud compute zones list`";
        faults.against("project.zone", "is not a zone in", "project.region", &allowed, remedy);
    }
}

/// `europe-west12`: words and a number at the end.
fn is_region(text: &str) -> bool {
    let Some((area, place)) = text.split_once('-') else { return false };
    let word = place.trim_end_matches(|c: char| c.is_ascii_digit());
    let letters = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase());
    letters(area) && letters(word) && word.len() < place.len()
}

fn is_billing_account(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let hexadecimal = |c: char| c.is_ascii_digit() || ('A'..='F').contains(&c);
    groups.len() == 3 && groups.iter().all(|group| group.len() == 6 && group.chars().all(hexadecimal))
}

fn labels(project: &Project, faults: &mut Faults) {
    let (mark, value) = OWNER_LABEL;
    let found = project.labels.get(mark).map(String::as_str);
    if found != Some(value) {
        let what = if found.is_some() {
            "is the tool's own mark"
        } else {
            "is taken out, and is the tool's own mark"
        };
        let allowed = format!("{value:?}: a destroy knows by it what this tool made");
        let remedy = format!("leave it {value:?}, and say what you want to say in a label of another name");
        faults.add(format!("project.labels.{mark}"), what, allowed, remedy);
    }
    const MOST: usize = 64;
    if project.labels.len() > MOST {
        let what = format!("has {} labels, more than {MOST}", project.labels.len());
        faults.add("project.labels", what, format!("at most {MOST}"), "take some out");
    }
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let rule = "1 to 63 of a-z, 0-9, - and _; the name begins with a letter";
    for (key, value) in project.labels.iter().filter(|(key, _)| *key != mark) {
        let path = format!("project.labels.{key}");
        let of_key = length(key, 1, 63)
            .or_else(|| strange(key, sound))
            .or_else(|| {
                (!key.starts_with(|c: char| c.is_ascii_lowercase()))
                    .then(|| "does not begin with a letter".into())
            })
            .or_else(|| {
                key.starts_with("goog").then(|| "begins with \"goog\", which Google keeps for itself".into())
            });
        if let Some(what) = of_key {
            faults.add(path, format!("the name {what}"), rule, "choose another name for the label");
        } else if let Some(what) = length(value, 1, 63).or_else(|| strange(value, sound)) {
            faults.add(path, format!("the value {what}"), rule, "choose another value for the label");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(change: impl FnOnce(&mut Project)) -> Vec<String> {
        let mut project = Project::default();
        change(&mut project);
        let mut faults = Faults::default();
        check(&project, &mut faults);
        faults.lines()
    }

    #[test]
    fn ids() {
        for good in ["abcdef", "a-1234", &"a".repeat(30), "codementor-prod"] {
            assert!(lines(|p| p.id = good.into()).is_empty(), "{good}");
        }
        let long = "a".repeat(31);
        for bad in
            ["abcde", &long, "1abcde", "abcdef-", "Abcdef", "abc_def", "abc.def", "my-google-1", "a-ssl-b"]
        {
            assert_eq!(lines(|p| p.id = bad.into()).len(), 1, "{bad}");
        }
        let expected = ["project.id: holds \"google\", which Google does not take"];
        assert_eq!(lines(|p| p.id = "my-google-1".into()), expected);
    }

    #[test]
    fn display_names() {
        for good in ["Acme", "It's 1 \"App\"!", &"x".repeat(30)] {
            assert!(lines(|p| p.name = good.into()).is_empty(), "{good}");
        }
        for bad in ["abc", &"x".repeat(31), "a.b.c", "a_b_c", "Größe"] {
            assert_eq!(lines(|p| p.name = bad.into()).len(), 1, "{bad}");
        }
    }

    #[test]
    fn parents_are_numbers_and_exclude_each_other() {
        assert!(lines(|p| p.folder = Some("123".into())).is_empty());
        assert!(lines(|p| p.organization = Some("123".into())).is_empty());
        for bad in ["folders/123", "acme", "12a", "١٢"] {
            assert_eq!(lines(|p| p.folder = Some(bad.into())), ["project.folder: is not a number"], "{bad}");
        }
        let both = lines(|p| (p.folder, p.organization) = (Some("1".into()), Some("2".into())));
        assert_eq!(both, ["project.folder: excludes project.organization"]);
    }

    #[test]
    fn billing_accounts() {
        for good in ["000000-000000-000000", "01AB23-CDEF45-678900"] {
            assert!(lines(|p| p.billing_account = Some(good.into())).is_empty(), "{good}");
        }
        for bad in [
            "01ab23-cdef45-678900",
            "01AB23-CDEF45",
            "01AB23-CDEF45-67890",
            "01AB23-CDEF45-678900-1",
            "G00000-0-0",
        ] {
            assert_eq!(lines(|p| p.billing_account = Some(bad.into())).len(), 1, "{bad}");
        }
    }

    #[test]
    fn regions_and_zones() {
        let at = |region: &str, zone: &str| lines(|p| (p.region, p.zone) = (region.into(), zone.into()));
        for (region, zone) in [
            ("us-central1", "us-central1-f"),
            ("europe-west12", "europe-west12-a"),
            ("me-central2", "me-central2-c"),
        ] {
            assert!(at(region, zone).is_empty(), "{region}");
        }
        for region in ["us", "us-central", "us-central1-a", "US-central1", "us-1", "us central1", ""] {
            assert_eq!(at(region, "us-central1-a"), ["project.region: is not a region"], "{region}");
        }
        for zone in [
            "us-central1",
            "us-central1-",
            "us-central1-ab",
            "us-central1-1",
            "us-central2-a",
            "us-central1a",
        ] {
            assert_eq!(at("us-central1", zone), ["project.zone: is not a zone in project.region"], "{zone}");
        }
    }

    #[test]
    fn label_rules() {
        let label =
            |key: &str, value: &str| lines(|p| drop(p.labels.insert(key.to_owned(), value.to_owned())));
        let longest = "a".repeat(63);
        for (key, value) in [("a", "b"), ("env", "prod"), ("a_b-1", "1_-"), (&longest, &longest)] {
            assert!(label(key, value).is_empty(), "{key} {value}");
        }
        let too_long = "a".repeat(64);
        for (key, value) in [
            ("", "b"),
            ("Env", "b"),
            ("1a", "b"),
            ("_a", "b"),
            (&too_long, "b"),
            ("a.b", "b"),
            ("goog-x", "b"),
        ] {
            let lines = label(key, value);
            assert!(lines.len() == 1 && lines[0].contains("the name"), "{key} {value}: {lines:?}");
        }
        for (key, value) in [("a", "B"), ("a", "b.c"), ("a", &too_long), ("a", "b c")] {
            let lines = label(key, value);
            assert!(lines.len() == 1 && lines[0].contains("the value"), "{key} {value}: {lines:?}");
        }
        let many = |n: usize| lines(|p| p.labels.extend((2..n).map(|i| (format!("l{i}"), "x".into()))));
        assert!(many(64).is_empty());
        assert_eq!(many(65), ["project.labels: has 65 labels, more than 64"]);
    }

    #[test]
    fn the_mark_of_what_this_tool_made_is_its_own() {
        let own = |value: Option<&str>| {
            lines(|p| match value {
                Some(value) => drop(p.labels.insert("managed-by".into(), value.into())),
                None => drop(p.labels.remove("managed-by")),
            })
        };
        assert!(own(Some("deploy-all")).is_empty());
        assert_eq!(own(Some("me")), ["project.labels.managed-by: is the tool's own mark"]);
        assert_eq!(own(Some("Not A Label")).len(), 1);
        assert_eq!(own(None), ["project.labels.managed-by: is taken out, and is the tool's own mark"]);
    }

    #[test]
    fn accounts() {
        assert!(lines(|p| p.account = Some("me@acme.io".into())).is_empty());
        assert_eq!(lines(|p| p.account = Some("me".into())), ["project.account: has no \"@\""]);
    }
}
