//! `deploy-all verify`: does it do what it is there for? Takes no lock and changes nothing.

use crate::args::{Options, Output};
use crate::exit::{DIFFERENT, DONE, FAILED, Stop};
use crate::here::Here;
use crate::{look, report, say};
use display::{Acceptance, AcceptanceStep, Accepted, acceptance_json, acceptance_lines};
use engine::{Step, Verdict, Verification};

/// Prints what was found. Exit 3 where a check fails, else 1 where something could not be found out.
///
/// # Errors
/// What keeps it from looking at all.
pub fn run(options: &Options) -> Result<u8, Stop> {
    let look = look::open(options)?;
    let verification = look.engine.verify(&look.steps);
    look.glance.close();
    let verification = verification.map_err(look::stopped)?;
    let any = |verdict| {
        let mut findings = verification.verified.iter().flat_map(|one| &one.findings);
        findings.any(|finding| finding.verdict == verdict)
    };
    let code = match (any(Verdict::Failed), any(Verdict::Unknown)) {
        (true, _) => DIFFERENT,
        (false, true) => FAILED,
        (false, false) => DONE,
    };
    let acceptance = Acceptance {
        project: look.project().to_owned(),
        env: options.env.clone(),
        redirection: look.session.ready.redirection.clone(),
        steps: look.steps.iter().map(|step| of_step(step, &verification, look.here())).collect(),
        unchecked: verification.unchecked.iter().map(ToString::to_string).collect(),
        left_out: verification.left_out.iter().map(ToString::to_string).collect(),
        gcloud_commands: look.engine.commands(),
    };
    let lines = match options.output {
        Some(Output::Json) => vec![acceptance_json(&acceptance)],
        _ => acceptance_lines(&acceptance, report::settings(options).verbosity, look.style),
    };
    lines.iter().for_each(say::line);
    Ok(code)
}

fn of_step(step: &Step, verification: &Verification, here: &Here) -> AcceptanceStep {
    let own = || verification.verified.iter().filter(|one| one.step == step.id);
    let rows = own().flat_map(|one| {
        one.findings.iter().map(|finding| Accepted {
            resource: one.resource.to_string(),
            what: finding.what.clone(),
            expected: finding.expected.clone(),
            found: finding.found.clone(),
            verdict: match finding.verdict {
                Verdict::Passed => display::Accept::Passed,
                Verdict::Pending => display::Accept::Pending,
                Verdict::Warned => display::Accept::Warned,
                Verdict::Failed => display::Accept::Failed,
                Verdict::Unknown => display::Accept::Unknown,
            },
            todo: here.some(finding.todo.as_deref()),
        })
    });
    AcceptanceStep {
        id: step.id.to_owned(),
        title: step.title.to_owned(),
        rows: rows.collect(),
        resources: own().count(),
    }
}
