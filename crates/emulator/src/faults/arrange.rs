//! Faults that are states of the world: how each is brought about, and how a person would put it right.

use super::Scene;
use crate::World;
use crate::policy;
use serde_json::{Value, json};

/// Whose login the requests are taken for, where that was arranged: `{"token": "someone@example.com"}`, or `expired`.
pub const LOGIN: &str = "emulator/login";

type Change = fn(&mut World, &Scene);

struct Arrangement {
    /// The fault's name.
    name: &'static str,
    make: Change,
    undo: Change,
}

const ARRANGEMENTS: &[Arrangement] = &[
    Arrangement { name: "policy-conflict", make: renew_policy, undo: nothing },
    Arrangement { name: "project-id-taken", make: take_project_id, undo: nothing },
    Arrangement {
        name: "project-deleted",
        make: |world, scene| set_state(world, scene, "DELETE_REQUESTED"),
        undo: |world, scene| set_state(world, scene, "ACTIVE"),
    },
    Arrangement { name: "connector-error-found", make: break_connector, undo: remove_connector },
    Arrangement { name: "secret-without-version", make: make_secret, undo: nothing },
    Arrangement { name: "account-made-again", make: make_account_again, undo: nothing },
    Arrangement { name: "bucket-name-taken", make: take_bucket, undo: free_bucket },
    Arrangement { name: "peering-half-removed", make: half_remove_peering, undo: nothing },
    Arrangement { name: "login-expired", make: |world, _| log_in(world, "expired"), undo: log_in_again },
    Arrangement {
        name: "wrong-account",
        make: |world, _| log_in(world, "somebody.else@example.com"),
        undo: log_in_again,
    },
    Arrangement { name: "permission", make: look_only, undo: own_again },
    Arrangement {
        name: "billing-account-closed",
        make: |world, _| set_open(world, false),
        undo: |world, _| set_open(world, true),
    },
    Arrangement {
        name: "billing-disabled",
        make: |world, scene| set_paying(world, scene, false),
        undo: |world, scene| set_paying(world, scene, true),
    },
    Arrangement { name: "repository-not-connected", make: disconnect, undo: connect },
    Arrangement {
        name: "organization-policy",
        make: |world, scene| forbid(world, scene, "iam.allowedPolicyMemberDomains", "C0abc"),
        undo: |world, scene| allow(world, scene, "iam.allowedPolicyMemberDomains"),
    },
    Arrangement {
        name: "organization-policy-region",
        make: |world, scene| forbid(world, scene, "gcp.resourceLocations", "in:europe-locations"),
        undo: |world, scene| allow(world, scene, "gcp.resourceLocations"),
    },
    Arrangement { name: "connector-range-taken", make: take_range, undo: free_range },
];

fn find(name: &str) -> Option<&'static Arrangement> {
    ARRANGEMENTS.iter().find(|arrangement| arrangement.name == name)
}

/// Whether a fault of this name is a state of the world.
#[cfg(test)]
pub(super) fn is_known(name: &str) -> bool {
    find(name).is_some()
}

/// Brings a fault about.
pub fn arrange(name: &str, world: &mut World, scene: &Scene) {
    if let Some(arrangement) = find(name) {
        (arrangement.make)(world, scene);
    }
}

/// Puts it right, as a person would; nothing where nobody can, or where there is nothing to put right.
pub fn undo(name: &str, world: &mut World, scene: &Scene) {
    if let Some(arrangement) = find(name) {
        (arrangement.undo)(world, scene);
    }
}

fn nothing(_: &mut World, _: &Scene) {}

fn project_key(scene: &Scene) -> String {
    format!("cloudresourcemanager/projects/{}", scene.project)
}

/// The object whose policy a request sets.
fn policy_key(scene: &Scene) -> String {
    let path = scene.path.split(':').next().unwrap_or_default().trim_end_matches("/iam");
    let service = match scene.host.strip_suffix(".googleapis.com").unwrap_or(&scene.host) {
        host if host.ends_with("run") => "run",
        host => host,
    };
    match path.split_once("/b/") {
        Some((_, bucket)) => format!("storage/b/{bucket}"),
        None => format!("{service}/{path}"),
    }
}

