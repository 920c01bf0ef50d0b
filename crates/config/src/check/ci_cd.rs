//! `[ci_cd]`

use super::Faults;
use super::grammar::{length, name, name_rule, strange};
use crate::Config;

/// What Artifact Registry allows for the name of a repository.
const REPOSITORY: usize = 63;

pub(super) fn check(config: &Config, faults: &mut Faults) {
    let ci = &config.ci_cd;
    if let Some(what) = name(&ci.repository, 1, REPOSITORY) {
        faults.add("ci_cd.repository", what, name_rule(1, REPOSITORY), "choose another name");
    }
    if let Some(what) = image(&ci.image) {
        let remedy = if ci.image.contains('/') {
            "write the name alone: the registry follows from the region, the project and the repository"
        } else {
            "choose another name"
        };
        faults.add("ci_cd.image", what, "1 to 63 of a-z, 0-9 and . _ - between them", remedy);
    }
    if let Some(what) = branch(&ci.branch) {
        let allowed = "the name of one branch: letters, digits and . _ / - +";
        faults.add("ci_cd.branch", what, allowed, "write the name itself, not a pattern");
    }
    github(config, faults);
    connection(config, faults);
    files(&ci.included_files, faults);
}

fn image(text: &str) -> Option<String> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    length(text, 1, 63).or_else(|| strange(text, |c| letter(c) || matches!(c, '.' | '_' | '-'))).or_else(
        || {
            let ends = text.starts_with(letter) && text.ends_with(letter);
            (!ends).then(|| "begins or ends with a separator".into())
        },
    )
}

