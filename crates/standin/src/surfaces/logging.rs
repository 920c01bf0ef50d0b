//! `gcloud logging …`: log buckets, sinks, metrics made from logs.

use super::unknown;
use crate::call::Call;
use crate::content;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::{self, Answer};
use serde_json::{Map, Value, json};

const HOST: &str = "logging.googleapis.com";

pub(super) fn handle(call: &Call, kind: &str, verb: &str) -> Result<Answer, Failure> {
    call.takes(flags(kind, verb))?;
    match (kind, verb) {
        ("buckets", "describe") => Ok(Answer::Value(call.send(&Request::new("GET", HOST, bucket(call)?))?)),
        ("buckets", "list") => {
            let location = call.one("--location").unwrap_or("-");
            let path = format!("/v2/projects/{}/locations/{location}/buckets", call.project()?);
            // The first page only: gcloud does not ask for more of these.
            let page = call.send(&Request::new("GET", HOST, path)).inspect_err(|_| print::empty_list(call));
            Ok(Answer::List(pages::taken(&mut page?, "buckets")))
        }
        ("buckets", "update") => update_bucket(call),
        ("sinks", "describe") => Ok(Answer::Value(call.send(&Request::new("GET", HOST, sink(call)?))?)),
        ("sinks", "list") => list_sinks(call),
        ("sinks", "create") => create_sink(call),
        ("sinks", "update") => update_sink(call),
        ("sinks", "delete") => {
            let path = sink(call)?;
            call.send(&Request::new("DELETE", HOST, &path))?;
            call.say(&format!("Deleted [https://{HOST}{path}]."));
            Ok(Answer::List(Vec::new()))
        }
        ("metrics", "describe") => Ok(Answer::Value(call.send(&Request::new("GET", HOST, metric(call)?))?)),
        ("metrics", "list") => {
            let request = Request::new("GET", HOST, format!("/v2/projects/{}/metrics", call.project()?));
            Ok(Answer::List(pages::all(call, &request, "metrics")?))
        }
        ("metrics", "create") => create_metric(call),
        ("metrics", "update") => update_metric(call),
        ("metrics", "delete") => {
            call.send(&Request::new("DELETE", HOST, metric(call)?))?;
            call.say(&format!("Deleted [{}].", call.word("METRIC_NAME")));
            Ok(Answer::List(Vec::new()))
        }
        _ => Err(unknown(call)),
    }
}

/// What is understood here.
fn flags(kind: &str, verb: &str) -> &'static [&'static str] {
    match (kind, verb) {
        ("buckets", "update") => &["--location", "--retention-days", "--description"],
        ("buckets", _) => &["--location"],
        ("sinks", "create" | "update") => &["--log-filter", "--description", "--disabled"],
        ("metrics", "create" | "update") => {
            &["--description", "--log-filter", "--bucket-name", "--config-from-file"]
        }
        _ => &[],
    }
}

fn bucket(call: &Call) -> Result<String, Failure> {
    let location = call.one("--location").unwrap_or("-");
    Ok(format!("/v2/projects/{}/locations/{location}/buckets/{}", call.project()?, call.word("BUCKET_ID")))
}

fn sink(call: &Call) -> Result<String, Failure> {
    Ok(format!("/v2/projects/{}/sinks/{}", call.project()?, call.word("SINK_NAME")))
}

fn metric(call: &Call) -> Result<String, Failure> {
    Ok(format!("/v2/projects/{}/metrics/{}", call.project()?, call.word("METRIC_NAME")))
}

/// Nothing to change was named.
fn nothing_given(names: &[&str]) -> Failure {
    let names = names.join(", ");
    Failure::Said(format!(
        "One of [{names}] must be supplied: Please specify at least one property to update."
    ))
}

fn update_bucket(call: &Call) -> Result<Answer, Failure> {
    let mut body = Map::new();
    let mut mask = Vec::new();
    if let Some(days) = call.one("--retention-days").and_then(|days| days.parse::<i64>().ok()) {
        body.insert("retentionDays".to_owned(), json!(days));
        mask.push("retention_days");
    }
    if let Some(text) = call.one("--description") {
        body.insert("description".to_owned(), json!(text));
        mask.push("description");
    }
    if mask.is_empty() {
        return Err(nothing_given(&["--retention-days", "--description", "--locked"]));
    }
    let request = Request::new("PATCH", HOST, bucket(call)?).with("updateMask", mask.join(","));
    Ok(Answer::Value(call.send(&request.body(Value::Object(body)))?))
}

fn list_sinks(call: &Call) -> Result<Answer, Failure> {
    let path = format!("/v2/projects/{}/sinks", call.project()?);
    let mut page = call.send(&Request::new("GET", HOST, path))?;
    let mut sinks = pages::taken(&mut page, "sinks");
    for sink in &mut sinks {
        if sink["filter"].as_str().unwrap_or_default().is_empty() {
            sink["filter"] = json!("(empty filter)");
        }
    }
    Ok(Answer::List(sinks))
}