/// Somebody else has written the policy, with the same in it.
fn renew_policy(world: &mut World, scene: &Scene) {
    policy::renew(world, &policy_key(scene));
}

fn take_project_id(world: &mut World, scene: &Scene) {
    let free = world.project_id(&scene.project).is_none();
    if free && !scene.project.is_empty() {
        let reserved = format!("cloudresourcemanager/reserved/{}", scene.project);
        world.put(&reserved, json!({ "projectId": scene.project }));
    }
}

fn set(world: &mut World, key: &str, field: &str, value: Value) {
    if let Some(object) = world.get_mut(key) {
        object[field] = value;
    }
}

fn set_state(world: &mut World, scene: &Scene, state: &str) {
    set(world, &project_key(scene), "lifecycleState", json!(state));
}

fn connector_key(scene: &Scene) -> String {
    format!("vpcaccess/{}", scene.path)
}

/// Another range than ours, so that it would not do even if it worked.
fn break_connector(world: &mut World, scene: &Scene) {
    let key = connector_key(scene);
    if !world.has(&key) {
        let connector = json!({"name": scene.path, "network": "default", "ipCidrRange": "10.9.0.0/28", "state": "ERROR",
            "machineType": "e2-micro", "minInstances": 2, "maxInstances": 3, "minThroughput": 200, "maxThroughput": 300});
        world.put(&key, connector);
    }
}

fn remove_connector(world: &mut World, scene: &Scene) {
    world.remove(&connector_key(scene));
}

/// As the first of gcloud's two requests makes it.
fn make_secret(world: &mut World, scene: &Scene) {
    let key = format!("secretmanager/projects/{}/secrets/db-password", scene.project);
    if world.has(&key) {
        return;
    }
    let (stamp, etag) = (world.stamp(), world.hex(14));
    let secret = json!({"name": format!("projects/{}/secrets/db-password", scene.number), "createTime": stamp,
        "etag": format!("\"{etag}\""), "labels": {"app": "codementor", "managed-by": "deploy-all"},
        "replication": {"automatic": {}}});
    world.put(&key, secret);
}

/// Deleted by the rules of IAM, and made again with the same texts.
fn make_account_again(world: &mut World, scene: &Scene) {
    let email = format!("codementor-run@{}.iam.gserviceaccount.com", scene.project);
    let key = format!("iam/projects/{}/serviceAccounts/{email}", scene.project);
    let Some(mut account) = world.get(&key).cloned() else { return };
    crate::services::iam::forget(world, &key);
    let unique = world.digits(21);
    account["uniqueId"] = json!(unique);
    account["oauth2ClientId"] = json!(unique);
    world.put(&key, account);
}

/// A bucket of a project that is not in this world.
fn take_bucket(world: &mut World, scene: &Scene) {
    let named = scene.path.split("/b/").nth(1).and_then(|rest| rest.split('/').next());
    let name = named.or(scene.body["name"].as_str()).unwrap_or_default().to_owned();
    let key = format!("storage/b/{name}");
    if name.starts_with("codementor-logs") && !world.has(&key) {
        world.put(&key, json!({"name": name, "projectNumber": "999999999999", "kind": "storage#bucket"}));
    }
}

fn free_bucket(world: &mut World, _: &Scene) {
    let taken: Vec<String> = world
        .list("storage/b")
        .into_iter()
        .filter(|(_, bucket)| bucket["projectNumber"] == "999999999999")
        .map(|(key, _)| key.to_owned())
        .collect();
    taken.iter().for_each(|key| drop(world.remove(key)));
}

