//! `gcloud storage …` (Cloud Storage, JSON API).

mod bucket;
mod copy;
mod objects;
mod remove;

use super::unknown;
use crate::call::Call;
use crate::failure::{Failure, explained};
use crate::google::{Request, Trouble};
use crate::print::Answer;
use crate::{pages, policy, print};
use serde_json::{Value, json};

const HOST: &str = "storage.googleapis.com";

pub(super) fn handle(call: &Call, words: &[&str]) -> Result<Answer, Failure> {
    match words {
        ["buckets", "create"] => create(call),
        ["buckets", "update"] => update(call),
        ["buckets", "describe"] => {
            let name = name(call, call.word("URL"))?;
            let found = send(call, &Request::new("GET", HOST, path(&name)).with("projection", "full"))?;
            Ok(Answer::Value(if call.on("--raw") == Some(true) { found } else { bucket::shown(&found) }))
        }
        ["buckets", "list"] => list(call),
        ["buckets", "delete"] => remove::buckets(call),
        ["buckets", "get-iam-policy"] => {
            Ok(Answer::Value(send(call, &read_policy(&name(call, call.word("URL"))?))?))
        }
        ["buckets", "add-iam-policy-binding" | "remove-iam-policy-binding"] => bind(call),
        ["objects", "list"] => objects::list(call),
        ["rm"] => remove::all(call),
        ["cp"] => copy::from_stdin(call),
        _ => Err(unknown(call)),
    }
}

/// The rendering of storage: what is not there is named by its URL, all else as most surfaces do, 5xx too.
fn failed(trouble: Trouble) -> Failure {
    let Trouble::Refused(refusal) = trouble else { return trouble.into() };
    if refusal.code == 404 {
        let path = refusal.url.split('?').next().unwrap_or_default();
        let rest = path.split_once("/storage/v1/b/").map(|(_, rest)| rest);
        if let Some(rest) = rest {
            let name = match rest.split_once("/o/") {
                Some((bucket, object)) => format!("{bucket}/{object}"),
                None => rest.split('/').next().unwrap_or_default().to_owned(),
            };
            return Failure::Said(format!("gs://{name} not found: 404."));
        }
    }
    Failure::Said(explained(&refusal))
}

fn send(call: &Call, request: &Request) -> Result<Value, Failure> {
    call.google.send(request).map_err(failed)
}

/// The same, with the answer's headers.
fn in_flight(call: &Call, request: &Request) -> Result<(Value, Vec<(String, String)>), Failure> {
    call.google.send_whole(request).map_err(failed)
}

/// The bucket of `gs://BUCKET`, and of nothing else.
fn name(call: &Call, url: &str) -> Result<String, Failure> {
    let name = url.strip_prefix("gs://").map(|rest| rest.trim_end_matches('/'));
    match name.filter(|name| !name.is_empty() && !name.contains('/')) {
        Some(name) => Ok(name.to_owned()),
        None => {
            let command = call.command.replace(' ', ".");
            Err(Failure::Said(format!("gcloud.{command} only accepts bucket URLs.")))
        }
    }
}

fn path(bucket: &str) -> String {
    format!("/storage/v1/b/{bucket}")
}

fn create(call: &Call) -> Result<Answer, Failure> {
    for url in call.words("URL") {
        let name = name(call, url)?;
        let mut body = bucket::asked(call, json!({}))?;
        body["name"] = json!(name);
        if let Some(location) = call.one("--location") {
            body["location"] = json!(location);
        }
        let request = Request::new("POST", HOST, "/storage/v1/b")
            .with("enableObjectRetention", "False")
            .with("project", call.project()?)
            .with("projection", "noAcl")
            .body(body);
        call.say(&format!("Creating gs://{name}/..."));
        send(call, &request)?;
    }
    Ok(Answer::List(Vec::new()))
}

fn update(call: &Call) -> Result<Answer, Failure> {
    if call.words("URL").is_empty() {
        return Err(Failure::Said("Must have URL arguments if not reading paths from stdin.".to_owned()));
    }
    let names: Vec<String> = call.words("URL").iter().map(|url| name(call, url)).collect::<Result<_, _>>()?;
    in_tasks(call, "", &names, |name| {
        // Labels are changed in the labels that are there, and then all that was read goes back.
        let before = match bucket::changes_labels(call) {
            false => json!({}),
            true => {
                let request = Request::new("GET", HOST, path(name)).with("projection", "noAcl");
                bucket::for_sending(send(call, &request).map_err(Task::Unbegun)?)
            }
        };
        let mut body = bucket::asked(call, before).map_err(Task::Unbegun)?;
        body["name"] = json!(name);
        call.say(&format!("Updating gs://{name}/..."));
        send(call, &Request::new("PATCH", HOST, path(name)).with("projection", "noAcl").body(body))
            .map_err(Task::Failed)?;
        Ok(())
    })
}

