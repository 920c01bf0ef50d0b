//! Whatever is changed behind the tool's back: the plan shows exactly that, the apply puts it right, and what is not ours to
//! keep is left alone.

use crate::stage::{Lines, Stage};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What somebody did, and what the plan then says.
struct Case {
    /// The object's key begins so.
    key: &'static str,
    /// And carries this label, where the server chose its id.
    label: &'static str,
    did: Did,
    /// Symbol and address of all that changes.
    want: &'static [&'static str],
}

enum Did {
    Change(fn(&mut Value)),
    /// With all that is below it.
    Remove,
    /// Took a member out of its policy.
    Revoke(&'static str),
    /// Added a version with another value.
    Version,
}

use Did::{Change, Remove, Revoke, Version};

const fn case(key: &'static str, did: Did, want: &'static [&'static str]) -> Case {
    Case { key, label: "", did, want }
}

const fn labelled(key: &'static str, label: &'static str, did: Did, want: &'static [&'static str]) -> Case {
    Case { key, label, did, want }
}

const SQL: &str = "sqladmin/projects/codementor-dev/instances/codementor-db";
const RUN: &str = "run/projects/codementor-dev/locations/us-central1/services/codementor-backend";
const RULE: &str = "compute/projects/codementor-dev/global/firewalls/codementor-vpc-allow-ssh";
const SUBNET: &str = "compute/projects/codementor-dev/regions/us-central1/subnetworks/codementor-subnet";
const TRIGGER: &str = "cloudbuild/projects/codementor-dev/locations/us-central1/triggers/";
const REPOSITORY: &str =
    "artifactregistry/projects/codementor-dev/locations/us-central1/repositories/codementor";
const POLICY: &str = "monitoring/projects/codementor-dev/alertPolicies/";

const TOPIC: &str = "pubsub/projects/codementor-dev/topics/codementor-secret-rotation";
const PUBLISHER: &str = "+ iam-binding/topic/codementor-secret-rotation/pubsub.publisher/secret-manager";

/// What reads a secret when it starts.
const SERVICE: &str = "~ run-service/codementor-backend";

static CASES: &[Case] = &[
    case(
        "cloudresourcemanager/projects/codementor-dev",
        Change(|o| o["labels"]["app"] = json!("x")),
        &["~ project/codementor-dev"],
    ),
    case(
        "cloudbilling/projects/codementor-dev/billingInfo",
        Change(|o| o["billingAccountName"] = json!("billingAccounts/00BBBB-000000-000000")),
        &["~ billing-link/codementor-dev"],
    ),
    case(
        "serviceusage/projects/codementor-dev/services/cloudtrace",
        Change(|o| o["state"] = json!("DISABLED")),
        &["~ apis/required"],
    ),
    case(
        "cloudresourcemanager/projects/codementor-dev",
        Revoke("cloud-redis.iam"),
        &["~ service-agents/required"],
    ),
    case(
        "cloudresourcemanager/projects/codementor-dev",
        Revoke("codementor-build@"),
        &[
            "+ iam-binding/project/run.developer/codementor-build",
            "+ iam-binding/project/logging.logWriter/codementor-build",
        ],
    ),
    case(
        "billingbudgets/",
        Change(|o| o["amount"]["specifiedAmount"]["units"] = json!("5")),
        &["~ budget/codementor-dev"],
    ),
    case("billingbudgets/", Remove, &["+ budget/codementor-dev"]),
    case(
        "compute/projects/codementor-dev/global/networks/codementor-vpc",
        Change(|o| o["routingConfig"]["routingMode"] = json!("GLOBAL")),
        &["~ network/codementor-vpc"],
    ),
    case(SUBNET, Change(|o| o["privateIpGoogleAccess"] = json!(false)), &["~ subnet/codementor-subnet"]),
    case(
        RULE,
        Change(|o| o["sourceRanges"] = json!(["0.0.0.0/0"])),
        &["~ firewall-rule/codementor-vpc-allow-ssh"],
    ),
    case(RULE, Change(|o| o["disabled"] = json!(true)), &["~ firewall-rule/codementor-vpc-allow-ssh"]),
    case(RULE, Remove, &["+ firewall-rule/codementor-vpc-allow-ssh"]),
    case(
        SQL,
        Change(|o| o["settings"]["tier"] = json!("db-custom-4-16384")),
        &["~ sql-instance/codementor-db"],
    ),
    case(
        SQL,
        Change(|o| o["settings"]["ipConfiguration"]["ipv4Enabled"] = json!(true)),
        &["~ sql-instance/codementor-db"],
    ),
    case(
        SQL,
        Change(|o| o["settings"]["backupConfiguration"]["enabled"] = json!(false)),
        &["~ sql-instance/codementor-db"],
    ),
    case(
        "sqladmin/projects/codementor-dev/instances/codementor-db/databases/codementor",
        Remove,
        &["+ sql-database/codementor"],
    ),
    case(
        "sqladmin/projects/codementor-dev/instances/codementor-db/users/codementor",
        Remove,
        &["+ sql-user/codementor"],
    ),
    case(
        "secretmanager/projects/codementor-dev/secrets/db-password",
        Version,
        &["~ sql-user/codementor", "~ secret/database-url", SERVICE],
    ),
    case(
        "secretmanager/projects/codementor-dev/secrets/database-url",
        Version,
        &["~ secret/database-url", SERVICE],
    ),
    case(
        "secretmanager/projects/codementor-dev/secrets/redis-url",
        Version,
        &["~ secret/redis-url", SERVICE],
    ),
    case(
        "secretmanager/projects/codementor-dev/secrets/db-password",
        Change(|o| o["rotation"]["rotationPeriod"] = json!("3600s")),
        &["~ rotation-schedule/db-password"],
    ),
    case(
        "secretmanager/projects/codementor-dev/secrets/db-password",
        Change(|o| o["topics"] = json!([])),
        &["~ rotation-schedule/db-password"],
    ),
    case(TOPIC, Revoke("gcp-sa-secretmanager"), &[PUBLISHER]),
    // The secret still names it; what is made under the same name takes its place.
    case(TOPIC, Remove, &["+ pubsub-topic/codementor-secret-rotation", PUBLISHER]),
    case(
        "secretmanager/projects/codementor-dev/secrets/redis-url",
        Change(|o| o["labels"]["app"] = json!("x")),
        &["~ secret/redis-url"],
    ),
    case(
        "secretmanager/projects/codementor-dev/secrets/redis-url",
        Revoke("codementor-run@"),
        &["+ iam-binding/secret/redis-url/secretmanager.secretAccessor/codementor-run"],
    ),
    case(
        "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache",
        Change(|o| o["memorySizeGb"] = json!(4)),
        &["~ redis-instance/codementor-cache"],
    ),
    case(
        "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache",
        Change(|o| o["persistenceConfig"] = json!({"persistenceMode": "DISABLED"})),
        &["~ redis-instance/codementor-cache"],
    ),
    case(
        "iam/projects/codementor-dev/serviceAccounts/codementor-run@",
        Change(|o| o["displayName"] = json!("x")),
        &["~ service-account/codementor-run"],
    ),
    case(
        "iam/projects/codementor-dev/serviceAccounts/codementor-run@",
        Revoke("codementor-build@"),
        &["+ iam-binding/service-account/codementor-run/iam.serviceAccountUser/codementor-build"],
    ),
    case(
        "vpcaccess/projects/codementor-dev/locations/us-central1/connectors/codementor-connector",
        Change(|o| o["machineType"] = json!("e2-micro")),
        &["~ vpc-connector/codementor-connector"],
    ),
    case(
        RUN,
        Change(|o| {
            o["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = json!("2Gi")
        }),
        &["~ run-service/codementor-backend"],
    ),
    case(
        RUN,
        Change(|o| {
            o["spec"]["template"]["spec"]["containers"][0]["env"]
                .as_array_mut()
                .expect("a list")
                .push(json!({"name": "DEBUG", "value": "1"}))
        }),
        &["~ run-service/codementor-backend"],
    ),
    case(RUN, Revoke("allUsers"), &["+ iam-binding/run-service/codementor-backend/run.invoker/allUsers"]),
    case(REPOSITORY, Change(|o| o["cleanupPolicies"] = json!({})), &["~ image-repository/codementor"]),
    case(
        REPOSITORY,
        Revoke("codementor-build@"),
        &["+ iam-binding/repository/codementor/artifactregistry.writer/codementor-build"],
    ),
    case(
        "storage/b/codementor-dev_cloudbuild",
        Change(|o| o["iamConfiguration"]["publicAccessPrevention"] = json!("inherited")),
        &["~ bucket/codementor-dev_cloudbuild"],
    ),
    case(
        "storage/b/codementor-dev_cloudbuild",
        Revoke("codementor-build@"),
        &["+ iam-binding/bucket/codementor-dev_cloudbuild/storage.objectViewer/codementor-build"],
    ),
    case(
        TRIGGER,
        Change(|o| o["github"]["push"]["branch"] = json!(".*")),
        &["~ build-trigger/codementor-deploy"],
    ),
    case(TRIGGER, Remove, &["+ build-trigger/codementor-deploy"]),
    case(
        "logging/projects/codementor-dev/locations/global/buckets/_Default",
        Change(|o| o["retentionDays"] = json!(90)),
        &["~ log-bucket/_Default"],
    ),
    case(
        "storage/b/codementor-logs-codementor-dev",
        Change(|o| o["lifecycle"] = json!({})),
        &["~ bucket/codementor-logs-codementor-dev"],
    ),
    case(
        "storage/b/codementor-logs-codementor-dev",
        Revoke("gserviceaccount.com"),
        &["+ iam-binding/bucket/codementor-logs-codementor-dev/storage.objectCreator/log-sink-writer"],
    ),
    case(
        "logging/projects/codementor-dev/sinks/codementor-logs-archive",
        Change(|o| o["disabled"] = json!(true)),
        &["~ log-sink/codementor-logs-archive"],
    ),
    case(
        "logging/projects/codementor-dev/sinks/codementor-logs-archive",
        Change(|o| o["filter"] = json!("severity>=ERROR")),
        &["~ log-sink/codementor-logs-archive"],
    ),
    case(
        "logging/projects/codementor-dev/metrics/codementor-app-errors",
        Remove,
        &["+ log-metric/codementor-app-errors"],
    ),
    labelled(
        "monitoring/projects/codementor-dev/notificationChannels/",
        "email",
        Change(|o| o["labels"]["email_address"] = json!("x@acme.dev")),
        &["~ notification-channel/codementor-backend-email"],
    ),
    labelled(
        "monitoring/projects/codementor-dev/uptimeCheckConfigs/",
        "uptime",
        Change(|o| o["httpCheck"]["path"] = json!("/x")),
        &["~ uptime-check/codementor-backend"],
    ),
    labelled(
        POLICY,
        "latency",
        Change(|o| o["enabled"] = json!(false)),
        &["~ alert-policy/codementor-backend-latency"],
    ),
    labelled(
        POLICY,
        "error-ratio",
        Change(|o| o["conditions"][0]["conditionThreshold"]["thresholdValue"] = json!(0.9)),
        &["~ alert-policy/codementor-backend-error-ratio"],
    ),
    labelled(POLICY, "quota", Remove, &["+ alert-policy/codementor-backend-quota"]),
    labelled(
        "monitoring/projects/codementor-dev/dashboards/",
        "overview",
        Change(|o| o["displayName"] = json!("mine")),
        &["~ dashboard/codementor-backend"],
    ),
    labelled(
        "monitoring/projects/codementor-dev/dashboards/",
        "overview",
        Remove,
        &["+ dashboard/codementor-backend"],
    ),
];

/// What others set, and what Google does by itself, is theirs.
static THEIRS: &[Case] = &[
    case(
        RUN,
        Change(|o| {
            o["spec"]["template"]["spec"]["containers"][0]["image"] =
                json!("us-central1-docker.pkg.dev/codementor-dev/codementor/codementor-backend:abc");
            o["metadata"]["labels"]["commit-sha"] = json!("abc");
            o["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/client-name"] =
                json!("cloud-build");
        }),
        &[],
    ),
    case(SQL, Change(|o| o["settings"]["dataDiskSizeGb"] = json!("37")), &[]),
    case(SQL, Change(|o| o["databaseInstalledVersion"] = json!("POSTGRES_15_99")), &[]),
    case(
        "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache",
        Change(|o| o["labels"]["team"] = json!("web")),
        &[],
    ),
    case(TRIGGER, Change(|o| o["disabled"] = json!(true)), &[]),
    case(
        "cloudresourcemanager/projects/codementor-dev",
        Change(|o| o["labels"]["cost-center"] = json!("7")),
        &[],
    ),
    labelled(POLICY, "latency", Change(|o| o["mutationRecord"] = json!({"mutatedBy": "someone"})), &[]),
    case(
        "servicenetworking/projects/codementor-dev/global/networks/codementor-vpc/connections/",
        Change(|o| o["reservedPeeringRanges"].as_array_mut().expect("a list").push(json!("theirs"))),
        &[],
    ),
];

impl Case {
    fn name(&self) -> String {
        format!("{} {} {:?}", self.key, self.label, self.want)
    }

    /// Does it.
    fn act(&self, stage: &Stage) {
        let world = stage.lab.emulator.world();
        let objects = world["objects"].as_object().expect("objects");
        let below = |key: &str| {
            key.strip_prefix(self.key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let labelled = |object: &Value| {
            let data = &object["data"];
            self.label.is_empty()
                || [&data["userLabels"], &data["labels"]].iter().any(|l| l["deploy-all-key"] == self.label)
        };
        let found = objects.iter().find(|(key, object)| {
            (key.as_str() == self.key || (!objects.contains_key(self.key) && key.starts_with(self.key)))
                && labelled(object)
        });
        let (key, object) = found.unwrap_or_else(|| panic!("no {} in the world", self.key));
        let changes = match self.did {
            Change(change) => {
                let mut data = object["data"].clone();
                change(&mut data);
                assert_ne!(data, object["data"], "{}: it changes something", self.name());
                json!([{"key": key, "data": data}])
            }
            Remove => objects
                .keys()
                .filter(|other| *other == key || below(other))
                .map(|key| json!({"key": key, "remove": true}))
                .collect(),
            Revoke(member) => {
                let mut policy = object["policy"].clone();
                let bindings = policy["bindings"].as_array_mut().expect("bindings");
                let count = |bindings: &[Value]| {
                    bindings.iter().map(|b| b["members"].as_array().map_or(0, Vec::len)).sum::<usize>()
                };
                let before = count(bindings);
                for binding in bindings.iter_mut() {
                    let members = binding["members"].as_array_mut().expect("members");
                    members.retain(|m| !m.as_str().is_some_and(|m| m.contains(member)));
                }
                assert!(count(bindings) < before, "{}: {member} is in the policy", self.name());
                bindings.retain(|binding| binding["members"].as_array().is_some_and(|m| !m.is_empty()));
                json!([{"key": key, "policy": policy}])
            }
            Version => {
                let first = format!("{key}/versions/1");
                let mut data = objects[&first]["data"].clone();
                let name = data["name"].as_str().expect("a name").replace("/versions/1", "/versions/2");
                data["name"] = json!(name);
                json!([{"key": format!("{key}/versions/2"), "data": data, "hidden": {"data": "somebody-elses"}}])
            }
        };
        stage.lab.emulator.arrange(&changes);
    }
}

fn heads(lines: &Lines) -> BTreeSet<String> {
    lines.iter().map(|line| line.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ")).collect()
}

fn every(cases: &[&Case]) {
    let stage = Stage::new();
    let only = std::env::var("DRIFT_ONLY").ok();
    let mut wrong = Vec::new();
    for case in cases.iter().filter(|case| only.as_deref().is_none_or(|only| case.name().contains(only))) {
        stage.again();
        case.act(&stage);
        if let Err(why) = one(&stage, case) {
            wrong.push(format!("{}: {why}", case.name()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn one(stage: &Stage, case: &Case) -> Result<(), String> {
    let wanted: BTreeSet<String> = case.want.iter().map(|line| (*line).to_owned()).collect();
    let requests = stage.lab.emulator.requests().len();
    let (finished, lines) = stage.plan(&[]);
    if finished.code != Some(0) || heads(&lines) != wanted {
        return Err(format!(
            "exit {:?}, planned {lines:#?} {}",
            finished.code,
            finished.stdout.lines().last().unwrap_or_default()
        ));
    }
    if !stage.lab.emulator.writes(requests).is_empty() {
        return Err("the plan changed something".to_owned());
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let run = stage.run(&[], &["--yes", "--output", "json"]);
    if run.code != Some(0) || heads(&crate::stage::lines(&Stage::planned(&run))) != wanted {
        return Err(format!(
            "the repair: exit {:?}: {}",
            run.code,
            run.stdout.lines().rev().take(3).collect::<Vec<_>>().join("\n")
        ));
    }
    let changed: BTreeSet<String> = crate::keys::changed(&run.stdout).into_iter().collect();
    let planned: BTreeSet<String> =
        wanted.iter().filter_map(|head| head.split_once(' ')).map(|(_, a)| a.to_owned()).collect();
    if changed != planned {
        return Err(format!("the repair changed {changed:?}"));
    }
    let (finished, rest) = stage.plan(&[]);
    match (finished.code, rest.is_empty()) {
        (Some(0), true) => Ok(()),
        _ => Err(format!("after the repair: exit {:?}, {rest:#?}", finished.code)),
    }
}

/// Half of them each, so that two machines' worth of work goes on at once.
fn half(which: usize) -> Vec<&'static Case> {
    CASES.iter().enumerate().filter(|(n, _)| n % 2 == which).map(|(_, case)| case).collect()
}

#[test]
fn what_is_changed_behind_its_back_is_seen_and_put_right() {
    every(&half(0));
}

#[test]
fn what_else_is_changed_behind_its_back_is_seen_and_put_right() {
    every(&half(1));
}

#[test]
fn what_others_own_is_no_drift() {
    every(&THEIRS.iter().collect::<Vec<_>>());
}
