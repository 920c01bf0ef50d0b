//! The step through the real gcloud, against an emulator in this process.

use config::model::GitHub;
use config::{Config, names};
use engine::{Item, Step};
use events::Outcome;
use resources::ServiceAccount;
use resources::lab::{Lab, PROJECT, Run};
use serde_json::{Value, json};

const APIS: &[&str] = &[
    "artifactregistry.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "iam.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
];

const REGISTRY: &str = "artifactregistry.googleapis.com";
const BUILDS: &str = "cloudbuild.googleapis.com";

fn config() -> Config {
    let mut config = Config::default();
    config.project.id = PROJECT.to_owned();
    config
}

fn with_github() -> Config {
    let mut config = config();
    config.ci_cd.github = Some(GitHub { owner: "acme".into(), name: "app".into() });
    config
}

/// What step 04 makes and this one needs, and this one.
fn steps(config: &Config) -> [Step; 2] {
    let runtime = ServiceAccount::new(PROJECT, names::RUN_ACCOUNT, "service", "of the test");
    [Step::new("04-cloud-run", "Cloud Run").keep(runtime), step_ci_cd::step(config)]
}

/// Of these, what the trigger needs, and the trigger: each process costs a second.
fn only_trigger(config: &Config) -> [Step; 2] {
    let mut steps = steps(config);
    steps[1].items.retain(|item| match item {
        Item::Keep(resource) => ["service-account", "build-trigger"].contains(&resource.address().kind()),
        Item::Skip { .. } => false,
    });
    steps
}

fn connect(lab: &Lab) {
    let repository = json!({"project": PROJECT, "owner": "acme", "name": "app"});
    assert!(lab.request("POST", "_emulator", "/connect", repository).0 < 300);
}

fn trigger(lab: &Lab) -> Value {
    let world = lab.world();
    let prefix = format!("cloudbuild/projects/{PROJECT}/locations/us-central1/triggers/");
    let found: Vec<&Value> = world
        .as_object()
        .expect("a map")
        .iter()
        .filter(|(key, _)| key.starts_with(&prefix))
        .map(|(_, v)| v)
        .collect();
    assert!(found.len() <= 1, "{found:?}");
    found.first().map_or(Value::Null, |trigger| trigger["data"].clone())
}

fn unchanged(run: &Run) {
    assert_eq!(run.plan(), Vec::<String>::new());
    assert_eq!(run.writes, Vec::<String>::new());
}

fn granted(lab: &Lab, key: &str, role: &str) {
    let policy = &lab.world()[key]["policy"];
    let member = format!("serviceAccount:codementor-build@{PROJECT}.iam.gserviceaccount.com");
    let bindings = policy["bindings"].as_array().into_iter().flatten();
    let members: Vec<&Value> = bindings.filter(|b| b["role"] == role).map(|b| &b["members"]).collect();
    assert_eq!(members, [&json!([member])], "{role} on {key}");
}

