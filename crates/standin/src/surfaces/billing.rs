//! `gcloud billing …`: accounts and what they pay for. Budgets are in a file of their own.

use super::{budgets, unknown};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::Answer;
use serde_json::json;

const HOST: &str = "cloudbilling.googleapis.com";

pub(super) fn handle(call: &Call, kind: &str, verb: &str) -> Result<Answer, Failure> {
    match (kind, verb) {
        ("accounts", "list") => {
            let request = Request::new("GET", HOST, "/v1/billingAccounts").with("pageSize", "100");
            Ok(Answer::List(pages::all(call, &request, "billingAccounts")?))
        }
        ("accounts", "describe") => one(call, "GET", &account(call.word("ACCOUNT_ID"))),
        ("accounts", "get-iam-policy") => {
            one(call, "GET", &format!("{}:getIamPolicy", account(call.word("ACCOUNT"))))
        }
        ("projects", "describe") => one(call, "GET", &info(call)),
        ("projects", "link") => link(call, &account(call.one("--billing-account").unwrap_or_default())),
        ("projects", "unlink") => link(call, ""),
        ("projects", "list") => {
            let account = account(call.one("--billing-account").unwrap_or_default());
            let request =
                Request::new("GET", HOST, format!("/v1/{account}/projects")).with("pageSize", "100");
            Ok(Answer::List(pages::all(call, &request, "projectBillingInfo")?))
        }
        ("budgets", verb) => budgets::handle(call, verb),
        _ => Err(unknown(call)),
    }
}

/// `billingAccounts/ID`, with or without the first word.
pub(super) fn account(id: &str) -> String {
    format!("billingAccounts/{}", id.trim_start_matches("billingAccounts/"))
}

fn info(call: &Call) -> String {
    format!("projects/{}/billingInfo", call.word("PROJECT_ID"))
}

fn one(call: &Call, method: &'static str, path: &str) -> Result<Answer, Failure> {
    Ok(Answer::Value(call.send(&Request::new(method, HOST, format!("/v1/{path}")))?))
}

fn link(call: &Call, account: &str) -> Result<Answer, Failure> {
    let request = Request::new("PUT", HOST, format!("/v1/{}", info(call)))
        .body(json!({ "billingAccountName": account }));
    Ok(Answer::Value(call.send(&request)?))
}
