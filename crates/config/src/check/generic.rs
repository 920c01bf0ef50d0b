//! Rules for every value: within its kind, proper text, no placeholder left in.

use super::Faults;
use crate::Config;
use crate::draft::lookup;
use crate::key::KEYS;
use crate::resolved::plain;
use toml::Value;

/// Preflight proves the login; the emulator's logins are at example.com.
const LOGIN: &str = "project.account";

pub(super) fn check(config: &Config, faults: &mut Faults) {
    let table = plain(config);
    for key in KEYS {
        let Some(value) = lookup(&table, key.path) else { continue };
        // Loading has admitted each value already; a config that was built by hand has not been asked.
        if let Err(wrong) = key.kind.admit(value.clone())
            && !matches!(value, Value::Table(_))
        {
            faults.add(key.path, wrong.what, key.kind.allowed(), wrong.remedy);
        }
        texts(key.path, value, faults);
    }
}

fn texts(path: &str, value: &Value, faults: &mut Faults) {
    match value {
        Value::String(text) => text_fault(path, text, faults),
        Value::Array(list) => {
            for (index, element) in list.iter().enumerate() {
                texts(&format!("{path}[{index}]"), element, faults);
            }
        }
        Value::Table(entries) => {
            for (name, value) in entries {
                let path = format!("{path}.{name}");
                text_fault(&path, name, faults);
                texts(&path, value, faults);
            }
        }
        _ => {}
    }
}

fn text_fault(path: &str, text: &str, faults: &mut Faults) {
    if text.is_empty() {
        faults.add(path, "is empty", "", "write a value, or leave the key out for the default");
    } else if text.chars().any(is_invisible) {
        let what = "holds a line break or another character that cannot be seen";
        faults.add(path, what, "text on one line", "take the character out");
    } else if text.starts_with('-') {
        let what = "begins with \"-\", which a command would take for an option";
        faults.add(path, what, "text that begins with another character", "choose another value");
    } else if text != text.trim() {
        faults.add(path, "begins or ends with a space", "", "take the space out");
    } else if let Some(part) = placeholder(text).filter(|_| path != LOGIN) {
        let what = format!("is a placeholder that was left in (\"{part}\")");
        faults.add(path, what, "a value of your own", "fill it in, or leave the key out for the default");
    }
}

/// Control characters, and those that Unicode has for turning text around or for hiding in it.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The part of a text that shows that nobody has filled it in.
fn placeholder(text: &str) -> Option<&str> {
    let lower = text.to_lowercase();
    // Lower case may be longer in bytes; then no part can be shown and the whole is.
    let part = |start: usize, end: usize| text.get(start..end).unwrap_or(text);
    if text.starts_with('<') && text.ends_with('>') && text.len() > 2 {
        return Some(text);
    }
    for word in [
        "changeme",
        "change-me",
        "change_me",
        "replaceme",
        "replace-me",
        "replace_me",
        "placeholder",
        "fixme",
    ] {
        if let Some(start) = lower.find(word) {
            return Some(part(start, start + word.len()));
        }
    }
    for word in ["example.com", "example.org", "example.net"] {
        if let Some(start) = lower.find(word) {
            return Some(part(start, start + word.len()));
        }
    }
    for start in ["your-", "your_", "my-project", "my_project"] {
        if lower.starts_with(start) {
            return Some(text);
        }
    }
    if let Some(start) = lower.find("xxxx") {
        return Some(part(start, start + 4));
    }
    matches!(text, "TODO" | "TBD" | "PROJECT_ID" | "project-id" | "...").then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(text: &str) -> Vec<String> {
        let mut config = Config::default();
        config.project.name = text.into();
        let mut faults = Faults::default();
        check(&config, &mut faults);
        faults.lines()
    }

    #[test]
    fn placeholders_are_refused_and_names_that_look_a_bit_like_them_are_not() {
        let left_in = [
            "your-project-id",
            "YOUR_PROJECT",
            "CHANGEME",
            "please-change-me",
            "<project>",
            "XXXXXX-XXXXXX-XXXXXX",
            "ops@example.com",
            "my-project",
            "my-project-id",
            "TODO",
            "PROJECT_ID",
            "...",
        ];
        for text in left_in {
            let lines = faults_of(text);
            assert_eq!(lines.len(), 1, "{text}");
            assert!(lines[0].starts_with("project.name: is a placeholder"), "{lines:?}");
        }
        for text in ["todo", "youradio", "myproject", "exxxon", "000000-000000-000000", "examples", "a<b>"] {
            assert!(faults_of(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_login_may_look_like_an_example() {
        let mut config = Config::default();
        config.project.account = Some("owner@example.com".into());
        let mut faults = Faults::default();
        check(&config, &mut faults);
        assert!(faults.lines().is_empty());
    }

    #[test]
    fn improper_text_is_refused_everywhere() {
        for (text, what) in [
            ("-rf", "begins with \"-\""),
            ("a\nb", "holds a line break"),
            ("a\u{1b}[2J", "cannot be seen"),
            ("a\u{85}b", "cannot be seen"),
            ("a\u{202e}b", "cannot be seen"),
            ("a\u{200b}b", "cannot be seen"),
            (" a", "begins or ends with a space"),
            ("", "is empty"),
        ] {
            let lines = faults_of(text);
            assert_eq!(lines.len(), 1, "{text:?}");
            assert!(lines[0].contains(what), "{lines:?}");
        }
        let mut config = Config::default();
        config.cloud_run.env.insert("A".into(), "-x".into());
        config.cloud_run.secrets.insert("-b".into(), "b".into());
        config.ci_cd.included_files = vec!["ok".into(), "-c".into()];
        config.ci_cd.connection = Some("-d".into());
        let mut faults = Faults::default();
        check(&config, &mut faults);
        let keys: Vec<_> = faults.keys().into_iter().collect();
        let expected =
            ["ci_cd.connection", "ci_cd.included_files[1]", "cloud_run.env.A", "cloud_run.secrets.-b"];
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_config_built_by_hand_is_held_to_the_bounds_too() {
        let mut config = Config::default();
        config.redis.memory_gb = 301;
        config.monitoring.alerts.error_ratio = f64::NAN;
        config.budget.thresholds = vec![50, 0];
        let mut faults = Faults::default();
        check(&config, &mut faults);
        let expected = [
            "budget.thresholds: is less than 1",
            "redis.memory_gb: is more than 300",
            "monitoring.alerts.error_ratio: is not above 0 and at most 1",
        ];
        assert_eq!(faults.lines(), expected);
    }
}
