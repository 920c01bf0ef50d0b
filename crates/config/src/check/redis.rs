//! `[redis]`

use super::Faults;
use super::grammar::{name, name_rule};
use crate::model::Redis;

/// What Memorystore allows for the name of an instance.
const INSTANCE: usize = 40;

pub(super) fn check(redis: &Redis, faults: &mut Faults) {
    if let Some(what) = name(&redis.instance, 1, INSTANCE) {
        faults.add("redis.instance", what, name_rule(1, INSTANCE), "choose another name");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instance_names() {
        let lines = |name: &str| {
            let mut faults = Faults::default();
            check(&Redis { instance: name.into(), ..Redis::default() }, &mut faults);
            faults.lines()
        };
        for good in ["c", "codementor-cache", &"a".repeat(40)] {
            assert!(lines(good).is_empty(), "{good}");
        }
        for bad in ["", "Cache", "1cache", "cache-", "cache_1", &"a".repeat(41)] {
            assert_eq!(lines(bad).len(), 1, "{bad}");
        }
    }
}
