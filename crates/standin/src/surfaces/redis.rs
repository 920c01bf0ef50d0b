//! `gcloud redis instances …` (Memorystore for Redis, v1).

mod instance;

use super::declarative::Change;
use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::Answer;
use serde_json::{Value, json};

const HOST: &str = "redis.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "update" => update(call),
        "upgrade" => upgrade(call),
        "delete" => delete(call),
        "describe" => {
            call.takes(&["--region"])?;
            Ok(Answer::Value(read(call)?))
        }
        "list" => {
            call.takes(&["--region"])?;
            pages::all(call, &Request::new("GET", HOST, collection(call)?), "instances").map(Answer::List)
        }
        "get-auth-string" => {
            call.takes(&["--region"])?;
            let request = Request::new("GET", HOST, format!("{}/authString", path(call)?));
            Ok(Answer::Value(call.message(&request)?))
        }
        _ => Err(unknown(call)),
    }
}

fn collection(call: &Call) -> Result<String, Failure> {
    let region = call.one("--region").unwrap_or_default();
    Ok(format!("/v1/projects/{}/locations/{region}/instances", call.project()?))
}

fn path(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/{}", collection(call)?, call.word("INSTANCE")))
}

fn read(call: &Call) -> Result<Value, Failure> {
    call.message(&Request::new("GET", HOST, path(call)?))
}

fn change<'a>(call: &'a Call, verb: &'a str, result: Option<String>) -> Change<'a> {
    Change { host: HOST, verb, name: call.word("INSTANCE"), kind: "instance", result }
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[instance::FLAGS, instance::OF_CREATION].concat())?;
    let name = call.word("INSTANCE");
    let request = Request::new("POST", HOST, collection(call)?).with("instanceId", name);
    change(call, "Create", Some(path(call)?)).carry_out(call, &request.body(instance::new(call)?))
}

fn update(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[instance::FLAGS, instance::OF_UPDATE].concat())?;
    let mut whole = read(call)?;
    if !instance::any(call) {
        return Err(Failure::Said("Must specify at least one valid instance parameter to update".to_owned()));
    }
    let mask = instance::change(call, &mut whole);
    let mut request = Request::new("PATCH", HOST, path(call)?);
    if !mask.is_empty() {
        request = request.with("updateMask", mask.join(","));
    }
    change(call, "Update", Some(path(call)?)).carry_out(call, &request.body(whole))
}

fn upgrade(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--region", "--redis-version", "--async"])?;
    let body = json!({ "redisVersion": instance::choice(call, "--redis-version") });
    let request = Request::new("POST", HOST, format!("{}:upgrade", path(call)?)).body(body);
    change(call, "Upgrade", Some(path(call)?)).carry_out(call, &request)
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--region", "--async"])?;
    change(call, "Delete", None).carry_out(call, &Request::new("DELETE", HOST, path(call)?))
}
