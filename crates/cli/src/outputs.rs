//! `deploy-all outputs`: what other teams need to know, read from the cloud.

use crate::args::{Options, Output};
use crate::exit::{DONE, FAILED, Stop};
use crate::{look, say};
use display::{OutputRow, OutputValue, output_env, output_json, output_lines, output_markdown};

/// Prints them in the form that is asked for. Exit 1 where something could not be read.
///
/// # Errors
/// What keeps it from looking at all.
pub fn run(options: &Options) -> Result<u8, Stop> {
    let look = look::open(options)?;
    let outputs = look.engine.outputs(&look.steps).map_err(look::stopped)?;
    let project = look.project();
    let rows: Vec<OutputRow> = outputs.into_iter().map(|output| row(output, project)).collect();
    match options.output {
        Some(Output::Json) => say::line(output_json(project, &options.env, &rows)),
        Some(Output::Env) => output_env(&rows, gcloud::quote).iter().for_each(say::line),
        Some(Output::Markdown) => {
            output_markdown(project, &options.env, &rows).iter().for_each(say::line);
        }
        Some(Output::Human | Output::Plain) | None => {
            // The values are what was asked for; the lines around them are not.
            if !options.quiet {
                look.introduce();
            }
            output_lines(&rows, look.style).iter().for_each(say::line);
            if !options.quiet {
                look.count();
            }
        }
    }
    let unknown = rows.iter().any(|row| matches!(row.value, OutputValue::Unknown(_)));
    Ok(if unknown { FAILED } else { DONE })
}

/// A secret is told by its name, with the command that reads it.
fn row(output: engine::Output, project: &str) -> OutputRow {
    let value = match output.value {
        engine::OutputValue::Is(value) => OutputValue::Is(value),
        engine::OutputValue::Missing => OutputValue::Missing,
        engine::OutputValue::Unknown(why) => OutputValue::Unknown(why),
    };
    let command = match &value {
        OutputValue::Is(secret) if output.name.ends_with("_secret") => {
            Some(format!("gcloud secrets versions access latest --secret={secret} --project={project}"))
        }
        _ => None,
    };
    OutputRow { name: output.name, resource: output.resource.to_string(), value, command }
}
