use crate::{ItemState, ItemView, Run, span};
use events::{Action, Outcome};
use jiff::Timestamp;

/// How long a run will still take, as far as it can be said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Remaining {
    /// Not at all: it would be a guess.
    Unknown,
    /// About so many seconds.
    About(f64),
    /// What runs now takes longer than it usually does; what comes after takes so many seconds.
    Over(f64),
}

/// What a resource takes that says nothing about it: some gcloud processes.
const SHORT: f64 = 4.0;
/// From here on an expectation tells something about the speed of the world.
const TELLING: f64 = 30.0;
/// How many seconds of a real run it takes until what was seen counts as much as what was expected.
const PRIOR: f64 = 300.0;

/// What a resource was expected to take.
pub(crate) fn expected(item: &ItemView) -> f64 {
    if !item.changes() {
        return 0.0;
    }
    match item.plan.action {
        Action::Create | Action::Adopt | Action::Update | Action::Delete => {
            item.plan.expected_seconds.map_or(SHORT, f64::from)
        }
        Action::Replace => item.plan.expected_seconds.map_or(2.0 * SHORT, f64::from),
        Action::None => 0.0,
    }
}

/// What a resource usually takes, where it takes long enough for a word about it.
pub(crate) fn usual(item: &ItemView) -> Option<f64> {
    let seconds = item.plan.expected_seconds.map(f64::from);
    seconds.filter(|seconds| item.changes() && *seconds >= 45.0)
}

/// How fast this world is against the expectations; none while nothing tells. A rehearsal's world has a time of its
/// own, so that there only what was seen counts.
fn pace(run: &Run) -> Option<f64> {
    let (mut took, mut thought) = if run.redirection.is_some() { (0.0, 0.0) } else { (PRIOR, PRIOR) };
    for item in run.changing() {
        let expected = expected(item);
        // What was adopted had a start that nobody saw.
        if let ItemState::Done { outcome: Outcome::Created | Outcome::Replaced, seconds } = item.state
            && expected >= TELLING
        {
            took += seconds;
            thought += expected;
        }
    }
    (thought > 0.0).then(|| (took / thought).clamp(0.001, 4.0))
}

/// What short changes take, measured where there is something to measure.
fn short_change(run: &Run) -> f64 {
    let mut seen = (0.0, 0.0);
    for item in run.changing() {
        if let ItemState::Done { seconds, .. } = item.state
            && expected(item) < TELLING
        {
            seen = (seen.0 + seconds, seen.1 + 1.0);
        }
    }
    if seen.1 < 3.0 { SHORT } else { seen.0 / seen.1 }
}

impl Run {
    /// How long it will still take, for a person who wonders whether to fetch coffee.
    pub fn remaining(&self, now: Timestamp) -> Remaining {
        let telling = |item: &&ItemView| expected(item) >= TELLING;
        let pace = match pace(self) {
            Some(pace) => pace,
            None if self.changing().any(|item| telling(&item) && !item.settled()) => {
                return Remaining::Unknown;
            }
            None => 1.0,
        };
        let short = short_change(self);
        let (mut left, mut over) = (0.0, false);
        for item in self.changing().filter(|item| !item.settled()) {
            let whole = if telling(&item) { expected(item) * pace } else { short };
            match item.state {
                ItemState::Running { since, .. } => {
                    let rest = whole - span::between(since, now);
                    over |= rest < 0.0 && telling(&item);
                    left += rest.max(0.0);
                }
                _ => left += whole,
            }
        }
        if over { Remaining::Over(left) } else { Remaining::About(left) }
    }

    /// How much of the expected time is done, from 0 to 1: resources differ too much for their number to tell.
    pub fn fraction(&self, now: Timestamp) -> f64 {
        let pace = pace(self).unwrap_or(1.0);
        let (mut done, mut all) = (0.0, 0.0);
        for item in self.changing() {
            let whole = expected(item);
            all += whole;
            done += match item.state {
                _ if item.settled() => whole,
                // Never quite all of it, while it still runs.
                ItemState::Running { since, .. } => (span::between(since, now) / pace).min(0.95 * whole),
                _ => 0.0,
            };
        }
        if all > 0.0 { done / all } else { 1.0 }
    }
}

/// The estimate in words, for the end of the overall line.
pub(crate) fn words(remaining: Remaining) -> Option<String> {
    match remaining {
        Remaining::Unknown => None,
        Remaining::About(seconds) => Some(format!("{} left", span::about(seconds))),
        Remaining::Over(seconds) if seconds < 45.0 => Some("longer than usual".to_owned()),
        Remaining::Over(seconds) => Some(format!("more than {} min left", (seconds / 60.0).round())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{Address, Event, Fact, PlanItem};
    use jiff::{SignedDuration, Timestamp};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn address(name: &str) -> Address {
        Address::new("x", name)
    }

    fn run(redirection: Option<&str>, facts: Vec<(i64, Fact)>) -> Run {
        let item = |name: &str, expected: Option<u32>| PlanItem {
            expected_seconds: expected,
            ..PlanItem::new("s", address(name), Action::Create)
        };
        let items = vec![item("db", Some(480)), item("cache", Some(240)), item("small", None)];
        let mut run = Run { redirection: redirection.map(str::to_owned), ..Run::default() };
        run.apply(&Event { time: at(0), fact: Fact::Plan { items } });
        for (time, fact) in facts {
            run.apply(&Event { time: at(time), fact });
        }
        run
    }

    fn started(name: &str) -> Fact {
        Fact::ResourceStarted { step: "s".into(), resource: address(name), action: Action::Create }
    }

    fn finished(name: &str, seconds: f64) -> Fact {
        Fact::ResourceFinished {
            step: "s".into(),
            resource: address(name),
            action: Action::Create,
            outcome: Outcome::Created,
            seconds,
        }
    }

    #[test]
    fn a_real_run_starts_from_what_is_usual() {
        assert_eq!(run(None, vec![]).remaining(at(0)), Remaining::About(724.0));
        let running = run(None, vec![(0, started("db"))]);
        assert_eq!(running.remaining(at(100)), Remaining::About(624.0));
        assert_eq!(running.remaining(at(500)), Remaining::Over(244.0));
        assert_eq!(words(running.remaining(at(500))).as_deref(), Some("more than 4 min left"));
    }

    #[test]
    fn what_was_seen_corrects_it() {
        let slow = run(None, vec![(0, started("db")), (960, finished("db", 960.0))]);
        let Remaining::About(left) = slow.remaining(at(960)) else { panic!("an estimate") };
        assert!(left > 300.0 && left < 480.0, "{left}: more than usual, less than the double");
    }

    #[test]
    fn a_rehearsal_guesses_nothing_before_it_has_seen_something() {
        let emulator = Some("the emulator");
        assert_eq!(run(emulator, vec![]).remaining(at(0)), Remaining::Unknown);
        let seen = run(emulator, vec![(0, started("db")), (5, finished("db", 4.8))]);
        let Remaining::About(left) = seen.remaining(at(5)) else { panic!("an estimate") };
        assert!((left - 6.4).abs() < 0.01, "{left}: a hundredth of 240 s, and a short change");
    }

    #[test]
    fn the_bar_never_claims_the_end_early() {
        let running = run(None, vec![(0, started("db"))]);
        let fractions: Vec<f64> = [0, 240, 480, 100_000].map(|s| running.fraction(at(s))).to_vec();
        assert!(fractions.is_sorted(), "{fractions:?}");
        assert!(fractions[3] < 0.7, "{fractions:?}");
    }
}
