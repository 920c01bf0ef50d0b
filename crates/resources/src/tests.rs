//! The kinds over a scripted gcloud: states, commands, and that each prefix of a create is completed.

use crate::{IamBinding, SecretValue, ServiceAccount, annotate, annotations, latest};
use engine::testing::{Gcloud, Reply, reader, writer};
use engine::{Resource, State};
use gcloud::Secret;
use serde_json::json;
use std::sync::Arc;

fn state(resource: &dyn Resource, gcloud: Gcloud) -> State {
    resource.check(&reader(&Arc::new(gcloud))).unwrap()
}

fn fields(state: State) -> Vec<String> {
    match state {
        State::Drifted(diffs) => diffs.into_iter().map(|diff| diff.field).collect(),
        other => panic!("{other:?}"),
    }
}

fn version(number: u32, value: &str) -> Reply {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::URL_SAFE.encode(value);
    Reply::json(json!({"name": format!("projects/1/secrets/s/versions/{number}"), "payload": {"data": data}}))
}

fn secrets(list: serde_json::Value) -> Gcloud {
    Gcloud::new().on("secrets list", Reply::json(list))
}

fn url(value: &'static str) -> SecretValue {
    SecretValue::computed("s", move |_| Ok(Some(Secret::new(value))))
        .labels([("app".to_owned(), "x".to_owned())])
}

#[test]
fn a_secret_is_what_its_newest_version_says() {
    let resource = url("postgresql://one");
    assert_eq!(state(&resource, secrets(json!([{"name": "projects/1/secrets/ss"}]))), State::Absent);
    let there = || secrets(json!([{"name": "projects/1/secrets/s", "labels": {"app": "x", "more": "y"}}]));
    // After each prefix of its create: no version yet, then everything.
    let empty = there().on("secrets versions access", Reply::not_found());
    assert_eq!(fields(state(&resource, empty)), ["value"]);
    let same = there().on("secrets versions access", version(1, "postgresql://one"));
    assert_eq!(state(&resource, same), State::Present);
    let other = there().on("secrets versions access", version(1, "postgresql://two"));
    assert_eq!(fields(state(&resource, other)), ["value"]);
    let unlabelled = secrets(json!([{"name": "projects/1/secrets/s"}]))
        .on("secrets versions access", version(1, "postgresql://one"));
    assert_eq!(fields(state(&resource, unlabelled)), ["labels.app"]);
    // A value that was generated is kept, whatever it is.
    let generated = SecretValue::generated("s", 32);
    assert_eq!(
        state(&generated, there().on("secrets versions access", version(7, "anything"))),
        State::Present
    );
}

#[test]
fn a_secret_is_made_without_data_and_gets_its_value_on_stdin() {
    let gcloud = Arc::new(
        Gcloud::new().on("secrets create", Reply::json(json!({}))).on("secrets versions add", version(1, "")),
    );
    let resource = url("postgresql://one");
    resource.create(&writer(&gcloud, &resource.address())).unwrap();
    let expected = [
        "secrets create s --replication-policy=automatic --labels=app=x",
        "secrets versions add s --data-file=-",
    ];
    assert_eq!(gcloud.calls(), expected);
    assert_eq!(gcloud.stdin(), ["postgresql://one"]);

    let gcloud = Arc::new(Gcloud::new().on("secrets versions add", version(2, "")));
    let generated = SecretValue::generated("s", 33);
    let diffs = [engine::Diff::new("value", "(none)", "(secret)")];
    generated.update(&writer(&gcloud, &generated.address()), &diffs).unwrap();
    assert_eq!(gcloud.calls().len(), 1, "only what differs");
    assert!(
        gcloud.stdin()[0].len() == 33 && gcloud.stdin()[0].bytes().all(|byte| byte.is_ascii_alphanumeric())
    );
}

#[test]
fn versions_and_annotations_are_read_and_written() {
    let there = json!([{"name": "projects/1/secrets/s", "annotations": {"user-set-from": "3"}}]);
    let gcloud = Arc::new(secrets(there).on("secrets versions access", version(3, "päss/word")));
    let cloud = reader(&gcloud);
    let found = latest(&cloud, "s").unwrap().unwrap();
    assert_eq!((found.version.as_str(), found.value.expose()), ("3", "päss/word"));
    assert_eq!(annotations(&cloud, "s").unwrap()["user-set-from"], "3");
    assert_eq!(gcloud.calls().len(), 2, "one list for all, and one access");
    let empty = Gcloud::new().on("secrets versions access", Reply::not_found());
    assert!(latest(&reader(&Arc::new(empty)), "s").unwrap().is_none(), "no secret, or none of its versions");
    let address = SecretValue::address_of("s");
    let there =
        json!([{"name": "projects/1/secrets/s", "annotations": {"other": "1", "user-set-from": "3"}}]);
    let gcloud = Arc::new(secrets(there).on("secrets update", Reply::json(json!({}))));
    annotate(&writer(&gcloud, &address), "s", "user-set-from", "4").unwrap();
    let named = "secrets update s --update-annotations=other=1,user-set-from=4";
    assert_eq!(gcloud.calls(), ["secrets list", named], "gcloud drops what is not named");
}

