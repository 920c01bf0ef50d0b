//! `[rotation]`

use super::Faults;
use super::grammar::{length, strange};
use crate::Config;

pub(super) fn check(config: &Config, faults: &mut Faults) {
    let topic = &config.rotation.topic;
    // The rules of Pub/Sub for the names of its resources.
    let wrong = length(topic, 3, 255)
        .or_else(|| {
            (!topic.starts_with(|c: char| c.is_ascii_alphabetic()))
                .then(|| "does not begin with a letter".to_owned())
        })
        .or_else(|| {
            topic
                .to_lowercase()
                .starts_with("goog")
                .then(|| "begins with \"goog\", which Google keeps".to_owned())
        })
        .or_else(|| strange(topic, |c| c.is_ascii_alphanumeric() || "-_.~+".contains(c)));
    if let Some(what) = wrong {
        let allowed = "3 to 255 of letters, digits and -_.~+, the first a letter";
        faults.add("rotation.topic", what, allowed, "write the name alone, without projects/…/topics/");
    }
    if config.rotation.redis_url_days.is_some() && !config.redis.auth {
        let (key, other) = ("rotation.redis_url_days", "redis.auth");
        let remedy = "leave it out, or turn AUTH on: without it there is nothing to rotate";
        faults.mutual(key, "does not go with", other, "unset where redis.auth is false", remedy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        change(&mut config);
        let mut faults = Faults::default();
        check(&config, &mut faults);
        faults.lines()
    }

    #[test]
    fn topics() {
        for good in ["abc", "codementor-secret-rotation", "A.b_c~d+e", &"a".repeat(255)] {
            assert!(lines(|config| config.rotation.topic = good.into()).is_empty(), "{good}");
        }
        for bad in
            ["", "ab", "1abc", "goog-x", "Google", "a/b/c", "a b c", "projects/p/topics/t", &"a".repeat(256)]
        {
            assert_eq!(lines(|config| config.rotation.topic = bad.into()).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_cache_without_auth_has_nothing_to_rotate() {
        let both =
            |days, auth| lines(|config| (config.rotation.redis_url_days, config.redis.auth) = (days, auth));
        assert_eq!(both(Some(90), false), ["rotation.redis_url_days: does not go with redis.auth"]);
        assert!(both(Some(90), true).is_empty() && both(None, false).is_empty());
    }
}
