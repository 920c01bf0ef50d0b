//! Log sinks.

use super::{check_description, check_filter, is_identifier};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use crate::world::World;
use regex::Regex;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The identity that every sink without its own writes as (documentation of `uniqueWriterIdentity`).
const SHARED_WRITER: &str = "serviceAccount:cloud-logs@system.gserviceaccount.com";

/// The five forms of a destination (description of `LogSink.destination`).
static DESTINATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)^(?:
          storage\.googleapis\.com/[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]
        | bigquery\.googleapis\.com/projects/(?<p1>[^/]+)/datasets/[A-Za-z0-9_]+
        | pubsub\.googleapis\.com/projects/(?<p2>[^/]+)/topics/[A-Za-z][A-Za-z0-9_.~+%-]{2,254}
        | logging\.googleapis\.com/projects/(?<p3>[^/]+)
        | logging\.googleapis\.com/projects/(?<p4>[^/]+)/locations/[a-z0-9-]+/buckets/[A-Za-z0-9_.-]+
        )$",
    )
    .expect("a valid expression")
});

fn key(project: &str, sink: &str) -> String {
    format!("logging/projects/{project}/sinks/{sink}")
}

/// Makes the two sinks that every project has, into the two buckets that every project has.
pub fn ensure(world: &mut World, project: &str) {
    let audit = ["cloudaudit", "externalaudit"]
        .iter()
        .flat_map(|p| {
            ["activity", "system_event", "access_transparency"]
                .map(|l| format!("LOG_ID(\"{p}.googleapis.com/{l}\")"))
        })
        .collect::<Vec<_>>();
    let required = audit.join(" OR ");
    let default = audit.iter().map(|f| format!("NOT {f}")).collect::<Vec<_>>().join(" AND ");
    for (id, filter) in [("_Default", default), ("_Required", required)] {
        let key = key(project, id);
        if !world.has(&key) {
            let destination =
                format!("logging.googleapis.com/projects/{project}/locations/global/buckets/{id}");
            world.put(
                &key,
                json!({"name": id, "destination": destination, "filter": filter,
                       "resourceName": format!("projects/{project}/sinks/{id}")}),
            );
        }
    }
}

fn found(call: &Call) -> Result<Value, ApiError> {
    let id = call.param("sinksId");
    call.world
        .get(&key(call.project(), id))
        .cloned()
        .ok_or_else(|| ApiError::not_found(format!("Sink {id} does not exist")))
}

/// `get`
pub fn get(call: &Call) -> Answer {
    Ok(found(call)?.into())
}

/// `list`
pub fn list(call: &Call) -> Answer {
    let rows = call.world.list(&format!("logging/projects/{}/sinks", call.project()));
    Ok(call.page("sinks", rows.into_iter().map(|(_, sink)| sink.clone()).collect()))
}