#[test]
fn without_a_repository_everything_but_the_trigger_is_made_and_mended() {
    let lab = Lab::new(APIS);
    let config = config();
    let run = lab.apply(&steps(&config)).well();
    lab.no_violations();
    assert_eq!((run.summary.counts.created, run.summary.counts.skipped), (10, 1));
    let skipped = run.items.last().unwrap();
    let why = skipped.skipped.as_deref().unwrap();
    assert!(
        why.contains("triggers;region=us-central1/connect?project=proj-one") && why.contains("ci_cd.github")
    );
    assert_eq!(
        skipped.command.as_deref(),
        Some("gcloud builds connections create github github --region=us-central1 --project=proj-one")
    );
    assert_eq!(run.summary.outputs["images.repository"], "us-central1-docker.pkg.dev/proj-one/codementor");

    let registry =
        format!("artifactregistry/projects/{PROJECT}/locations/us-central1/repositories/codementor");
    let repository = lab.object(&registry);
    // Google leaves out what is false: no dry run is no field.
    assert_eq!((&repository["format"], &repository["cleanupPolicyDryRun"]), (&json!("DOCKER"), &Value::Null));
    assert_eq!(repository["labels"], json!({"app": "codementor", "managed-by": "deploy-all"}));
    let policies = &repository["cleanupPolicies"];
    assert_eq!(policies["keep-recent"]["mostRecentVersions"]["keepCount"], 10);
    assert_eq!(
        policies["delete-untagged"]["condition"],
        json!({"tagState": "UNTAGGED", "olderThan": "2592000s"})
    );
    let bucket = lab.object("storage/b/proj-one_cloudbuild");
    assert_eq!(bucket["location"], "US-CENTRAL1");
    assert_eq!(bucket["labels"], json!({"app": "codementor", "managed-by": "deploy-all"}));
    assert_eq!(bucket["iamConfiguration"]["publicAccessPrevention"], "enforced");
    assert_eq!(bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], true);
    granted(&lab, &registry, "roles/artifactregistry.writer");
    granted(&lab, "storage/b/proj-one_cloudbuild", "roles/storage.objectViewer");
    let project = format!("cloudresourcemanager/projects/{PROJECT}");
    granted(&lab, &project, "roles/run.developer");
    granted(&lab, &project, "roles/logging.logWriter");
    let runtime =
        format!("iam/projects/{PROJECT}/serviceAccounts/codementor-run@{PROJECT}.iam.gserviceaccount.com");
    granted(&lab, &runtime, "roles/iam.serviceAccountUser");
    let file = run.summary.outputs["build.config"].clone();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), step_ci_cd::cloudbuild_yaml(&config));

    // Again: nothing changes, and this is what it costs (the list of accounts and the project's policy serve other steps
    // too).
    let again = lab.apply(&steps(&config)).well();
    unchanged(&again);
    assert_eq!(again.processes, 7);

    // Somebody changes everything.
    let path = format!("/v1/projects/{PROJECT}/locations/us-central1/repositories/codementor");
    let other = json!({"description": "mine", "labels": {"app": "x", "team": "a"}, "cleanupPolicies": {}, "cleanupPolicyDryRun": true});
    lab.ok(
        "PATCH",
        REGISTRY,
        &format!("{path}?updateMask=description,labels,cleanupPolicies,cleanupPolicyDryRun"),
        other,
    );
    lab.ok("POST", REGISTRY, &format!("{path}:setIamPolicy"), json!({"policy": {"bindings": []}}));
    let open = json!({"iamConfiguration": {"publicAccessPrevention": "inherited", "uniformBucketLevelAccess": {"enabled": false}}});
    lab.ok("PATCH", "storage.googleapis.com", "/storage/v1/b/proj-one_cloudbuild", open);
    std::fs::write(&file, "steps: []").unwrap();
    let mended = lab.apply(&steps(&config)).well();
    assert_eq!(
        mended.plan(),
        [
            "~ image-repository/codementor description labels.app labels.managed-by cleanup_policies cleanup_policies.dry_run",
            "~ bucket/proj-one_cloudbuild uniform_bucket_level_access public_access_prevention",
            "+ iam-binding/repository/codementor/artifactregistry.writer/codementor-build",
            "~ build-file/cloudbuild.yaml content",
        ]
    );
    let repository = lab.object(&registry);
    assert_eq!(repository["labels"], json!({"app": "codementor", "managed-by": "deploy-all", "team": "a"}));
    unchanged(&lab.apply(&steps(&config)).well());
    lab.no_violations();
}