/// What removing the peering of a network leaves with the producer, of an earlier range.
fn half_remove_peering(world: &mut World, scene: &Scene) {
    let project = &scene.project;
    let network = scene.body["network"].as_str().and_then(|n| n.rsplit('/').next()).unwrap_or_default();
    let below = format!("servicenetworking/projects/{project}/global/networks/{network}");
    if !world.has(&format!("{below}/connections/servicenetworking.googleapis.com")) {
        let key = format!("{below}/producers/servicenetworking.googleapis.com");
        let data = json!({"network": scene.body["network"], "peering": "servicenetworking-googleapis-com",
            "service": "services/servicenetworking.googleapis.com", "reservedPeeringRanges": ["an-earlier-range"]});
        let producer = json!({"producer": format!("{}-tp", world.hex(17)), "since": world.stamp()});
        world.put(&key, data);
        world.hide(&key, producer);
    }
}

fn log_in(world: &mut World, token: &str) {
    world.put(LOGIN, json!({ "token": token }));
}

fn log_in_again(world: &mut World, _: &Scene) {
    world.remove(LOGIN);
}

const VIEWER: &str = "colleague@example.com";

fn look_only(world: &mut World, scene: &Scene) {
    policy::grant(world, &project_key(scene), "roles/viewer", &format!("user:{VIEWER}"));
    log_in(world, VIEWER);
}

fn own_again(world: &mut World, scene: &Scene) {
    policy::revoke(world, &project_key(scene), &format!("user:{VIEWER}"));
    log_in_again(world, scene);
}

fn set_open(world: &mut World, open: bool) {
    let accounts = world.list("cloudbilling/billingAccounts");
    let keys: Vec<String> = accounts.into_iter().map(|(key, _)| key.to_owned()).collect();
    keys.iter().for_each(|key| set(world, key, "open", json!(open)));
}

fn set_paying(world: &mut World, scene: &Scene, pays: bool) {
    let key = format!("cloudbilling/projects/{}/billingInfo", scene.project);
    set(world, &key, "billingEnabled", json!(pays));
}

fn disconnect(world: &mut World, scene: &Scene) {
    world.remove(&format!("cloudbuild/projects/{}/connectedRepositories", scene.project));
}

/// The repository that the trigger names.
fn connect(world: &mut World, scene: &Scene) {
    let part = |field: &str| scene.body["github"][field].as_str().unwrap_or_default().to_owned();
    let (owner, name) = (part("owner"), part("name"));
    let key = format!("cloudbuild/projects/{}/connectedRepositories/{owner}/{name}", scene.project);
    world.put(&key, json!({"owner": owner, "name": name}));
}

fn policy_of(scene: &Scene, constraint: &str) -> String {
    format!("orgpolicy/projects/{}/policies/{constraint}", scene.project)
}

fn forbid(world: &mut World, scene: &Scene, constraint: &str, allowed: &str) {
    let name = format!("projects/{}/policies/{constraint}", scene.number);
    let spec = json!({"rules": [{"values": {"allowedValues": [allowed]}}]});
    world.put(&policy_of(scene, constraint), json!({"name": name, "spec": spec}));
}

fn allow(world: &mut World, scene: &Scene, constraint: &str) {
    world.remove(&policy_of(scene, constraint));
}

fn range_key(scene: &Scene) -> String {
    format!("compute/projects/{}/regions/{}/subnetworks/somebody-elses", scene.project, scene.location)
}

/// A subnet with the range that the request asks for.
fn take_range(world: &mut World, scene: &Scene) {
    let key = range_key(scene);
    if world.has(&key) {
        return;
    }
    let base = "https://www.googleapis.com/compute/v1/projects";
    let (project, location) = (&scene.project, &scene.location);
    let network = scene.body["network"].as_str().and_then(|n| n.rsplit('/').next()).unwrap_or_default();
    let subnet = json!({"kind": "compute#subnetwork", "name": "somebody-elses", "id": world.digits(19),
        "ipCidrRange": scene.body["ipCidrRange"], "network": format!("{base}/{project}/global/networks/{network}"),
        "region": format!("{base}/{project}/regions/{location}"), "purpose": "PRIVATE", "stackType": "IPV4_ONLY",
        "selfLink": format!("{base}/{project}/regions/{location}/subnetworks/somebody-elses")});
    world.put(&key, subnet);
}

fn free_range(world: &mut World, scene: &Scene) {
    world.remove(&range_key(scene));
}
