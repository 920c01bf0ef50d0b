//! `gcloud sql import …`.

use super::operations::{self, PATIENCE};
use super::{HOST, link, project};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use crate::surfaces::unknown;
use serde_json::json;

pub(super) fn handle(call: &Call, kind: &str) -> Result<Answer, Failure> {
    match kind {
        "sql" => sql(call),
        _ => Err(unknown(call)),
    }
}

fn sql(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--database", "--user", "--async"])?;
    let instance = format!("{}/instances/{}", project(call)?, call.word("INSTANCE"));
    let uri = call.word("URI");
    let mut context =
        json!({ "kind": "sql#importContext", "uri": uri, "fileType": "SQL", "sqlImportOptions": {} });
    for (field, flag) in [("database", "--database"), ("importUser", "--user")] {
        if let Some(value) = call.one(flag) {
            context[field] = value.into();
        }
    }
    let request = Request::new("POST", HOST, format!("{instance}/import"));
    let operation = call.message(&request.body(json!({ "importContext": context })))?;
    if call.on("--async") == Some(true) {
        return operations::glance(call, &operation);
    }
    operations::wait(call, &operation, "Importing data into Cloud SQL instance", PATIENCE)?;
    call.say(&format!("Imported data from [{uri}] into [{}].", link(&instance)));
    Ok(Answer::List(Vec::new()))
}
