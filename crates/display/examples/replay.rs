//! Replays a recorded `events.ndjson`, so that a person can look at the views without deploying anything:
//!
//!     cargo run -p deploy-display --example replay -- crates/display/samples/first-run.ndjson [SPEED] [live|plain|json] [-v|-q] [--show-commands]
//!
//! SPEED 1 is the time it took, 60 (the default) a minute a second, `max` no waiting at all.

use display::{Hint, Json, Live, Output, Plain, Run, Settings, Style, Verbosity};
use events::{Event, Sink};
use jiff::{SignedDuration, Timestamp};
use std::io::{self, BufRead};
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("which file?")?;
    let term = std::env::var("TERM").ok();
    let mut output = Output::human(console::Term::stdout().is_term(), term.as_deref());
    let mut speed = Some(60.0);
    let mut settings = Settings::new(Style::of_stdout());
    settings.hints = Arc::new(hints);
    for arg in args {
        match arg.as_str() {
            "live" => output = Output::Live,
            "plain" => output = Output::Plain,
            "json" => output = Output::Json,
            "max" => speed = None,
            "-v" => settings.verbosity = Verbosity::Verbose,
            "-q" => settings.verbosity = Verbosity::Quiet,
            "--show-commands" => settings.show_commands = true,
            number => speed = Some(number.parse()?),
        }
    }
    let file = io::BufReader::new(std::fs::File::open(path)?);
    let events: Vec<Event> =
        file.lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect::<Result<_, io::Error>>()?;
    let start = events.first().map_or(Timestamp::UNIX_EPOCH, |event| event.time);

    let begun = Instant::now();
    let clock =
        move || start + SignedDuration::from_secs_f64(begun.elapsed().as_secs_f64() * speed.unwrap_or(1.0));
    let sink: Box<dyn Sink> = match output {
        Output::Live => {
            let term = Arc::new(console::Term::buffered_stdout());
            Box::new(Live::on(term, Some(Box::new(io::stderr())), settings, Arc::new(clock)).ticking())
        }
        Output::Plain => Box::new(Plain::new(io::stdout(), io::stderr(), settings)),
        Output::Json => Box::new(Json::new("replay", io::stdout(), io::stderr(), settings.style)),
    };
    for event in &events {
        if let Some(speed) = speed {
            let due = (event.time - start).total(jiff::Unit::Second)? / speed;
            std::thread::sleep(Duration::from_secs_f64(due.max(0.0)).saturating_sub(begun.elapsed()));
        }
        sink.emit(event);
    }
    Ok(())
}

fn hints(run: &Run) -> Vec<Hint> {
    if run.outcome != Some(events::RunOutcome::Succeeded) || run.kind == "plan" {
        return Vec::new();
    }
    let text = "See that everything is still as it should be, at any time:".to_owned();
    vec![Hint { text, command: Some(format!("deploy-all plan --env {}", run.env)) }]
}
