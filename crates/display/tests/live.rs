//! The live view, on a terminal in memory.

use display::{Live, Settings, Style, Verbosity};
use events::{Event, Fact, Sink};
use indicatif::{InMemoryTerm, TermLike};
use jiff::{SignedDuration, Timestamp};
use std::io;
use std::sync::{Arc, Mutex};

const FIRST: &str = include_str!("../samples/first-run.ndjson");
const UPDATE: &str = include_str!("../samples/update.ndjson");
const FAILED: &str = include_str!("../samples/failed.ndjson");

/// A live view with a clock that follows the events.
struct Stage {
    term: InMemoryTerm,
    live: Live,
    now: Arc<Mutex<Timestamp>>,
}

impl Stage {
    fn new(columns: u16, rows: u16, style: Style, verbosity: Verbosity) -> Self {
        let term = InMemoryTerm::new(rows, columns);
        let now = Arc::new(Mutex::new(Timestamp::UNIX_EPOCH));
        let clock = now.clone();
        let settings = Settings { verbosity, ..Settings::new(style) };
        let live = Live::on(
            Arc::new(term.clone()),
            None,
            settings,
            Arc::new(move || *clock.lock().expect("no clock panicked")),
        );
        Self { term, live, now }
    }

    fn usual(columns: u16, rows: u16) -> Self {
        Self::new(columns, rows, Style { colour: false, unicode: true, width: 0 }, Verbosity::Normal)
    }

    fn at(&self, time: Timestamp) {
        *self.now.lock().expect("no clock panicked") = time;
        self.live.tick();
    }

    /// Plays the sample until an event that answers the question, and that one too.
    fn play(&self, sample: &str, until: impl Fn(&Fact) -> bool) -> Timestamp {
        for line in sample.lines() {
            let event: Event = serde_json::from_str(line).expect("a recorded event");
            *self.now.lock().expect("no clock panicked") = event.time;
            self.live.emit(&event);
            if until(&event.fact) {
                return event.time;
            }
        }
        panic!("the sample has no such event");
    }

    fn screen(&self) -> String {
        self.term.contents()
    }
}

fn checked(count: usize) -> impl Fn(&Fact) -> bool {
    let seen = Mutex::new(0);
    move |fact| {
        let mut seen = seen.lock().expect("no test panicked");
        *seen += usize::from(matches!(fact, Fact::ResourceChecked { .. }));
        *seen == count
    }
}

fn starts(address: &'static str) -> impl Fn(&Fact) -> bool {
    move |fact| matches!(fact, Fact::ResourceStarted { resource, .. } if resource.as_str() == address)
}

fn seconds(n: i64) -> SignedDuration {
    SignedDuration::from_secs(n)
}

