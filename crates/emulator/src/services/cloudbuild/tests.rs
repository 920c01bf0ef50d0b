use super::connection::connect;
use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "cloudbuild.googleapis.com";
const AT: &str = "/v1/projects/p/locations/us-central1";
const ACCOUNT: &str = "projects/p/serviceAccounts/b@p.iam.gserviceaccount.com";

fn ready() -> Testing {
    let mut t = Testing::new();
    {
        let mut w = t.world();
        w.put("iam/projects/p/serviceAccounts/b@p.iam.gserviceaccount.com", json!({}));
        connect(&mut w, &json!({"project": "111", "owner": "acme", "name": "app"})).unwrap();
    }
    t
}

fn build() -> Value {
    json!({"steps": [{"name": "gcr.io/cloud-builders/docker", "args": ["build", "-t", "x:$COMMIT_SHA", "$_EXTRA", "$$HOME"]}],
           "substitutions": {"_EXTRA": "."}, "options": {"logging": "CLOUD_LOGGING_ONLY"}})
}

fn trigger() -> Value {
    json!({"name": "deploy", "github": {"owner": "acme", "name": "app", "push": {"branch": "^main$"}},
           "build": build(), "serviceAccount": ACCOUNT})
}

fn with(mut value: Value, pointer: &str, new: Value) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let place = value.pointer_mut(parent).unwrap();
    match last.parse::<usize>() {
        Ok(index) if place.is_array() => place[index] = new,
        _ => place[last] = new,
    }
    value
}