/// Checks a sink as it would be after the change and sets the fields that Google sets.
fn settle(call: &mut Call, sink: &mut Value, unique: bool) -> Result<(), ApiError> {
    let project = call.project().to_owned();
    let destination = sink["destination"].as_str().unwrap_or("").to_owned();
    let Some(parts) = DESTINATION.captures(&destination) else {
        return Err(ApiError::invalid(format!("Unsupported sink destination: {destination}")));
    };
    let target = ["p1", "p2", "p3", "p4"].iter().find_map(|n| parts.name(n)).map(|m| m.as_str());
    let target = target.map(|p| call.world.project_id(p).unwrap_or_else(|| p.to_owned()));
    if let Some(target) = &target
        && *target != project
        && !unique
    {
        // Google's text, from the issue tracker of nodejs-logging.
        return Err(ApiError::invalid(
            "The destination project must be the same as the sink's project. Use uniqueWriterIdentity=true to allow cross project sinks.",
        ));
    }
    check_filter(sink["filter"].as_str().unwrap_or(""))?;
    check_description(sink["description"].as_str().unwrap_or(""))?;
    for exclusion in sink["exclusions"].as_array().into_iter().flatten() {
        if !is_identifier(exclusion["name"].as_str().unwrap_or(""))
            || exclusion["filter"].as_str().is_none_or(str::is_empty)
        {
            return Err(ApiError::invalid("An exclusion needs a valid name and a filter."));
        }
        check_filter(exclusion["filter"].as_str().unwrap_or(""))?;
    }
    if sink.get("bigqueryOptions").is_some_and(|o| !o.is_null()) && !destination.starts_with("bigquery.") {
        return Err(ApiError::invalid("Provided options do not match the sink's destination service"));
    }
    // A log bucket of the same project needs no right, so the sink has no identity (description).
    let own_bucket = parts.name("p4").is_some() && target.as_deref() == Some(project.as_str());
    if own_bucket {
        if let Some(map) = sink.as_object_mut() {
            map.remove("writerIdentity");
        }
    } else if unique {
        let number = call.project_number();
        sink["writerIdentity"] =
            json!(format!("serviceAccount:service-{number}@gcp-sa-logging.iam.gserviceaccount.com"));
    } else {
        sink["writerIdentity"] = json!(SHARED_WRITER);
    }
    sink["updateTime"] = json!(call.world.stamp());
    Ok(())
}

fn asks_unique(call: &Call) -> bool {
    call.query("uniqueWriterIdentity").is_some_and(|v| v.eq_ignore_ascii_case("true"))
}

/// `create`
pub fn create(call: &mut Call) -> Answer {
    let mut sink = call.input();
    let id = sink["name"].as_str().unwrap_or("").to_owned();
    if !is_identifier(&id) {
        return Err(ApiError::invalid(format!("Sink identifier `{id}` is invalid.")));
    }
    let key = key(call.project(), &id);
    if call.world.has(&key) {
        return Err(ApiError::already_exists(format!("Sink {id} already exists")));
    }
    let unique = asks_unique(call);
    settle(call, &mut sink, unique)?;
    sink["createTime"] = sink["updateTime"].clone();
    sink["resourceName"] = json!(format!("projects/{}/sinks/{id}", call.project()));
    call.world.put(&key, sink.clone());
    Ok(sink.into())
}

/// `update` and `patch`, which are the same.
pub fn update(call: &mut Call) -> Answer {
    let mut sink = found(call)?;
    let id = call.param("sinksId").to_owned();
    if id == "_Required" {
        return Err(ApiError::invalid("The _Required sink cannot be modified."));
    }
    let input = call.input();
    if !matches!(input["name"].as_str(), None | Some("")) && input["name"] != id.as_str() {
        return Err(ApiError::invalid("The name of a sink cannot be changed."));
    }
    // An empty mask stands for these three (description).
    let mask = match call.query("updateMask") {
        None | Some("") => "destination,filter,includeChildren".to_owned(),
        Some(mask) => mask.to_owned(),
    };
    let had = sink["writerIdentity"].as_str().is_some_and(|w| w != SHARED_WRITER);
    let asked = asks_unique(call);
    if had && !asked && call.query("uniqueWriterIdentity").is_some() {
        return Err(ApiError::invalid("uniqueWriterIdentity cannot be changed from true to false."));
    }
    mask::apply(call.route.api, "LogSink", &mut sink, &input, &mask)?;
    sink["name"] = json!(id);
    settle(call, &mut sink, had || asked)?;
    let key = key(call.project(), &id);
    call.world.put(&key, sink.clone());
    Ok(sink.into())
}

/// `delete`
pub fn delete(call: &mut Call) -> Answer {
    found(call)?;
    let id = call.param("sinksId").to_owned();
    if id == "_Required" {
        return Err(ApiError::invalid("The _Required sink cannot be deleted."));
    }
    let key = key(call.project(), &id);
    call.world.remove(&key);
    Ok(Reply::empty())
}