#[test]
fn checking_shows_how_far_it_is() {
    let stage = Stage::usual(100, 20);
    stage.play(FIRST, checked(17));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn while_a_person_is_asked_in_the_middle_of_the_checks_nothing_moves() {
    let stage = Stage::usual(100, 20);
    let time = stage.play(FIRST, checked(17));
    assert!(stage.screen().contains("checking what exists"));
    let tell = |time, fact| stage.live.emit(&Event { time, fact });
    tell(time, Fact::Asked { question: "Delete it too?".to_owned() });
    let before = stage.screen();
    assert!(!before.contains("checking"), "the question has the screen for itself: {before}");
    stage.term.moves_since_last_check();
    let later = time + seconds(90);
    stage.at(later);
    assert_eq!(stage.term.moves_since_last_check().matches("Str").count(), 0);
    tell(later, Fact::Answered { seconds: 90.0 });
    stage.at(later);
    // The time of the question is not the run's.
    assert!(
        stage.screen().contains("checking what exists") && stage.screen().contains(" 3s "),
        "{}",
        stage.screen()
    );
}

#[test]
fn between_the_plan_and_the_first_step_nothing_moves() {
    let stage = Stage::usual(100, 70);
    let time = stage.play(FIRST, |fact| matches!(fact, Fact::Plan { .. }));
    let before = stage.screen();
    assert!(before.contains("Plan: 37 to create") && !before.contains("checking"));
    stage.term.moves_since_last_check();
    stage.at(time + seconds(90));
    let moves = stage.term.moves_since_last_check();
    assert!(!moves.contains("Str"), "{moves}");
    assert_eq!(stage.screen(), before);
}

#[test]
fn applying_at_100_columns() {
    let stage = Stage::usual(100, 34);
    let time = stage.play(FIRST, starts("sql-instance/codementor-db"));
    stage.at(time + seconds(130));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn applying_at_60_columns() {
    let stage = Stage::usual(60, 30);
    let time = stage.play(FIRST, starts("connector/codementor-connector"));
    stage.at(time + seconds(700));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn applying_at_30_columns_without_unicode() {
    let stage = Stage::new(30, 24, Style { colour: false, unicode: false, width: 0 }, Verbosity::Normal);
    let time = stage.play(FIRST, starts("redis-instance/codementor-cache"));
    stage.at(time + seconds(3));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn a_low_screen_keeps_what_runs_now() {
    let stage = Stage::usual(80, 9);
    stage.play(FIRST, starts("redis-instance/codementor-cache"));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn a_retry_is_visible() {
    let stage = Stage::usual(100, 18);
    let time = stage.play(FIRST, |fact| matches!(fact, Fact::ResourceRetrying { .. }));
    stage.at(time + seconds(2));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn updates_list_their_fields_and_the_end_stays() {
    let stage = Stage::usual(100, 50);
    stage.play(UPDATE, |fact| matches!(fact, Fact::RunFinished { .. }));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn a_failure_leaves_its_paragraph_at_the_end() {
    let stage = Stage::usual(100, 24);
    stage.play(FAILED, |fact| matches!(fact, Fact::RunFinished { .. }));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn quiet_draws_no_bars() {
    let stage = Stage::new(100, 24, Style { colour: false, unicode: true, width: 0 }, Verbosity::Quiet);
    let time = stage.play(FIRST, starts("sql-instance/codementor-db"));
    stage.at(time + seconds(60));
    assert_eq!(stage.screen(), "");
}

#[test]
fn every_line_ends_so_that_it_can_be_copied_and_reflowed() {
    let stage = Stage::usual(80, 30);
    stage.play(FIRST, starts("network/codementor-vpc"));
    let moves = stage.term.moves_since_last_check();
    let filled = moves.lines().any(|line| line.starts_with("Str(") && line.contains("     \")"));
    assert!(!filled, "{moves}");
}

#[test]
fn the_ticker_ends_with_the_view() {
    let stage = Stage::usual(80, 30);
    stage.play(FIRST, starts("network/codementor-vpc"));
    let Stage { term, live, .. } = stage;
    let live = live.ticking();
    drop(live);
    assert!(!term.contents().contains("01-network     "), "the block goes away with the view");
}

#[test]
fn closed_it_leaves_what_stays_and_draws_no_more() {
    let stage = Stage::usual(80, 30);
    let time = stage.play(FIRST, starts("network/codementor-vpc"));
    stage.live.close();
    stage.at(time + seconds(5));
    assert!(stage.screen().ends_with("+ created budget/codementor-dev  3.3s"), "{}", stage.screen());
}

/// A terminal that has gone away.
#[derive(Debug)]
struct Gone;

fn gone<T>() -> io::Result<T> {
    Err(io::ErrorKind::BrokenPipe.into())
}

impl TermLike for Gone {
    fn width(&self) -> u16 {
        80
    }
    fn move_cursor_up(&self, _: usize) -> io::Result<()> {
        gone()
    }
    fn move_cursor_down(&self, _: usize) -> io::Result<()> {
        gone()
    }
    fn move_cursor_right(&self, _: usize) -> io::Result<()> {
        gone()
    }
    fn move_cursor_left(&self, _: usize) -> io::Result<()> {
        gone()
    }
    fn write_line(&self, _: &str) -> io::Result<()> {
        gone()
    }
    fn write_str(&self, _: &str) -> io::Result<()> {
        gone()
    }
    fn clear_line(&self) -> io::Result<()> {
        gone()
    }
    fn flush(&self) -> io::Result<()> {
        gone()
    }
}

impl io::Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        gone()
    }
    fn flush(&mut self) -> io::Result<()> {
        gone()
    }
}

#[test]
fn nobody_watching_stops_nothing() {
    let style = Style { colour: true, unicode: true, width: 80 };
    let views: [Box<dyn Sink>; 3] = [
        Box::new(Live::on(
            Arc::new(Gone),
            Some(Box::new(Gone)),
            Settings::new(style),
            Arc::new(Timestamp::now),
        )),
        Box::new(display::Plain::new(Gone, Gone, Settings::new(style))),
        Box::new(display::Json::new("0.1.0", Gone, Gone, style)),
    ];
    for view in views {
        for line in FAILED.lines() {
            view.emit(&serde_json::from_str(line).expect("a recorded event"));
        }
    }
}