/// What the flags say of a sink, and the fields that they name.
fn sink_body(call: &Call) -> (Map<String, Value>, Vec<&'static str>) {
    let mut body = Map::from_iter([("name".to_owned(), json!(call.word("SINK_NAME")))]);
    let mut mask = Vec::new();
    let mut set = |field: &'static str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(field.to_owned(), value);
            mask.push(field);
        }
    };
    let destination = call.words("DESTINATION").first();
    set("destination", destination.map(|text| json!(text)));
    set("filter", call.one("--log-filter").map(|text| json!(text)));
    set("description", call.one("--description").map(|text| json!(text)));
    set("disabled", call.on("--disabled").map(|on| json!(on)));
    (body, mask)
}

fn create_sink(call: &Call) -> Result<Answer, Failure> {
    let path = format!("/v2/projects/{}/sinks", call.project()?);
    let request = Request::new("POST", HOST, path).with("uniqueWriterIdentity", "True");
    let made = call.send(&request.body(Value::Object(sink_body(call).0)))?;
    call.say(&format!("Created [https://{HOST}{}].", sink(call)?));
    say_who_writes(call, &made);
    Ok(Answer::Value(made))
}

fn update_sink(call: &Call) -> Result<Answer, Failure> {
    let path = sink(call)?;
    call.send(&Request::new("GET", HOST, &path))?;
    let (body, mask) = sink_body(call);
    if mask.is_empty() {
        let names = ["[destination]", "--log-filter", "--use-partitioned-tables", "--clear-exclusions"];
        return Err(nothing_given(&names));
    }
    let request = Request::new("PATCH", HOST, &path)
        .with("uniqueWriterIdentity", "True")
        .with("updateMask", mask.join(","));
    let updated = call.send(&request.body(Value::Object(body)))?;
    call.say(&format!("Updated [https://{HOST}{path}]."));
    if !call.words("DESTINATION").is_empty() {
        say_who_writes(call, &updated);
    }
    Ok(Answer::Value(updated))
}

/// A reminder that gcloud leaves out where a format was asked for.
fn say_who_writes(call: &Call, sink: &Value) {
    if call.one("--format").is_some() {
        return;
    }
    let who = match sink["writerIdentity"].as_str() {
        Some(writer) if !writer.is_empty() => format!("`{writer}`"),
        _ => "the group `cloud-logs@google.com`".to_owned(),
    };
    let destination = sink["destination"].as_str().unwrap_or_default();
    if destination.starts_with("storage") {
        call.say(&format!("Please remember to grant {who} the Storage Object Creator role on the bucket."));
    } else if destination.starts_with("bigquery") {
        call.say(&format!("Please remember to grant {who} the BigQuery Data Editor role on the dataset."));
    } else if destination.starts_with("pubsub") {
        call.say(&format!("Please remember to grant {who} the Pub/Sub Publisher role on the topic."));
    }
    call.say(
        "More information about sinks can be found at \
         https://cloud.google.com/logging/docs/export/configure_export",
    );
}

/// What `--config-from-file` holds.
fn config(call: &Call) -> Result<Map<String, Value>, Failure> {
    let config = content::of(call, "--config-from-file", None)?;
    Ok(config.and_then(|config| config.as_object().cloned()).unwrap_or_default())
}

fn metric_fields(call: &Call, body: &mut Map<String, Value>) {
    for (flag, field) in
        [("--description", "description"), ("--log-filter", "filter"), ("--bucket-name", "bucketName")]
    {
        if let Some(text) = call.one(flag) {
            body.insert(field.to_owned(), json!(text));
        }
    }
}

fn create_metric(call: &Call) -> Result<Answer, Failure> {
    let name = call.word("METRIC_NAME");
    let mut body = config(call)?;
    metric_fields(call, &mut body);
    body.insert("name".to_owned(), json!(name));
    let path = format!("/v2/projects/{}/metrics", call.project()?);
    let made = call.send(&Request::new("POST", HOST, path).body(Value::Object(body)))?;
    call.say(&format!("Created [{name}]."));
    Ok(Answer::Value(made))
}

/// Read, changed, and written back as a whole.
fn update_metric(call: &Call) -> Result<Answer, Failure> {
    let path = metric(call)?;
    let mut found = call.send(&Request::new("GET", HOST, &path))?;
    if let Some(fields) = found.as_object_mut() {
        metric_fields(call, fields);
        fields.extend(config(call)?);
    }
    let updated = call.send(&Request::new("PUT", HOST, path).body(found))?;
    call.say(&format!("Updated [{}].", call.word("METRIC_NAME")));
    Ok(Answer::Value(updated))
}
