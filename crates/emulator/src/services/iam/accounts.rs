//! Service accounts.

use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use crate::policy;
use crate::services::{orgpolicy, roles, unserved};
use crate::world::World;
use serde_json::{Value, json};

/// Accounts that a project may have [Google's quotas].
const MOST: usize = 100;

pub(super) fn create(call: &mut Call) -> Answer {
    let project = call.project().to_owned();
    let id = call.text("accountId").to_owned();
    let sound = (6..=30).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !sound {
        // The field's rule is from the description; the wording a guess.
        return Err(ApiError::invalid(format!(
            "The account ID \"{id}\" does not have a length between 6 and 30 or does not match \
             [a-z]([-a-z0-9]*[a-z0-9])."
        )));
    }
    let input = call.input()["serviceAccount"].clone();
    check_texts(&input)?;
    if orgpolicy::enforced(call.world, &project, "iam.disableServiceAccountCreation") {
        return Err(ApiError::failed_precondition(
            "Service account creation is not allowed on this project. Constraint \
             constraints/iam.disableServiceAccountCreation violated.",
        ));
    }
    let email = format!("{id}@{project}.iam.gserviceaccount.com");
    let key = format!("iam/projects/{project}/serviceAccounts/{email}");
    if call.world.has(&key) {
        // [facts]
        return Err(ApiError::already_exists(format!(
            "Service account {id} already exists within project projects/{project}."
        )));
    }
    if call.world.list(&format!("iam/projects/{project}/serviceAccounts")).len() >= MOST {
        return Err(ApiError::exhausted("Maximum number of service accounts on project reached."));
    }
    let unique = call.world.digits(21);
    let mut account = json!({"name": format!("projects/{project}/serviceAccounts/{email}"), "projectId": project,
                             "uniqueId": unique, "email": email, "etag": "MDEwMjE5MjA=", "oauth2ClientId": unique});
    for field in ["displayName", "description"] {
        if input[field].as_str().is_some_and(|text| !text.is_empty()) {
            account[field] = input[field].clone();
        }
    }
    call.world.put(&key, account.clone());
    Ok(account.into())
}

fn check_texts(account: &Value) -> Result<(), ApiError> {
    for (field, most) in [("displayName", 100), ("description", 256)] {
        if account[field].as_str().is_some_and(|text| text.len() > most) {
            return Err(ApiError::invalid(format!("The {field} must not be longer than {most} bytes."))); // [description]
        }
    }
    Ok(())
}

pub(super) fn list(call: &Call) -> Answer {
    let rows = call.world.list(&format!("iam/projects/{}/serviceAccounts", call.project()));
    Ok(call.page("accounts", rows.into_iter().map(|(_, account)| account.clone()).collect()))
}

/// What concerns one account, named by its address or its unique id, in its project or in `-`.
pub(super) fn one(id: &str, call: &mut Call) -> Answer {
    let verb = id.rsplit('.').next().unwrap_or("");
    let named = call.param("serviceAccountsId").to_owned();
    let permission = match verb {
        "patch" | "update" => "iam.serviceAccounts.update".to_owned(),
        verb => format!("iam.serviceAccounts.{verb}"),
    };
    let key = find(call, &named, &permission, verb)?;
    match verb {
        "get" => Ok(call.world.get(&key).cloned().unwrap_or(Value::Null).into()),
        "patch" => patch(call, &key),
        "update" => {
            let input = call.input();
            check_texts(&input)?;
            let Some(account) = call.world.get_mut(&key) else { return Err(unknown()) };
            account["displayName"] = input["displayName"].clone();
            Ok(account.clone().into())
        }
        "disable" => {
            if let Some(account) = call.world.get_mut(&key) {
                account["disabled"] = json!(true);
            }
            Ok(Reply::empty())
        }
        "enable" => {
            call.world.get_mut(&key).and_then(Value::as_object_mut).map(|account| account.remove("disabled"));
            Ok(Reply::empty())
        }
        "delete" => delete(call, &key),
        "getIamPolicy" => policy::get(call, &key),
        "setIamPolicy" => policy::set(call, &key),
        "testIamPermissions" => policy::test(call, &key),
        _ => unserved(id),
    }
}

fn unknown() -> ApiError {
    ApiError::not_found("Unknown service account") // [facts]
}

