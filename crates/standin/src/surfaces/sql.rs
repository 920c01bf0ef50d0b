//! `gcloud sql …` (Cloud SQL Admin, v1beta4).

mod databases;
mod import;
mod instances;
mod operations;
mod settings;
mod users;

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::Answer;
use crate::typed;
use serde_json::Value;

const HOST: &str = "sqladmin.googleapis.com";

pub(super) fn handle(call: &Call, kind: &str, verb: &str) -> Result<Answer, Failure> {
    match kind {
        "instances" => instances::handle(call, verb),
        "databases" => databases::handle(call, verb),
        "users" => users::handle(call, verb),
        "operations" => operations::handle(call, verb),
        "import" => import::handle(call, verb),
        _ => Err(unknown(call)),
    }
}

/// `/sql/v1beta4/projects/p`.
fn project(call: &Call) -> Result<String, Failure> {
    Ok(format!("/sql/v1beta4/projects/{}", call.project()?))
}

/// The path of the instance that `--instance` names.
fn instance(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/instances/{}", project(call)?, call.one("--instance").unwrap_or_default()))
}

/// How gcloud names a resource to people.
fn link(path: &str) -> String {
    format!("https://{HOST}{path}")
}

/// A list in pages.
fn list(call: &Call, request: &Request) -> Result<Answer, Failure> {
    let mut items = Value::Array(pages::all(call, request, "items")?);
    typed::settle(&mut items, &[]);
    Ok(Answer::List(items.as_array().cloned().unwrap_or_default()))
}

/// A list that Google gives in one answer; gcloud has printed nothing when it fails.
fn list_at_once(call: &Call, path: String) -> Result<Answer, Failure> {
    let mut answer = call.message(&Request::new("GET", HOST, path))?;
    Ok(Answer::List(pages::taken(&mut answer, "items")))
}
