//! Databases.

use super::operations::{self, Change, link};
use super::{instance, invalid, serving};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use serde_json::{Value, json};

/// A database as it is shown.
pub fn object(project: &str, instance: &str, name: &str, charset: &str, collation: &str) -> Value {
    json!({
        "kind": "sql#database",
        "name": name,
        "instance": instance,
        "project": project,
        "charset": charset,
        "collation": collation,
        "selfLink": format!("{}/databases/{name}", link(project, instance)),
    })
}

pub fn insert(call: &mut Call) -> Answer {
    let (key, _) = serving(call)?;
    let (project, instance) = (call.project().to_owned(), call.param("instance").to_owned());
    let name = call.text("name").to_owned();
    if name.is_empty() || name.len() > 63 || name.contains(['/', '\0']) {
        return Err(invalid(format!("Invalid database name ({name})")));
    }
    let path = format!("{key}/databases/{name}");
    if call.world.has(&path) {
        // What Google passes on from PostgreSQL.
        return Err(invalid(format!(
            "failed to create database {name}. Detail: pq: database \"{name}\" already exists"
        )));
    }
    let or = |text: &str, default: &str| if text.is_empty() { default.to_owned() } else { text.to_owned() };
    let charset = or(call.text("charset"), "UTF8");
    let collation = or(call.text("collation"), "en_US.UTF8");
    let data = object(&project, &instance, &name, &charset, &collation);
    let effects = vec![Effect::Put { key: path, data, hidden: Value::Null }];
    start(call, &instance, "CREATE_DATABASE", effects)
}

fn start(call: &mut Call, instance: &str, kind: &str, effects: Vec<Effect>) -> Answer {
    operations::start(call, Change { instance, kind, seconds: 3.0, effects, failure_effects: Vec::new() })
}

/// The key and the object of the database in the path.
pub fn find(call: &Call) -> Result<(String, Value), ApiError> {
    let (key, _) = instance(call)?;
    let name = call.param("database");
    let path = format!("{key}/databases/{name}");
    match call.world.get(&path) {
        Some(database) => Ok((path, database.clone())),
        None => Err(ApiError::not_found(format!("database \"{name}\" does not exist."))
            .reason("databaseDoesNotExist")),
    }
}

pub fn list(call: &Call) -> Answer {
    let (key, _) = instance(call)?;
    let rows: Vec<Value> =
        call.world.list(&format!("{key}/databases")).into_iter().map(|(_, row)| row.clone()).collect();
    let mut body = json!({"kind": "sql#databasesList"});
    if !rows.is_empty() {
        body["items"] = Value::Array(rows);
    }
    Ok(body.into())
}

pub fn delete(call: &mut Call) -> Answer {
    serving(call)?;
    let (path, database) = find(call)?;
    if database["name"] == "postgres" {
        return Err(invalid("The system database postgres cannot be deleted"));
    }
    let instance = call.param("instance").to_owned();
    start(call, &instance, "DELETE_DATABASE", vec![Effect::Remove { key: path }])
}
