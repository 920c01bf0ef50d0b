//! Repositories that a project is connected to: of the first generation (the GitHub app, a click in the console), and of the
//! second (connections, v2).

use super::{location, missing, show};
use crate::Reply;
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Effect, Start};
use crate::policy;
use crate::services::unserved;
use crate::world::World;
use serde_json::{Value, json};

/// Where a repository of the first generation is remembered.
pub fn key(project: &str, owner: &str, name: &str) -> String {
    format!("cloudbuild/projects/{project}/connectedRepositories/{owner}/{name}")
}

/// What a person does in the console: `{"project", "owner", "name"}` connects a GitHub repository of the first generation,
/// `{"connection": "projects/P/locations/L/connections/C"}` gives a connection of the second its consent.
pub fn connect(world: &mut World, asked: &Value) -> Result<Value, ApiError> {
    if let Some(name) = asked["connection"].as_str() {
        let path = format!("cloudbuild/{}", world.relative_name(name));
        let Some(connection) = world.get_mut(&path) else { return Err(missing()) };
        connection["installationState"] = json!({"stage": "COMPLETE"});
        return Ok(connection.clone());
    }
    let text = |field: &str| asked[field].as_str().filter(|t| !t.is_empty() && !t.contains('/'));
    let (Some(project), Some(owner), Some(name)) = (text("project"), text("owner"), text("name")) else {
        return Err(ApiError::invalid("project, owner and name are needed, or connection".to_owned()));
    };
    let Some(project) = world.project_id(project) else {
        return Err(ApiError::not_found(format!("There is no project {project}.")));
    };
    let data = json!({"owner": owner, "name": name});
    world.put(&key(&project, owner, name), data.clone());
    Ok(data)
}

fn collection(call: &Call) -> Result<String, ApiError> {
    Ok(format!("projects/{}/locations/{}/connections", call.project(), location(call)?))
}

fn find(call: &Call) -> Result<(String, Value), ApiError> {
    let key = format!("cloudbuild/{}/{}", collection(call)?, call.param("connectionsId"));
    call.world.get(&key).cloned().map(|found| (key, found)).ok_or_else(missing)
}

/// Answers a method of connections.
pub fn handle(verb: &str, call: &mut Call) -> Answer {
    match verb {
        "create" => create(call),
        "get" => Ok(find(call)?.1.into()),
        "list" => {
            let rows = call.world.list(&format!("cloudbuild/{}", collection(call)?));
            Ok(call.page("connections", rows.into_iter().map(|(_, value)| value.clone()).collect()))
        }
        "delete" => {
            let (key, _) = find(call)?;
            start(call, &key.clone(), Value::Null, Effect::Remove { key })
        }
        "getIamPolicy" => policy::get(call, &find(call)?.0),
        "setIamPolicy" => {
            let key = find(call)?.0;
            policy::set(call, &key)
        }
        "testIamPermissions" => policy::test(call, &find(call)?.0),
        _ => unserved(call.route.id),
    }
}

fn create(call: &mut Call) -> Answer {
    let id = call.query("connectionId").unwrap_or("").to_owned();
    let name = format!("{}/{}", collection(call)?, well_named(&id, "connection")?);
    let key = format!("cloudbuild/{name}");
    if call.world.has(&key) || call.world.is_coming(&key) {
        return Err(ApiError::already_exists(format!("Resource '{name}' already exists")));
    }
    let mut connection = call.input();
    let kinds = [
        "githubConfig",
        "githubEnterpriseConfig",
        "gitlabConfig",
        "bitbucketCloudConfig",
        "bitbucketDataCenterConfig",
    ];
    if kinds.iter().filter(|kind| !connection[**kind].is_null()).count() != 1 {
        return Err(ApiError::invalid("exactly one kind of connection must be set".to_owned()));
    }
    let token = connection["githubConfig"]["authorizerCredential"]["oauthTokenSecretVersion"]
        .as_str()
        .map(str::to_owned);
    if let Some(token) = &token {
        let path = call.world.relative_name(token).replace("/versions/latest", "");
        if !call.world.has(&format!("secretmanager/{path}")) {
            return Err(ApiError::failed_precondition(format!("secret version {token} cannot be read")));
        }
    }
    let installed = !connection["githubConfig"]["appInstallationId"].is_null();
    // Without a token a person has to go through GitHub's consent.
    connection["installationState"] = match (token, installed) {
        (Some(_), true) => json!({"stage": "COMPLETE"}),
        (Some(_), false) => json!({"stage": "PENDING_INSTALL_APP", "message": "Please install the app.",
                                   "actionUri": "https://github.com/apps/google-cloud-build/installations/new"}),
        (None, _) => json!({"stage": "PENDING_USER_OAUTH", "message": "Please log in and give your consent.",
                            "actionUri": format!("https://console.cloud.google.com/cloud-build/repositories/2nd-gen?project={}", call.project())}),
    };
    let now = call.world.stamp();
    let etag = call.world.hex(16);
    for (field, value) in [("name", &name), ("createTime", &now), ("updateTime", &now), ("etag", &etag)] {
        connection[field] = json!(value);
    }
    start(
        call,
        &key.clone(),
        typed(&connection, "Connection"),
        Effect::Put { key, data: connection, hidden: Value::Null },
    )
}

