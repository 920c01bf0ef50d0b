//! `deploy-all doctor`: what would make a deploy fail, before anything is touched.

use crate::args::{Options, Output};
use crate::exit::{DONE, PREFLIGHT, Stop};
use crate::preflight::Ready;
use crate::{look, report, say};
use config::Config;
use display::{Finding, Verbosity, Verdict, finding_json, finding_lines};
use gcloud::Info;
use step_project::doctor::{Level, Row};

/// Looks at everything that can be known, and prints it. Exit 5 where a deploy would fail.
///
/// # Errors
/// What keeps it from looking at all.
pub fn run(options: &Options) -> Result<u8, Stop> {
    let look = look::open(options)?;
    let session = &look.session;
    let config = &session.settings.loaded.config;
    let ready = &session.ready;
    let mut findings = installation(ready, config);
    for warning in &session.settings.loaded.warnings {
        findings.push(finding(Verdict::Warn, "config", warning.to_string(), None));
    }
    let rows = step_project::doctor::check(&look.engine.reader(), config, ready.account.as_deref())
        .map_err(look::stopped)?;
    findings.extend(rows.into_iter().map(of_row));
    for finding in &mut findings {
        finding.remedy = look.here().some(finding.remedy.as_deref());
    }
    let fails = findings.iter().any(|finding| finding.verdict == Verdict::Fail);
    let code = if fails { PREFLIGHT } else { DONE };
    if options.output == Some(Output::Json) {
        say::line(finding_json(look.project(), &options.env, &findings));
        return Ok(code);
    }
    let verbosity = report::settings(options).verbosity;
    finding_lines(&findings, verbosity, look.style).iter().for_each(say::line);
    if verbosity > Verbosity::Quiet {
        say::line("");
    }
    say::line(if fails { "A deploy would fail." } else { "Nothing stands in the way of a deploy." });
    Ok(code)
}

fn finding(verdict: Verdict, what: &str, found: String, remedy: Option<&str>) -> Finding {
    Finding { verdict, what: what.to_owned(), found, remedy: remedy.map(str::to_owned), command: None }
}

fn of_row(row: Row) -> Finding {
    let verdict = match row.level {
        Level::Ok => Verdict::Ok,
        Level::Warn => Verdict::Warn,
        Level::Fail => Verdict::Fail,
        Level::Unknown => Verdict::Unknown,
    };
    Finding { verdict, what: row.subject, found: row.text, remedy: row.todo, command: None }
}

/// What `gcloud info` tells.
fn installation(ready: &Ready, config: &Config) -> Vec<Finding> {
    let info = &ready.info;
    let mut findings = vec![finding(Verdict::Ok, "gcloud", format!("version {}", info.version), None)];
    findings.extend(["alpha", "beta"].map(|name| component(info, name)));
    if let Some(redirection) = &ready.redirection {
        findings.push(finding(Verdict::Warn, "redirection", format!("not on Google: {redirection}"), None));
    }
    let account = match (&ready.account, &config.project.account) {
        (Some(account), Some(_)) => format!("{account}, as the config wants it"),
        (Some(account), None) => format!("{account}, gcloud's own"),
        (None, _) => "that of the access token".to_owned(),
    };
    findings.push(finding(Verdict::Ok, "account", account, None));
    if let Some(theirs) = info.project.as_ref().filter(|theirs| **theirs != config.project.id) {
        let text = format!(
            "gcloud's own project is {theirs}; this tool names {} in every command",
            config.project.id
        );
        findings.push(finding(Verdict::Ok, "project of gcloud", text, None));
    }
    findings
}

fn component(info: &Info, name: &str) -> Finding {
    let what = format!("component {name}");
    match info.components.get(name) {
        Some(version) => finding(Verdict::Ok, &what, version.clone(), None),
        None => Finding {
            command: Some(format!("gcloud components install {name}")),
            ..finding(
                Verdict::Fail,
                &what,
                "not installed".to_owned(),
                Some("alert policies, channels and service identities need it"),
            )
        },
    }
}
