//! `deploy-all status`: how everything stands at this moment. Takes no lock and changes nothing.

use crate::args::{Options, Output};
use crate::exit::{DIFFERENT, DONE, FAILED, Stop, USAGE};
use crate::here::Here;
use crate::look::{self, Look};
use crate::{report, say};
use display::{LastRun, Stand, Status, StatusRow, StatusStep, status_json, status_lines, status_markdown};
use engine::checkpoint::Checkpoint;
use engine::lock::Lock;
use engine::{Need, Standing, Surveyed};
use jiff::Timestamp;

/// Prints it. Exit 3 where anything differs from the config, else 1 where something could not be read.
///
/// # Errors
/// What keeps it from looking at all.
pub fn run(options: &Options, markdown: bool) -> Result<u8, Stop> {
    if let Some(other) = options.output.filter(|form| markdown && *form != Output::Markdown) {
        let text = format!("--markdown and --output {}: a status has one form.", other.name());
        return Err(Stop::say(USAGE, text));
    }
    let look = look::open(options)?;
    let surveyed = look.engine.survey(&look.steps);
    look.glance.close();
    let surveyed = surveyed.map_err(look::stopped)?;
    let any = |is: fn(&Standing) -> bool| surveyed.iter().any(|one| is(&one.standing));
    let code = match (any(Standing::differs), any(|standing| matches!(standing, Standing::Unknown(_)))) {
        (true, _) => DIFFERENT,
        (false, true) => FAILED,
        (false, false) => DONE,
    };
    let status = status(&look, options, surveyed)?;
    let lines = match options.output {
        _ if markdown => status_markdown(&status),
        Some(Output::Markdown) => status_markdown(&status),
        Some(Output::Json) => vec![status_json(&status)],
        _ => status_lines(&status, report::settings(options).verbosity, look.style),
    };
    lines.iter().for_each(say::line);
    Ok(code)
}

fn status(look: &Look, options: &Options, surveyed: Vec<Surveyed>) -> Result<Status, Stop> {
    let session = &look.session;
    let mut status = Status {
        project: look.project().to_owned(),
        env: options.env.clone(),
        redirection: session.ready.redirection.clone(),
        time: format!("{:.0}", Timestamp::now()),
        notes: look.glance.notes(),
        gcloud_commands: look.engine.commands(),
        ..Status::default()
    };
    for step in &look.steps {
        let of_step = surveyed.iter().filter(|one| one.step == step.id);
        let rows = of_step.map(|one| row(one, &surveyed, look.here())).collect();
        status.steps.push(StatusStep { id: step.id.to_owned(), title: step.title.to_owned(), rows });
    }
    status.outputs = surveyed.into_iter().flat_map(|one| one.outputs).collect();
    // A rehearsal holds the lock itself, since its world is a file.
    let holder = Lock::holder(&session.settings.folder).map_err(|e| Stop::say(FAILED, e.to_string()))?;
    let others = holder.filter(|holder| holder.as_ref().is_none_or(|h| h.pid != std::process::id()));
    status.lock = others.as_ref().map(|holder| {
        holder.as_ref().map_or_else(|| "a run that has not said who it is".to_owned(), ToString::to_string)
    });
    status.last_run = session.own_checkpoint().map(|checkpoint| last_run(&checkpoint, status.lock.is_some()));
    Ok(status)
}

fn last_run(checkpoint: &Checkpoint, at_work: bool) -> LastRun {
    let at = |time: Timestamp| format!("{time:.0}");
    let (outcome, ended) = match (checkpoint.finished, checkpoint.stopped) {
        (Some(finished), _) => ("succeeded", Some(finished)),
        (None, Some(stopped)) => ("stopped before its end", Some(stopped)),
        (None, None) if at_work => ("at work", None),
        (None, None) => ("died", None),
    };
    LastRun {
        run: checkpoint.run.clone(),
        kind: checkpoint.kind.clone(),
        started: at(checkpoint.started),
        outcome: outcome.to_owned(),
        ended: ended.map(at),
    }
}

fn row(one: &Surveyed, all: &[Surveyed], here: &Here) -> StatusRow {
    let mut row = StatusRow {
        resource: one.resource.to_string(),
        stand: Stand::Present,
        why: String::new(),
        fields: Vec::new(),
        todo: None,
    };
    (row.stand, row.why) = match &one.standing {
        Standing::AsConfigured => (Stand::Present, String::new()),
        Standing::Gone => (Stand::Absent, "as the config wants it".to_owned()),
        Standing::Missing => (Stand::Missing, String::new()),
        Standing::Drifted(diffs) => {
            row.fields.clone_from(diffs);
            row.todo.clone_from(&one.todo);
            (Stand::Drifted, String::new())
        }
        Standing::Unwanted => (Stand::Unwanted, "the config says that it must not be".to_owned()),
        Standing::Busy(doing) => (Stand::Busy, doing.clone()),
        Standing::Broken(why) => (Stand::Broken, why.clone()),
        Standing::Unknown(problem) => {
            row.todo = Some(problem.todo.clone()).filter(|todo| !todo.is_empty());
            let said = [&problem.said, &problem.why].into_iter().find(|text| !text.is_empty());
            (Stand::Unknown, said.unwrap_or(&problem.what).clone())
        }
        Standing::Unchecked(need) => (Stand::Unchecked, unchecked(need, all)),
        Standing::LeftOut { why, command } => {
            row.todo = command.as_ref().map(|command| format!("`{command}`"));
            (Stand::LeftOut, why.clone())
        }
    };
    (row.why, row.todo) = (here.text(&row.why), here.some(row.todo.as_deref()));
    row
}

fn unchecked(need: &Need, all: &[Surveyed]) -> String {
    match need {
        Need::Api(name) => format!("{name} is not enabled"),
        Need::Resource(address) => {
            let found = all.iter().find(|one| one.resource == *address).map(|one| &one.standing);
            let is =
                if matches!(found, Some(Standing::Unknown(_))) { "could not be read" } else { "is missing" };
            format!("{address} {is}")
        }
    }
}
