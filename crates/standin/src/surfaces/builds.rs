//! `gcloud builds …` (Cloud Build): triggers, linked repositories, builds that are looked at.

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::print::Answer;
use crate::{content, pages, typed};
use serde_json::{Value, json};

const HOST: &str = "cloudbuild.googleapis.com";

pub(super) fn handle(call: &Call, rest: &[&str]) -> Result<Answer, Failure> {
    let place =
        format!("projects/{}/locations/{}", call.project()?, call.one("--region").unwrap_or("global"));
    match rest {
        ["triggers", "describe"] => Ok(Answer::Value(call.send(&trigger(call, "GET", &place))?)),
        ["triggers", "list"] => {
            // gcloud takes the first page for all.
            let mut page = call.send(&Request::new("GET", HOST, format!("/v1/{place}/triggers")))?;
            Ok(Answer::List(pages::taken(&mut page, "triggers")))
        }
        ["triggers", "delete"] => {
            call.send(&trigger(call, "DELETE", &place))?;
            call.say(&format!("Deleted [{place}/triggers/{}].", call.word("TRIGGER")));
            Ok(Answer::List(Vec::new()))
        }
        ["triggers", "import"] => import(call, &place),
        ["repositories", "describe"] => {
            let path = format!("/v2/{}/{}", connection(call, &place), call.word("REPOSITORY"));
            Ok(Answer::Value(call.send(&Request::new("GET", HOST, path))?))
        }
        ["repositories", "list"] => {
            let request = Request::new("GET", HOST, format!("/v2/{}", connection(call, &place)));
            Ok(Answer::List(pages::all(call, &request, "repositories")?))
        }
        ["describe"] => {
            let path = format!("/v1/{place}/builds/{}", call.word("BUILD"));
            Ok(Answer::Value(call.send(&Request::new("GET", HOST, path))?))
        }
        _ => Err(unknown(call)),
    }
}

fn trigger(call: &Call, method: &'static str, place: &str) -> Request {
    let name = call.word("TRIGGER");
    Request::new(method, HOST, format!("/v1/{place}/triggers/{name}")).with("triggerId", name)
}

fn connection(call: &Call, place: &str) -> String {
    format!("{place}/connections/{}/repositories", call.one("--connection").unwrap_or_default())
}

/// Replaces the trigger of the file's id or name, and makes it where there is none.
fn import(call: &Call, place: &str) -> Result<Answer, Failure> {
    let mut wanted = content::of(call, "--source", None)?.unwrap_or_default();
    typed::settle(&mut wanted, &[]);
    let named = ["id", "name"].iter().find_map(|field| wanted[field].as_str()).map(str::to_owned);
    let create = |body: Value| {
        call.send(&Request::new("POST", HOST, format!("/v1/{place}/triggers")).body(body)).map(listed)
    };
    let Some(name) = named else { return create(wanted) };
    let path = format!("{place}/triggers/{name}");
    wanted["resourceName"] = json!(path);
    let patch =
        Request::new("PATCH", HOST, format!("/v1/{path}")).with("triggerId", name).body(wanted.clone());
    match call.google.send(&patch) {
        Err(Trouble::Refused(refusal)) if refusal.code == 404 && !wanted["id"].is_string() => create(wanted),
        answer => Ok(listed(answer?)),
    }
}

fn listed(trigger: Value) -> Answer {
    Answer::List(vec![trigger])
}
