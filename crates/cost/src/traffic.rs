//! What is assumed of the traffic: the config does not say how much the application will be used.

use std::fmt;

/// The ends of a range. Of a cost: the least and the most that it may be, within what is assumed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Bounds {
    /// The same in both.
    pub fn same(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// Both by the same rule.
    pub fn map(self, rule: impl Fn(f64) -> f64) -> Self {
        Self { low: rule(self.low), high: rule(self.high) }
    }

    /// The ends the other way round: of what makes the more cheap the more there is of it.
    pub fn turned(self) -> Self {
        Self { low: self.high, high: self.low }
    }

    /// The ends in order.
    pub fn ordered(self) -> Self {
        if self.low > self.high { self.turned() } else { self }
    }

    /// Both, each with its counterpart.
    pub fn with(self, other: Self, rule: impl Fn(f64, f64) -> f64) -> Self {
        Self { low: rule(self.low, other.low), high: rule(self.high, other.high) }
    }
}

/// One thing that is assumed.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// What `--traffic` calls it.
    pub key: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// How much.
    pub value: Bounds,
}

/// Everything that is assumed. The defaults are a hundred thousand requests a month, and ten million.
#[derive(Clone, Debug, PartialEq)]
pub struct Traffic(Vec<Assumption>);

const DEFAULTS: [(&str, &str, f64, f64); 12] = [
    ("requests", "requests a month", 100_000.0, 10_000_000.0),
    ("request_seconds", "seconds that an instance works on a request", 0.2, 0.2),
    ("at_once", "requests that an instance works on at the same time (more are cheaper)", 2.0, 2.0),
    ("starts", "instances started a month (each reads its secrets)", 1_000.0, 20_000.0),
    ("egress_gib", "GiB sent to the internet a month", 1.0, 100.0),
    ("database_gb", "GB in the database", 2.0, 20.0),
    ("backup_share", "share of the database that a further backup adds", 0.05, 0.1),
    ("log_gib", "GiB of logs a month", 1.0, 20.0),
    ("images_gb", "GB of images kept", 1.0, 5.0),
    ("builds", "builds a month", 20.0, 100.0),
    ("build_minutes", "minutes of a build", 5.0, 6.0),
    ("metric_mib", "MiB of log-based metrics a month", 1.0, 20.0),
];

impl Default for Traffic {
    fn default() -> Self {
        let assumption = |&(key, meaning, low, high): &(&'static str, &'static str, f64, f64)| Assumption {
            key,
            meaning,
            value: Bounds { low, high },
        };
        Self(DEFAULTS.iter().map(assumption).collect())
    }
}

impl Traffic {
    /// All of it, in order.
    pub fn assumptions(&self) -> &[Assumption] {
        &self.0
    }

    pub(crate) fn get(&self, key: &str) -> Bounds {
        self.0.iter().find(|a| a.key == key).map_or(Bounds::same(0.0), |a| a.value)
    }

    /// Takes `requests=50000`, or `requests=50000..2000000` for the two columns.
    ///
    /// # Errors
    /// What is wrong, what is allowed, and what to write.
    pub fn set(&mut self, text: &str) -> Result<(), Wrong> {
        let keys = || self.0.iter().map(|a| a.key).collect::<Vec<_>>().join(", ");
        let wrong = |what: String, remedy: &str| Wrong {
            text: text.to_owned(),
            what,
            allowed: keys(),
            remedy: remedy.to_owned(),
        };
        let Some((key, value)) = text.split_once('=') else {
            return Err(wrong("has no value".into(), "write KEY=NUMBER or KEY=LOW..HIGH"));
        };
        let key = key.trim();
        let (low, high) = value.split_once("..").unwrap_or((value, value));
        let number = |text: &str| {
            let number = text.trim().replace('_', "").parse::<f64>().ok();
            number.filter(|n| n.is_finite() && (0.0..=1e12).contains(n))
        };
        let (Some(low), Some(high)) = (number(low), number(high)) else {
            let example = "write a number, or two: requests=50000..2000000";
            return Err(wrong(format!("{:?} is not a number from 0 to 10^12", value.trim()), example));
        };
        if low > high {
            return Err(wrong("the low number is above the high one".into(), "write the smaller one first"));
        }
        if key == "at_once" && low < 1.0 {
            return Err(wrong("an instance works on at least one request".into(), "write 1 or more"));
        }
        let unknown = wrong(format!("nothing is called {key:?}"), "write one of these");
        let found = self.0.iter_mut().find(|a| a.key == key).ok_or(unknown)?;
        found.value = Bounds { low, high };
        Ok(())
    }
}

/// Why an assumption cannot be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    text: String,
    what: String,
    allowed: String,
    remedy: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "--traffic {}: {}\n  allowed: {}\n  remedy: {}",
            self.text, self.what, self.allowed, self.remedy
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_for_both_columns_and_two_are_for_one_each() {
        let mut traffic = Traffic::default();
        traffic.set("requests=5_000").unwrap();
        traffic.set("log_gib = 1..2.5").unwrap();
        assert_eq!(traffic.get("requests"), Bounds::same(5000.0));
        assert_eq!(traffic.get("log_gib"), Bounds { low: 1.0, high: 2.5 });
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_to_write() {
        let mut traffic = Traffic::default();
        for (text, what) in [
            ("requests", "has no value"),
            ("requests=many", "\"many\" is not a number"),
            ("requests=-1", "is not a number from 0"),
            ("requests=nan", "is not a number"),
            ("requests=1e99", "is not a number from 0 to 10^12"),
            ("requests=2..1", "the low number is above"),
            ("at_once=0", "at least one request"),
            ("visitors=1", "nothing is called \"visitors\""),
        ] {
            let wrong = traffic.set(text).unwrap_err().to_string();
            assert!(wrong.contains(what) && wrong.contains("\n  remedy: write"), "{text}: {wrong}");
        }
        assert_eq!(traffic, Traffic::default(), "nothing was set");
    }
}