#[test]
fn a_service_account_is_compared_by_what_is_set() {
    let resource = ServiceAccount::new("p-one", "runner", "Runs it", "kept by deploy-all");
    let list = |account| Gcloud::new().on("iam service-accounts list", Reply::json(json!([account])));
    let email = "runner@p-one.iam.gserviceaccount.com";
    let same = json!({"email": email, "displayName": "Runs it", "description": "kept by deploy-all"});
    assert_eq!(state(&resource, list(same)), State::Present);
    assert_eq!(fields(state(&resource, list(json!({"email": email})))), ["display_name", "description"]);
    assert_eq!(state(&resource, list(json!({"email": "runner@q.iam.gserviceaccount.com"}))), State::Absent);
    assert_eq!(
        ServiceAccount::new("example.com:old", "a", "", "").email(),
        "a@old.example.com.iam.gserviceaccount.com"
    );
}

#[test]
fn a_binding_reads_the_policy_once_and_writes_with_one_command() {
    let role = "roles/artifactregistry.writer";
    let member = "serviceAccount:b@p-one.iam.gserviceaccount.com";
    let policy = json!({"bindings": [{"role": role, "members": [member]}], "etag": "BwYAAAAAAAE="});
    let resource = IamBinding::on_repository("images", "us-central1", member, role);
    let gcloud = Arc::new(
        Gcloud::new()
            .on("artifacts repositories get-iam-policy", Reply::json(json!({"etag": "ACAB"})))
            .on("artifacts repositories add-iam-policy-binding", Reply::json(policy)),
    );
    let cloud = writer(&gcloud, &resource.address());
    assert_eq!(resource.check(&cloud).unwrap(), State::Absent);
    resource.create(&cloud).unwrap();
    assert_eq!(resource.check(&cloud).unwrap(), State::Present);
    let expected = [
        "artifacts repositories get-iam-policy images --location=us-central1".to_owned(),
        format!(
            "artifacts repositories add-iam-policy-binding images --location=us-central1 --member={member} --role={role} --condition=None"
        ),
    ];
    assert_eq!(gcloud.calls(), expected, "the answer of the change is the new policy");
}

/// An organization policy can undo it, and gcloud has been seen to exit 0 all the same.
#[test]
fn who_may_call_a_service_is_read_back_and_not_believed() {
    let role = "roles/run.invoker";
    let policy = json!({"bindings": [{"role": role, "members": ["allUsers"]}], "etag": "BwYAAAAAAAE="});
    let resource = IamBinding::on_run_service("api", "us-central1", "allUsers", role);
    let gcloud = Arc::new(
        Gcloud::new()
            .on("run services get-iam-policy", Reply::json(json!({"etag": "ACAB"})))
            .on("run services add-iam-policy-binding", Reply::json(policy)),
    );
    let cloud = writer(&gcloud, &resource.address());
    resource.create(&cloud).unwrap();
    assert!(resource.verify_after());
    assert_eq!(
        resource.check(&cloud).unwrap(),
        State::Absent,
        "what the service says, not what the change said"
    );
}

#[test]
fn a_conflict_reruns_the_whole_command() {
    let resource = IamBinding::on_project("p-one", "user:ada@example.com", "roles/viewer");
    let conflict = Reply::error(
        "Resource in projects [p-one:setIamPolicy] is the subject of a conflict: There were concurrent policy changes.",
    );
    let gcloud = Arc::new(
        Gcloud::new()
            .on("projects add-iam-policy-binding", Reply::json(json!({})))
            .in_turn("projects add-iam-policy-binding", [conflict.clone(), conflict]),
    );
    resource.create(&writer(&gcloud, &resource.address())).unwrap();
    assert_eq!(gcloud.calls().len(), 3);
}

#[test]
fn a_member_that_is_not_known_yet_is_absent_and_never_granted() {
    let resource = IamBinding::on_bucket("logs", "", "roles/storage.objectCreator")
        .member_from("sink-writer", |_| Ok(None));
    assert_eq!(state(&resource, Gcloud::new()), State::Absent);
    let gcloud = Arc::new(Gcloud::new());
    assert!(resource.create(&writer(&gcloud, &resource.address())).is_err());
    assert!(gcloud.calls().is_empty());
    assert_eq!(resource.address().as_str(), "iam-binding/bucket/logs/storage.objectCreator/sink-writer");
}