#[test]
fn a_trigger_is_found_by_name_and_by_id() {
    let mut t = ready();
    let made = t.ok("POST", HOST, &format!("{AT}/triggers"), trigger());
    let id = made["id"].as_str().unwrap().to_owned();
    for name in ["deploy", &id] {
        assert_eq!(
            t.ok("GET", HOST, &format!("{AT}/triggers/{name}?triggerId={name}"), Value::Null)["id"],
            *id
        );
    }
    assert_eq!(t.refused("POST", HOST, &format!("{AT}/triggers"), trigger()).0, 409);
    let target = format!("{AT}/triggers/deploy?triggerId=deploy");
    let patched = t.ok(
        "PATCH",
        HOST,
        &format!("{target}&updateMask=github.push.branch"),
        json!({"github": {"push": {"branch": "^x$"}}}),
    );
    assert_eq!(
        (&patched["github"]["push"]["branch"], &patched["github"]["owner"]),
        (&json!("^x$"), &json!("acme"))
    );
    let replaced = t.ok("PATCH", HOST, &target, with(trigger(), "/description", json!("d")));
    assert_eq!((&replaced["id"], &replaced["github"]["push"]["branch"]), (&json!(id), &json!("^main$")));
    let run = t.ok(
        "POST",
        HOST,
        &format!("{AT}/triggers/deploy:run"),
        json!({"source": {"branchName": "main"}, "triggerId": "deploy"}),
    );
    let started = run["metadata"]["build"]["id"].as_str().unwrap().to_owned();
    let found = t.ok("GET", HOST, &format!("{AT}/builds/{started}"), Value::Null);
    assert_eq!((&found["status"], &found["buildTriggerId"]), (&json!("SUCCESS"), &json!(id)));
    assert_eq!(found["substitutions"]["BRANCH_NAME"], "main");
    t.ok("DELETE", HOST, &target, Value::Null);
    assert_eq!(t.refused("GET", HOST, &target, Value::Null).0, 404);
    assert_eq!(t.refused("PATCH", HOST, &target, trigger()).0, 404);
    t.ok("POST", HOST, "/v1/projects/p/triggers", trigger());
    assert_eq!(
        t.ok("GET", HOST, "/v1/projects/p/locations/global/triggers", Value::Null)["triggers"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_repository_is_connected_by_a_person() {
    let mut t = ready();
    let other = with(trigger(), "/github/name", json!("other"));
    let (status, text) = t.refused("POST", HOST, &format!("{AT}/triggers"), other.clone());
    assert_eq!(status, 400);
    assert_eq!(
        text,
        "Repository mapping does not exist. Please visit https://console.cloud.google.com/cloud-build/triggers/connect?project=111 \
         to connect a repository to your project"
    );
    assert!(connect(&mut t.world(), &json!({"project": "p", "owner": "acme"})).is_err());
    assert!(connect(&mut t.world(), &json!({"project": "none", "owner": "a", "name": "b"})).is_err());
    connect(&mut t.world(), &json!({"project": "p", "owner": "acme", "name": "other"})).unwrap();
    t.ok("POST", HOST, &format!("{AT}/triggers"), other);
}

#[test]
fn what_google_refuses_of_a_trigger() {
    let mut t = ready();
    for (body, wanted) in [
        (with(trigger(), "/name", json!("-x")), "invalid trigger name"),
        (with(trigger(), "/pubsubConfig", json!({})), "exactly one source of events"),
        (with(trigger(), "/github/push", Value::Null), "push and pull_request"),
        (with(trigger(), "/github/push/branch", json!("(")), "regular expression"),
        (with(trigger(), "/github/push/tag", json!("x")), "branch and tag"),
        (with(trigger(), "/filename", json!("cloudbuild.yaml")), "exactly one of build"),
        (with(trigger(), "/serviceAccount", json!("b@p")), "of the format projects/"),
        (
            with(
                trigger(),
                "/serviceAccount",
                json!("projects/p/serviceAccounts/no@p.iam.gserviceaccount.com"),
            ),
            "does not exist",
        ),
        (with(trigger(), "/build/options", json!({})), "CLOUD_LOGGING_ONLY"),
        (with(trigger(), "/substitutions", json!({"lower": "x"})), "does not match regex"),
        (with(trigger(), "/build/steps/0/args", json!(["$HOME"])), "\"HOME\" is not a valid built-in"),
        (with(trigger(), "/bogus", json!(1)), "Cannot find field"),
    ] {
        let (status, text) = t.refused("POST", HOST, &format!("{AT}/triggers"), body);
        assert!(status == 400 && text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn what_google_refuses_of_a_build() {
    let step = |more: Value| {
        let mut step = json!({"name": "bash"});
        for (key, value) in more.as_object().unwrap() {
            step[key] = value.clone();
        }
        with(build(), "/steps", json!([{"name": "bash", "id": "one", "args": ["$_EXTRA"]}, step]))
    };
    let mut t = ready();
    for (body, wanted) in [
        (json!({}), "at least one build step"),
        (step(json!({"name": ""})), "container image is required"),
        (step(json!({"script": "x", "args": ["y"]})), "script cannot be combined"),
        (step(json!({"waitFor": ["two"]})), "no earlier step"),
        (step(json!({"id": "one"})), "used twice"),
        (step(json!({"env": ["A"]})), "KEY=VALUE"),
        (step(json!({"secretEnv": ["A"]})), "availableSecrets"),
        (step(json!({"timeout": "3601s"})), "longer than that of the build"),
        (with(build(), "/timeout", json!("86401s")), "longer than the limit"),
        (with(build(), "/timeout", json!("1h")), "not a duration"),
        (with(build(), "/images", json!(["https://x"])), "invalid image name"),
        (with(build(), "/substitutions", json!({})), "\"_EXTRA\" is not matched in the substitution data"),
        (
            with(build(), "/substitutions", json!({"_EXTRA": "", "_MORE": ""})),
            "\"_MORE\" is not matched in the template",
        ),
        (with(build(), "/options/machineType", json!("HUGE")), "enum"),
        (
            with(build(), "/source", json!({"storageSource": {"bucket": "b", "object": "o"}})),
            "could not resolve source",
        ),
        (
            with(with(build(), "/serviceAccount", json!(ACCOUNT)), "/options", json!({})),
            "if 'build.service_account'",
        ),
    ] {
        let (status, text) = t.refused("POST", HOST, &format!("{AT}/builds"), body);
        assert!(status == 400 && text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(t.refused("POST", HOST, &AT.replace("us-central1", "moon/builds"), build()).0, 400);
}

#[test]
fn a_builds_account_must_be_able_to_read_its_sources() {
    let mut t = ready();
    t.world().put("storage/b/src", json!({"name": "src"}));
    t.world().put("storage/b/src/o/a.tgz", json!({"name": "a.tgz"}));
    let mut body = with(build(), "/source", json!({"storageSource": {"bucket": "src", "object": "a.tgz"}}));
    body["serviceAccount"] = json!(ACCOUNT);
    let (_, text) = t.refused("POST", HOST, &format!("{AT}/builds"), body.clone());
    assert!(text.contains("does not have storage.objects.get access"), "{text}");
    let member = "serviceAccount:b@p.iam.gserviceaccount.com";
    crate::policy::grant(&mut t.world(), "storage/b/src", "roles/storage.objectViewer", member);
    let made = t.ok("POST", HOST, "/v1/projects/p/builds", body);
    assert_eq!(made["metadata"]["build"]["status"], "QUEUED");
    let listed = t.ok("GET", HOST, "/v1/projects/p/builds?filter=status%3D%22SUCCESS%22", Value::Null);
    assert_eq!(listed["builds"].as_array().unwrap().len(), 1);
    assert_eq!(
        t.ok("GET", HOST, "/v1/projects/p/builds?filter=status%3D%22FAILURE%22", Value::Null),
        json!({})
    );
    let id = listed["builds"][0]["id"].as_str().unwrap().to_owned();
    assert!(
        t.refused("POST", HOST, &format!("/v1/projects/p/builds/{id}:cancel"), json!({}))
            .1
            .contains("finished")
    );
}

#[test]
fn connections_of_the_second_generation_need_consent() {
    let mut t = ready();
    let v2 = "/v2/projects/p/locations/us-central1/connections";
    t.ok("POST", HOST, &format!("{v2}?connectionId=c"), json!({"githubConfig": {}}));
    let found = t.ok("GET", HOST, &format!("{v2}/c"), Value::Null);
    assert_eq!(found["installationState"]["stage"], "PENDING_USER_OAUTH");
    let link = format!("{v2}/c/repositories?repositoryId=app");
    let remote = json!({"remoteUri": "https://github.com/acme/app.git"});
    assert!(t.refused("POST", HOST, &link, remote.clone()).1.contains("consent"));
    connect(&mut t.world(), &json!({"connection": "projects/p/locations/us-central1/connections/c"}))
        .unwrap();
    t.ok("POST", HOST, &link, remote);
    let mut body = trigger();
    body["github"] = Value::Null;
    body["repositoryEventConfig"] = json!({"push": {"branch": "main"}, "repository": "projects/p/locations/us-central1/connections/c/repositories/app"});
    t.ok("POST", HOST, &format!("{AT}/triggers"), body.clone());
    body["name"] = json!("two");
    body["repositoryEventConfig"]["repository"] =
        json!("projects/p/locations/us-central1/connections/c/repositories/none");
    assert!(t.refused("POST", HOST, &format!("{AT}/triggers"), body).1.contains("not linked"));
    t.ok("DELETE", HOST, &format!("{v2}/c"), Value::Null);
    assert_eq!(t.refused("GET", HOST, &format!("{v2}/c"), Value::Null).0, 404);
    let account = t.ok("GET", HOST, &format!("{AT}/defaultServiceAccount"), Value::Null);
    assert!(
        account["serviceAccountEmail"]
            .as_str()
            .unwrap()
            .ends_with("111-compute@developer.gserviceaccount.com")
    );
}