#[test]
fn a_repository_that_is_not_connected_is_said_and_the_rerun_after_the_click_makes_the_trigger() {
    let lab = Lab::new(APIS);
    let config = with_github();
    let run = lab.apply(&only_trigger(&config)).well();
    assert_eq!(trigger(&lab), Value::Null);
    assert_eq!((run.summary.counts.skipped, run.summary.counts.failed), (1, 0));
    let notes = run.notes();
    let note = notes.last().unwrap();
    assert!(note.contains("acme/app is not connected to Cloud Build in us-central1"), "{note}");
    assert!(
        note.contains("https://console.cloud.google.com/cloud-build/triggers;region=us-central1/connect"),
        "{note}"
    );

    connect(&lab);
    let connected = lab.apply(&only_trigger(&config)).well();
    assert_eq!(connected.plan(), ["+ build-trigger/codementor-deploy"]);
    assert_eq!(
        connected.writes.iter().filter(|w| w.contains("/triggers")).count(),
        2,
        "import: PATCH, then POST"
    );
    let made = trigger(&lab);
    assert_eq!(made["github"], json!({"owner": "acme", "name": "app", "push": {"branch": "^main$"}}));
    assert_eq!(made["includedFiles"], json!(["backend/**"]));
    assert_eq!(
        made["serviceAccount"],
        format!("projects/{PROJECT}/serviceAccounts/codementor-build@{PROJECT}.iam.gserviceaccount.com")
    );
    assert_eq!(made["build"]["options"]["logging"], "CLOUD_LOGGING_ONLY");
    assert_eq!(made["build"]["steps"].as_array().map(Vec::len), Some(4));
    lab.no_violations();
    let again = lab.apply(&only_trigger(&config)).well();
    unchanged(&again);
    assert_eq!(again.processes, 2, "the list of accounts, and the trigger");

    // Somebody changes the trigger; what the config does not speak of stays.
    let path =
        format!("/v1/projects/{PROJECT}/locations/us-central1/triggers/{}", made["id"].as_str().unwrap());
    let mut other = made.clone();
    other["github"]["push"]["branch"] = json!(".*");
    other["build"]["steps"][0]["script"] = json!("true");
    other["build"]["timeout"] = json!("60s");
    other["includedFiles"] = json!([]);
    other["approvalConfig"] = json!({"approvalRequired": true});
    other["ignoredFiles"] = json!(["docs/**"]);
    lab.ok("PATCH", BUILDS, &path, other);
    let mended = lab.apply(&only_trigger(&config)).well();
    assert_eq!(
        mended.plan(),
        ["~ build-trigger/codementor-deploy branch included_files build.steps.test.script timeout"]
    );
    let now = trigger(&lab);
    assert_eq!(now["id"], made["id"]);
    for field in ["github", "build", "includedFiles", "serviceAccount", "description"] {
        assert_eq!(now[field], made[field], "{field}");
    }
    assert_eq!(now["approvalConfig"]["approvalRequired"], true);
    assert_eq!(now["ignoredFiles"], json!(["docs/**"]));
    unchanged(&lab.apply(&only_trigger(&config)).well());

    // The config changes.
    let mut config = with_github();
    config.ci_cd.branch = "release/1.0".into();
    config.ci_cd.machine_type = "E2_MEDIUM".into();
    let changed = lab.apply(&only_trigger(&config)).well();
    assert_eq!(changed.plan(), ["~ build-trigger/codementor-deploy description branch machine_type"]);
    unchanged(&lab.apply(&only_trigger(&config)).well());
}

#[test]
fn a_repository_of_a_connection_is_linked_first() {
    let lab = Lab::new(APIS);
    let mut config = config();
    let place = format!("projects/{PROJECT}/locations/us-central1");
    config.ci_cd.connection = Some(format!("{place}/connections/gh/repositories/app"));
    let run = lab.apply(&only_trigger(&config)).well();
    assert_eq!(trigger(&lab), Value::Null);
    let ended = run.facts.iter().any(|fact| {
        matches!(fact, events::Fact::ResourceFinished { resource, outcome: Outcome::Skipped, .. } if resource.kind() == "build-trigger")
    });
    assert!(ended, "{:?}", run.notes());
    let notes = run.notes();
    assert!(notes.last().unwrap().contains("gcloud builds repositories create app"), "{notes:?}");

    // The two commands that the note tells, and the person's consent.
    lab.ok("POST", BUILDS, &format!("/v2/{place}/connections?connectionId=gh"), json!({"githubConfig": {}}));
    let consent = json!({"connection": format!("{place}/connections/gh")});
    assert!(lab.request("POST", "_emulator", "/connect", consent).0 < 300);
    let remote = json!({"remoteUri": "https://github.com/acme/app.git"});
    lab.ok("POST", BUILDS, &format!("/v2/{place}/connections/gh/repositories?repositoryId=app"), remote);
    let linked = lab.apply(&only_trigger(&config)).well();
    assert_eq!(linked.plan(), ["+ build-trigger/codementor-deploy"]);
    let event = &trigger(&lab)["repositoryEventConfig"];
    assert_eq!(event["repository"], json!(config.ci_cd.connection));
    assert_eq!(event["push"], json!({"branch": "^main$"}));
    unchanged(&lab.apply(&only_trigger(&config)).well());
    lab.no_violations();
}
