//! `[cloud_run]` without its connector.

use super::Faults;
use super::grammar::{first, length, name, name_rule, strange};
use super::{cpu_memory, image};
use crate::model::CloudRun;
use crate::warning::Warning;

/// What Cloud Run allows for the name of a service.
const SERVICE: usize = 49;

/// Variables that the tool sets: another value would break the service.
const OURS: [&str; 4] = ["DATABASE_URL", "REDIS_URL", "PGSSLMODE", "REDIS_CA_FILE"];

/// Variables that Cloud Run sets and refuses to have set.
const GOOGLES: [&str; 4] = ["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION"];

const NAME_RULE: &str = "letters, digits and _, first no digit";

pub(super) fn check(run: &CloudRun, faults: &mut Faults) {
    if let Some(what) = name(&run.service, 1, SERVICE) {
        faults.add("cloud_run.service", what, name_rule(1, SERVICE), "choose another name");
    }
    if let Some(wrong) = image::fault(&run.image) {
        faults.add("cloud_run.image", wrong.what, image::RULE, wrong.remedy);
    }
    cpu_memory::check(run, faults);
    if run.min_instances > run.max_instances {
        let (what, other) = ("is more than", "cloud_run.max_instances");
        let allowed = "no more than the upper bound";
        faults.against("cloud_run.min_instances", what, other, allowed, "lower this one or raise the other");
    }
    variables(run, faults);
}

fn variables(run: &CloudRun, faults: &mut Faults) {
    for (table, variables) in [("env", &run.env), ("secrets", &run.secrets)] {
        for (variable, value) in variables {
            let key = format!("cloud_run.{table}.{variable}");
            if let Some((what, remedy)) = variable_fault(variable) {
                faults.add(key, what, NAME_RULE, remedy);
            } else if table == "env" {
                if let Some(what) = length(value, 1, 32_768) {
                    faults.add(
                        key,
                        what,
                        "at most 32768 characters",
                        "keep so much in a file or in a secret",
                    );
                }
            } else if let Some(what) = secret_fault(value) {
                let allowed = "the name of a secret: 1 to 255 letters, digits, - and _";
                faults.add(key, what, allowed, "write the name alone, without project and version");
            }
        }
    }
    for variable in run.env.keys().filter(|variable| run.secrets.contains_key(*variable)) {
        let (key, other) = (format!("cloud_run.secrets.{variable}"), format!("cloud_run.env.{variable}"));
        faults.mutual(&key, "is set as well by", &other, "each variable once", "take one of the two out");
    }
    let names = run.env.len() + run.secrets.len() + OURS.len();
    if names > 1000 {
        let what = format!("makes {names} variables with the others");
        faults.add("cloud_run.env", what, "at most 1000 variables", "take some out");
    }
}

fn variable_fault(variable: &str) -> Option<(String, &'static str)> {
    if OURS.contains(&variable) {
        return Some(("is set by this tool".into(), "take it out"));
    }
    if GOOGLES.contains(&variable) || variable.starts_with("X_GOOGLE_") {
        return Some(("is set by Cloud Run itself".into(), "take it out"));
    }
    let wrong = length(variable, 1, 255)
        .or_else(|| strange(variable, |c| c.is_ascii_alphanumeric() || c == '_'))
        .or_else(|| variable.starts_with(|c: char| c.is_ascii_digit()).then(|| first(variable)));
    wrong.map(|what| (format!("the name {what}"), "choose another name for the variable"))
}