/// The key of the named account, if it is there and the caller may.
fn find(call: &Call, named: &str, permission: &str, verb: &str) -> Result<String, ApiError> {
    let world = &*call.world;
    let ending = format!("/serviceAccounts/{named}");
    let found = world
        .below("iam/projects/")
        .into_iter()
        .find(|(key, account)| {
            key.contains("/serviceAccounts/") && (key.ends_with(&ending) || account["uniqueId"] == named)
        })
        .map(|(key, _)| key.to_owned())
        .filter(|key| {
            let project = call.project();
            project == "-" || key.starts_with(&format!("iam/projects/{project}/"))
        });
    let Some(key) = found else {
        // In a project that is not there, or not the caller's, Google does not say that the account is not there.
        let home = named.split_once('@').and_then(|(_, d)| d.strip_suffix(".iam.gserviceaccount.com"));
        let project = if call.project() == "-" { home.unwrap_or("") } else { call.project() };
        let may = world.project_id(project).is_some_and(|project| {
            let key = format!("cloudresourcemanager/projects/{project}");
            roles::allowed(world, call.principal.as_deref(), &key, permission)
        });
        if !may {
            return Err(denied(permission));
        }
        enabled(call, project)?;
        let name = format!("projects/{project}/serviceAccounts/{named}");
        return Err(match verb {
            "get" => unknown(),
            _ => ApiError::not_found(format!("Service account {name} does not exist.")),
        });
    };
    let project = roles::project_of(world, &key).unwrap_or_default();
    enabled(call, &project)?;
    if permission != "iam.serviceAccounts.testIamPermissions"
        && !roles::allowed(world, call.principal.as_deref(), &key, permission)
    {
        return Err(denied(permission));
    }
    Ok(key)
}

fn denied(permission: &str) -> ApiError {
    // [facts]
    ApiError::permission_denied(format!(
        "Permission '{permission}' denied on resource (or it may not exist)."
    ))
    .detail(json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "IAM_PERMISSION_DENIED",
                       "domain": "iam.googleapis.com", "metadata": {"permission": permission}}))
}

fn enabled(call: &Call, project: &str) -> Result<(), ApiError> {
    if call.world.api_enabled(project, "iam.googleapis.com") {
        return Ok(());
    }
    let number = call.world.project_number(project).unwrap_or_default();
    let title = "Identity and Access Management (IAM) API";
    Err(ApiError::service_disabled(title, "iam.googleapis.com", &number))
}

fn patch(call: &mut Call, key: &str) -> Answer {
    let body = call.input()["serviceAccount"].clone();
    check_texts(&body)?;
    let mask = call.text("updateMask").to_owned();
    let mut current = call.world.get(key).cloned().ok_or_else(unknown)?;
    for path in mask::paths(&mask) {
        if path != ["displayName"] && path != ["description"] {
            return Err(ApiError::invalid(format!("The field {} cannot be updated.", path.join(".")))); // [description]
        }
    }
    mask::apply(call.route.api, "ServiceAccount", &mut current, &body, &mask)?;
    call.world.put(key, current.clone());
    Ok(current.into())
}

fn delete(call: &mut Call, key: &str) -> Answer {
    forget(call.world, key).ok_or_else(unknown)?;
    Ok(Reply::empty())
}

/// Deletes an account: policies name it as deleted from here on, and for 30 days it can be brought back.
pub(crate) fn forget(world: &mut World, key: &str) -> Option<()> {
    let account = world.remove(key)?;
    let (email, unique) =
        (account["email"].as_str().unwrap_or(""), account["uniqueId"].as_str().unwrap_or(""));
    let live = format!("serviceAccount:{email}");
    rename(world, &live, &format!("deleted:serviceAccount:{email}?uid={unique}"));
    world.put(&format!("iam/deleted/{unique}"), json!({"key": key, "account": account}));
    Some(())
}

pub(super) fn undelete(call: &mut Call) -> Answer {
    let unique = call.param("serviceAccountsId").to_owned();
    let place = format!("iam/deleted/{unique}");
    let (key, account) = match call.world.get(&place) {
        Some(kept) => (kept["key"].as_str().unwrap_or("").to_owned(), kept["account"].clone()),
        None => {
            return Err(ApiError::not_found(format!(
                "Service account {unique} was not found or cannot be undeleted."
            )));
        }
    };
    if !roles::allowed(call.world, call.principal.as_deref(), &key, "iam.serviceAccounts.undelete") {
        return Err(denied("iam.serviceAccounts.undelete"));
    }
    if call.world.has(&key) {
        return Err(ApiError::already_exists("A service account with the same name exists."));
    }
    call.world.remove(&place);
    call.world.put(&key, account.clone());
    let email = account["email"].as_str().unwrap_or("");
    rename(
        call.world,
        &format!("deleted:serviceAccount:{email}?uid={unique}"),
        &format!("serviceAccount:{email}"),
    );
    Ok(json!({ "restoredAccount": account }).into())
}

/// Policies keep a deleted account under another name, so that an account made anew gets nothing of it.
fn rename(world: &mut World, from: &str, to: &str) {
    let holding: Vec<(String, Value)> = world
        .policies()
        .filter(|(_, policy)| policy.to_string().contains(&format!("\"{from}\"")))
        .map(|(key, policy)| (key.to_owned(), policy.clone()))
        .collect();
    for (key, mut policy) in holding {
        for binding in policy["bindings"].as_array_mut().into_iter().flatten() {
            for member in binding["members"].as_array_mut().into_iter().flatten() {
                if member == from {
                    *member = json!(to);
                }
            }
        }
        world.set_policy(&key, policy);
    }
}