/// Git's own rules for a name, and none of the characters that would make the trigger's pattern match more.
fn branch(text: &str) -> Option<String> {
    length(text, 1, 244)
        .or_else(|| strange(text, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-' | '+')))
        .or_else(|| text.starts_with("refs/").then(|| "is a reference, not a branch".to_owned()))
        .or_else(|| {
            let part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
            let bad = text.split('/').any(part) || text.contains("..") || text.ends_with('.');
            bad.then(|| "is not a name that Git allows".to_owned())
        })
}

fn github(config: &Config, faults: &mut Faults) {
    let Some(github) = &config.ci_cd.github else { return };
    let owner = &github.owner;
    let wrong = length(owner, 1, 39)
        .or_else(|| strange(owner, |c| c.is_ascii_alphanumeric() || c == '-'))
        .or_else(|| {
            let ends = owner.starts_with('-') || owner.ends_with('-') || owner.contains("--");
            ends.then(|| "has a hyphen at its beginning or end, or two together".into())
        });
    if let Some(what) = wrong {
        let allowed = "1 to 39 letters, digits and single hyphens";
        faults.add("ci_cd.github.owner", what, allowed, "copy it from the repository's address");
    }
    let name = &github.name;
    let wrong = length(name, 1, 100)
        .or_else(|| strange(name, |c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')))
        .or_else(|| matches!(name.as_str(), "." | "..").then(|| "is not a name".into()))
        .or_else(|| name.ends_with(".git").then(|| "ends with .git".into()));
    if let Some(what) = wrong {
        let remedy = "copy it from the repository's address, without owner and .git";
        faults.add("ci_cd.github.name", what, "1 to 100 letters, digits and . _ -", remedy);
    }
    if config.ci_cd.connection.is_some() {
        let remedy = "keep the one that the repository is connected by";
        faults.mutual("ci_cd.connection", "excludes", "ci_cd.github.name", "one of the two, or none", remedy);
    }
}

fn connection(config: &Config, faults: &mut Faults) {
    let Some(connection) = &config.ci_cd.connection else { return };
    let parts: Vec<&str> = connection.split('/').collect();
    let allowed = "projects/P/locations/REGION/connections/C/repositories/R";
    let sound = |part: &&str| {
        length(part, 1, 100).is_none()
            && strange(part, |c| c.is_ascii_alphanumeric() || "-_.".contains(c)).is_none()
    };
    let [projects, project, locations, location, connections, name, repositories, repository] = parts[..]
    else {
        let remedy = "copy it from `gcloud builds repositories list`";
        return faults.add("ci_cd.connection", "is not the path of a connected repository", allowed, remedy);
    };
    let words = [projects, locations, connections, repositories];
    if words != ["projects", "locations", "connections", "repositories"]
        || ![project, location, name, repository].iter().all(sound)
    {
        let remedy = "copy it from `gcloud builds repositories list`";
        faults.add("ci_cd.connection", "is not the path of a connected repository", allowed, remedy);
    } else if location != config.project.region {
        let what = "lies in another region than";
        let remedy = "connect the repository in the project's region: a trigger sees no other";
        faults.mutual("ci_cd.connection", what, "project.region", allowed, remedy);
    }
}

fn files(patterns: &[String], faults: &mut Faults) {
    for (index, pattern) in patterns.iter().enumerate() {
        let key = format!("ci_cd.included_files[{index}]");
        if pattern.starts_with('/') {
            let remedy = "leave the slash out: patterns begin at the top of the repository";
            faults.add(key, "begins with a slash", "patterns such as \"backend/**\"", remedy);
        } else if let Some(what) = length(pattern, 1, 1024) {
            faults.add(key, what, "1 to 1024 characters", "write a shorter pattern");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CiCd, GitHub};

    fn lines(change: impl FnOnce(&mut CiCd)) -> Vec<String> {
        let mut config = Config::default();
        change(&mut config.ci_cd);
        let mut faults = Faults::default();
        check(&config, &mut faults);
        faults.lines()
    }

    fn of_github(owner: &str, name: &str) -> Vec<String> {
        lines(|ci| ci.github = Some(GitHub { owner: owner.into(), name: name.into() }))
    }

    #[test]
    fn repositories_and_images() {
        let (longest, too_long) = ("a".repeat(63), "a".repeat(64));
        for good in ["a", "my-repo", &longest] {
            assert!(lines(|ci| ci.repository = good.into()).is_empty(), "{good}");
        }
        for bad in ["", "My", "a_b", "a-", &too_long] {
            assert_eq!(lines(|ci| ci.repository = bad.into()).len(), 1, "{bad}");
        }
        for good in ["a", "my.app_1-x", &longest] {
            assert!(lines(|ci| ci.image = good.into()).is_empty(), "{good}");
        }
        for bad in ["", "App", "a/b", "gcr.io/p/app", "a:b", ".a", "a-", &too_long] {
            assert_eq!(lines(|ci| ci.image = bad.into()).len(), 1, "{bad}");
        }
    }

    #[test]
    fn branches() {
        for good in ["main", "release/1.0", "feature_x", "a+b", "v1.2.3"] {
            assert!(lines(|ci| ci.branch = good.into()).is_empty(), "{good}");
        }
        for bad in [
            "",
            "^main$",
            "main*",
            ".*",
            "a b",
            "a..b",
            "/a",
            "a/",
            "a//b",
            "a.lock",
            ".a",
            "a/.b",
            "a.",
            "refs/heads/main",
            "a~b",
            "a|b",
            "a\\b",
        ] {
            assert_eq!(lines(|ci| ci.branch = bad.into()).len(), 1, "{bad}");
        }
    }

    #[test]
    fn github_repositories() {
        let (longest, too_long) = ("a".repeat(39), "a".repeat(40));
        for (owner, name) in [("acme", "app"), ("Acme-1", "a.b_c-D"), (&longest, "x")] {
            assert!(of_github(owner, name).is_empty(), "{owner}/{name}");
        }
        for owner in ["", "-a", "a-", "a--b", "a_b", "a/b", &too_long] {
            assert_eq!(of_github(owner, "app").len(), 1, "{owner}");
        }
        let too_long = "a".repeat(101);
        for name in ["", ".", "..", "app.git", "a/b", "a b", &too_long] {
            assert_eq!(of_github("acme", name).len(), 1, "{name}");
        }
    }

    #[test]
    fn connections() {
        let path = |path: &str| lines(|ci| ci.connection = Some(path.into()));
        let good = "projects/p-1/locations/us-central1/connections/gh/repositories/acme-app";
        assert!(path(good).is_empty());
        let elsewhere = good.replace("us-central1", "europe-west1");
        assert_eq!(path(&elsewhere), ["ci_cd.connection: lies in another region than project.region"]);
        for bad in
            ["", "gh", "projects/p/locations/l/connections/c", &format!("{good}/x"), &good.replace("gh", "")]
        {
            let expected = ["ci_cd.connection: is not the path of a connected repository"];
            assert_eq!(path(bad), expected, "{bad}");
        }
        let both = lines(|ci| {
            ci.connection = Some(good.into());
            ci.github = Some(GitHub { owner: "a".into(), name: "b".into() });
        });
        assert_eq!(both, ["ci_cd.connection: excludes ci_cd.github.name"]);
    }

    #[test]
    fn included_files() {
        assert!(lines(|ci| ci.included_files = vec!["**".into(), "a/{b,c}/*.py".into()]).is_empty());
        let expected = ["ci_cd.included_files[1]: begins with a slash"];
        assert_eq!(lines(|ci| ci.included_files = vec!["a".into(), "/b".into()]), expected);
        assert_eq!(lines(|ci| ci.included_files = vec!["a".repeat(1025)]).len(), 1);
    }
}