fn secret_fault(secret: &str) -> Option<String> {
    length(secret, 1, 255).or_else(|| strange(secret, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_'))
}

pub(super) fn warn(run: &CloudRun, warnings: &mut Vec<Warning>) {
    for variable in run.env.keys() {
        let words: Vec<String> = variable.split('_').map(str::to_uppercase).collect();
        let secret = words.iter().any(|word| {
            matches!(word.as_str(), "PASSWORD" | "PASSWD" | "SECRET" | "TOKEN" | "CREDENTIALS" | "APIKEY")
        });
        if secret || variable.to_uppercase().ends_with("_KEY") {
            warnings.push(Warning::PlainSecret { variable: variable.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(change: impl FnOnce(&mut CloudRun)) -> Vec<String> {
        let mut run = CloudRun::default();
        change(&mut run);
        let mut faults = Faults::default();
        check(&run, &mut faults);
        faults.lines()
    }

    #[test]
    fn service_names() {
        assert!(lines(|r| r.service = "a".repeat(49)).is_empty());
        let expected = ["cloud_run.service: is 50 characters long, longer than 49"];
        assert_eq!(lines(|r| r.service = "a".repeat(50)), expected);
    }

    #[test]
    fn instances() {
        assert!(lines(|r| (r.min_instances, r.max_instances) = (3, 3)).is_empty());
        let expected = ["cloud_run.min_instances: is more than cloud_run.max_instances"];
        assert_eq!(lines(|r| (r.min_instances, r.max_instances) = (4, 3)), expected);
    }

    #[test]
    fn images_are_checked() {
        assert_eq!(lines(|r| r.image = "gcr.io/cloudrun/hello".into()).len(), 1);
    }

    #[test]
    fn variables_that_others_set_are_refused() {
        for ours in OURS {
            let expected = [format!("cloud_run.env.{ours}: is set by this tool")];
            assert_eq!(lines(|r| drop(r.env.insert(ours.into(), "x".into()))), expected);
            let expected = [format!("cloud_run.secrets.{ours}: is set by this tool")];
            assert_eq!(lines(|r| drop(r.secrets.insert(ours.into(), "x".into()))), expected);
        }
        for googles in ["PORT", "K_SERVICE", "K_REVISION", "K_CONFIGURATION", "X_GOOGLE_A"] {
            let expected = [format!("cloud_run.env.{googles}: is set by Cloud Run itself")];
            assert_eq!(lines(|r| drop(r.env.insert(googles.into(), "x".into()))), expected);
        }
    }

    #[test]
    fn names_of_variables() {
        for good in ["A", "_a", "LOG_LEVEL", "a1", "PORTS"] {
            assert!(lines(|r| drop(r.env.insert(good.into(), "x".into()))).is_empty(), "{good}");
        }
        for bad in ["", "1A", "A-B", "A.B", "A B", "É", "A=B"] {
            assert_eq!(lines(|r| drop(r.env.insert(bad.into(), "x".into()))).len(), 1, "{bad}");
        }
        let long = |n: usize| lines(|r| drop(r.env.insert("A".into(), "x".repeat(n))));
        assert!(long(32_768).is_empty());
        assert_eq!(long(32_769).len(), 1);
    }

    #[test]
    fn secrets_are_names() {
        let secret = |value: &str| lines(|r| drop(r.secrets.insert("A".into(), value.into())));
        let (longest, too_long) = ("s".repeat(255), "s".repeat(256));
        for good in ["api-key", "API_KEY_2", &longest] {
            assert!(secret(good).is_empty(), "{good}");
        }
        for bad in ["", "api-key:latest", "projects/p/secrets/s", "a b", &too_long] {
            assert_eq!(secret(bad).len(), 1, "{bad}");
        }
        let both = lines(|r| {
            r.env.insert("A".into(), "x".into());
            r.secrets.insert("A".into(), "s".into());
        });
        assert_eq!(both, ["cloud_run.secrets.A: is set as well by cloud_run.env.A"]);
    }

    #[test]
    fn a_secret_in_plain_sight_is_a_warning() {
        let found = |variable: &str| {
            let mut warnings = Vec::new();
            let env = [(variable.to_owned(), "x".to_owned())].into();
            warn(&CloudRun { env, ..CloudRun::default() }, &mut warnings);
            warnings.len()
        };
        for suspicious in ["API_KEY", "DB_PASSWORD", "TOKEN", "github_token", "CLIENT_SECRET"] {
            assert_eq!(found(suspicious), 1, "{suspicious}");
        }
        for harmless in ["LOG_LEVEL", "KEYBOARD", "TOKENIZER", "MAX_TOKENS"] {
            assert_eq!(found(harmless), 0, "{harmless}");
        }
    }
}
