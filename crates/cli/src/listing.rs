//! `step list`.

use crate::args::{Options, Output};
use crate::exit::{DONE, Stop};
use crate::{report, say, settings, steps, work};
use display::{StepRow, step_json, step_lines};
use engine::Item;
use engine::checkpoint::Store;

/// The steps, what each keeps, and what the checkpoint knows. Asks nobody.
pub fn list(options: &Options) -> Result<u8, Stop> {
    let settings = settings::load(options)?;
    let checkpoint = Store::peek(&settings.folder).map_err(|e| work::unusable(&e))?;
    let rows: Vec<StepRow> = steps::all(&settings.loaded.config)
        .iter()
        .map(|step| {
            let keeps = step.items.iter().map(|item| match item {
                Item::Keep(resource) => resource.address().to_string(),
                Item::Skip { address, .. } => format!("({address})"),
            });
            let finished = checkpoint.as_ref().and_then(|c| c.steps.get(step.id));
            let known = finished
                .map_or_else(|| "not finished yet".to_owned(), |f| format!("finished {:.0}", f.finished));
            StepRow {
                id: step.id.to_owned(),
                title: step.title.to_owned(),
                keeps: keeps.collect(),
                known,
                finished: finished.map(|f| format!("{:.0}", f.finished)),
            }
        })
        .collect();
    if options.output == Some(Output::Json) {
        say::line(step_json(&settings.loaded.config.project.id, &options.env, &rows));
        return Ok(DONE);
    }
    for line in step_lines(&rows, report::settings(options).style) {
        say::line(line);
    }
    Ok(DONE)
}