/// Bucket and name of `gs://BUCKET/NAME`; nothing that stands for several.
fn object(url: &str) -> Option<(String, String)> {
    let (bucket, object) = url.strip_prefix("gs://")?.split_once('/')?;
    let one = !object.is_empty() && !object.ends_with('/') && !object.contains(['*', '?', '#', '[']);
    one.then(|| (bucket.to_owned(), object.to_owned()))
}

fn object_path(bucket: &str, object: &str) -> String {
    let object = percent_encoding::utf8_percent_encode(object, ENCODED);
    format!("{}/o/{object}", path(bucket))
}

/// What Python's `quote` leaves as it is, besides letters and digits.
const ENCODED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~');

/// Whether there is an object of this name; where there is none, gcloud also looks for what it could be the folder of.
fn is_there(call: &Call, bucket: &str, object: &str, folders: bool) -> Result<bool, Failure> {
    let look = Request::new("GET", HOST, object_path(bucket, object))
        .with("fields", "bucket,name,size,generation")
        .with("projection", "noAcl");
    match call.google.send(&look) {
        Ok(_) => return Ok(true),
        Err(Trouble::Refused(refusal)) if refusal.code == 404 => {}
        Err(trouble) => return Err(failed(trouble)),
    }
    let mut list = Request::new("GET", HOST, format!("{}/o", path(bucket)))
        .with("fields", "prefixes,items/name,items/size,items/generation,nextPageToken")
        .with("delimiter", "/");
    if folders {
        list = list.with("includeFoldersAsPrefixes", "True");
    }
    send(call, &list.with("maxResults", "1000").with("prefix", object).with("projection", "noAcl"))?;
    Ok(false)
}

/// How a task ends badly.
enum Task {
    /// Before it began: the whole command fails.
    Unbegun(Failure),
    /// In its own right: the others go on, and the command fails in the end.
    Failed(Failure),
}

/// Runs something for each item, with the lines that gcloud's progress leaves on a stderr that is no terminal.
fn in_tasks<T>(
    call: &Call,
    title: &str,
    items: &[T],
    task: impl Fn(&T) -> Result<(), Task>,
) -> Result<Answer, Failure> {
    call.say(&format!("{title}  "));
    let mut failed = false;
    for item in items {
        match task(item) {
            Ok(()) => {}
            Err(Task::Failed(failure)) => {
                failed = true;
                let text = failure.text();
                call.say(&format!("ERROR: {}", text.strip_prefix("(gcloud) ").unwrap_or(&text)));
            }
            Err(Task::Unbegun(failure)) => {
                call.say("");
                return Err(failure);
            }
        }
    }
    call.say("");
    if failed {
        print::empty_list(call);
        return Err(Failure::Silent(1));
    }
    Ok(Answer::List(Vec::new()))
}

fn list(call: &Call) -> Result<Answer, Failure> {
    if !call.words("URLS").is_empty() {
        return Err(unknown(call));
    }
    let request = Request::new("GET", HOST, "/storage/v1/b")
        .with("maxResults", "1000")
        .with("project", call.project()?)
        .with("projection", "full");
    let mut buckets = pages::read(call, &request, "items").map_err(|trouble| {
        print::empty_list(call);
        failed(trouble)
    })?;
    if call.on("--raw") != Some(true) {
        buckets = buckets.iter().map(bucket::shown).collect();
    }
    Ok(Answer::List(buckets))
}

fn read_policy(bucket: &str) -> Request {
    Request::new("GET", HOST, format!("{}/iam", path(bucket)))
        .with("fields", "bindings,etag")
        .with("optionsRequestedPolicyVersion", "3")
}

fn bind(call: &Call) -> Result<Answer, Failure> {
    let name = name(call, call.word("URL"))?;
    let mut found = send(call, &read_policy(&name))?;
    if call.command.ends_with("remove-iam-policy-binding") {
        policy::remove(call, &mut found)?;
    } else {
        policy::add(call, &mut found)?;
    }
    found["version"] = json!(3);
    let request = Request::new("PUT", HOST, format!("{}/iam", path(&name))).body(found);
    Ok(Answer::Value(send(call, &request)?))
}