fn well_named<'a>(id: &'a str, what: &str) -> Result<&'a str, ApiError> {
    let letters =
        id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'%'));
    if letters && !id.is_empty() && id.len() <= 63 {
        return Ok(id);
    }
    Err(ApiError::invalid(format!("invalid {what} ID \"{id}\"")))
}

fn typed(value: &Value, kind: &str) -> Value {
    let mut value = value.clone();
    value["@type"] = json!(format!("type.googleapis.com/google.devtools.cloudbuild.v2.{kind}"));
    value
}

fn start(call: &mut Call, target: &str, response: Value, effect: Effect) -> Answer {
    let id = call.world.uuid();
    let operation = format!("projects/{}/locations/{}/operations/{id}", call.project(), location(call)?);
    let metadata = json!({"@type": "type.googleapis.com/google.devtools.cloudbuild.v2.OperationMetadata",
                          "createTime": call.world.stamp(), "target": target.trim_start_matches("cloudbuild/")});
    let operation = call.world.start(
        &format!("cloudbuild/{operation}"),
        Start {
            seconds: 5.0,
            effects: vec![effect],
            meta: json!({ "metadata": metadata }),
            response,
            ..Start::default()
        },
    );
    Ok(Reply::from(show(&operation)))
}

/// Repositories of a connection that has its consent.
pub fn repositories(verb: &str, call: &mut Call) -> Answer {
    let (parent, connection) = find(call)?;
    let key = format!("{parent}/repositories/{}", call.param("repositoriesId"));
    match verb {
        "create" => link(call, &parent, &connection),
        "get" => call.world.get(&key).cloned().map(Reply::from).ok_or_else(missing),
        "list" => {
            let rows = call.world.list(&format!("{parent}/repositories"));
            Ok(call.page("repositories", rows.into_iter().map(|(_, value)| value.clone()).collect()))
        }
        "delete" if call.world.has(&key) => start(call, &key.clone(), Value::Null, Effect::Remove { key }),
        "delete" => Err(missing()),
        _ => unserved(call.route.id),
    }
}

fn link(call: &mut Call, parent: &str, connection: &Value) -> Answer {
    let id = call.query("repositoryId").unwrap_or("").to_owned();
    let key = format!("{parent}/repositories/{}", well_named(&id, "repository")?);
    if connection["installationState"]["stage"] != "COMPLETE" {
        return Err(ApiError::failed_precondition(
            "the connection is not complete: a person has to give consent",
        ));
    }
    if call.world.has(&key) || call.world.is_coming(&key) {
        return Err(ApiError::already_exists(format!(
            "Resource '{}' already exists",
            key.trim_start_matches("cloudbuild/")
        )));
    }
    let mut repository = call.input();
    let uri = repository["remoteUri"].as_str().unwrap_or("");
    if !uri.starts_with("https://") || !uri.ends_with(".git") {
        return Err(ApiError::invalid(format!(
            "remote_uri \"{uri}\" must begin with https:// and end with .git"
        )));
    }
    let (now, etag) = (call.world.stamp(), call.world.hex(16));
    let name = key.trim_start_matches("cloudbuild/").to_owned();
    for (field, value) in [("name", &name), ("createTime", &now), ("updateTime", &now), ("etag", &etag)] {
        repository[field] = json!(value);
    }
    start(
        call,
        &key.clone(),
        typed(&repository, "Repository"),
        Effect::Put { key, data: repository, hidden: Value::Null },
    )
}
