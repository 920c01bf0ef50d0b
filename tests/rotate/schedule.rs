//! When Secret Manager says that a secret is due, and to whom.

use crate::plain::somebody;
use serde_json::{Value, json};
use support::Lab;

const YES: &[&str] = &["--yes", "--wait-scale", "0"];
const DAYS: &[&str] = &["--set", "rotation.db_password_days=90"];
const SECRET: &str = "secretmanager/projects/codementor-dev/secrets/db-password";
const TOPIC: &str = "projects/codementor-dev/topics/codementor-secret-rotation";
const QUARTER: u64 = 90 * 86_400;

fn with(lists: &[&[&'static str]]) -> Vec<&'static str> {
    lists.concat()
}

/// What is in the world of topics and schedules.
fn scheduled(lab: &Lab) -> Vec<String> {
    let world = lab.emulator.world();
    let objects = world["objects"].as_object().expect("objects");
    let of = |(key, object): (&String, &Value)| {
        let named = |list: &Value| {
            let names = list.as_array().into_iter().flatten().filter_map(|one| one["name"].as_str());
            let mut names: Vec<_> = names.map(|name| name.rsplit('/').next().unwrap_or(name)).collect();
            names.sort_unstable();
            names.join(" ")
        };
        let data = &object["data"];
        match key.rsplit('/').nth(1) {
            Some("topics") => Some(key.rsplit('/').next()?.to_owned()),
            Some("secrets") if data["topics"].is_array() || data["rotation"].is_object() => {
                let period = data["rotation"]["rotationPeriod"].as_str().unwrap_or("never");
                Some(
                    format!("{} {period} {}", key.rsplit('/').next()?, named(&data["topics"]))
                        .trim_end()
                        .to_owned(),
                )
            }
            _ => None,
        }
    };
    objects.iter().filter_map(of).collect()
}

/// Another plan finds nothing to do, and nothing was answered that Google would not.
fn settled(lab: &Lab, set: &[&'static str]) {
    lab.quick(&with(&[&["plan", "--exit-code", "--wait-scale", "0"], set])).expect(0);
    assert_eq!(lab.emulator.violations(), json!([]));
}

#[test]
fn the_real_gcloud_makes_a_schedule_and_the_message_comes() {
    let Some(lab) = Lab::new() else { return };
    lab.quick(YES).expect(0);
    let before = lab.emulator.requests().len();
    lab.deploy_all(&with(&[YES, DAYS, &["--until", "02"]])).expect(0);
    let writes = lab.emulator.writes(before);
    assert_eq!(writes.len(), 4, "a topic, an agent, its right, the secret: {writes:#?}");
    let topic = "codementor-secret-rotation";
    let expected = [topic.to_owned(), format!("db-password 7776000s {topic}")];
    assert_eq!(scheduled(&lab), expected);
    settled(&lab, DAYS);

    lab.gcloud(&["pubsub", "subscriptions", "create", "mine", "--topic", TOPIC, "--project=codementor-dev"]);
    let pull = || {
        let pull = [
            "pubsub",
            "subscriptions",
            "pull",
            "mine",
            "--auto-ack",
            "--limit=10",
            "--project=codementor-dev",
        ];
        let messages = lab.gcloud(&[&pull[..], &["--format=json"]].concat());
        let messages: Value = serde_json::from_str(&messages).expect("JSON");
        let kinds = messages
            .as_array()
            .expect("a list")
            .iter()
            .map(|one| one["message"]["attributes"]["eventType"].clone());
        kinds.collect::<Vec<_>>()
    };
    // A rotation has the schedule begin anew, without a command for that.
    let next = || lab.emulator.object(SECRET)["rotation"]["nextRotationTime"].clone();
    let first = next();
    lab.quick(&with(&[&["rotate", "db-password"], YES, DAYS])).expect(0);
    assert!(next().as_str() > first.as_str(), "{first} {}", next());
    assert!(!pull().contains(&json!("SECRET_ROTATE")));
    lab.emulator.advance(QUARTER + 60);
    assert!(pull().contains(&json!("SECRET_ROTATE")));
}

#[test]
fn it_goes_where_the_config_says_and_away_with_it() {
    let lab = Lab::standin();
    lab.deploy_all(&with(&[YES, DAYS, &["--set", "rotation.redis_url_days=30"]])).expect(0);
    let topic = "codementor-secret-rotation";
    let both =
        [topic.to_owned(), format!("db-password 7776000s {topic}"), format!("redis-url 2592000s {topic}")];
    assert_eq!(scheduled(&lab), both);

    // Somebody else who wants to know what happens to the secret stays.
    let number = lab.emulator.object("cloudresourcemanager/projects/codementor-dev")["projectNumber"].clone();
    let number = number.as_str().expect("a number");
    let agent =
        format!("--member=serviceAccount:service-{number}@gcp-sa-secretmanager.iam.gserviceaccount.com");
    somebody(&lab, &["pubsub", "topics", "create", "audit"]);
    somebody(
        &lab,
        &["pubsub", "topics", "add-iam-policy-binding", "audit", "--role=roles/pubsub.publisher", &agent],
    );
    let audit = "--add-topics=projects/codementor-dev/topics/audit";
    somebody(&lab, &["secrets", "update", "db-password", audit]);
    let second: &[&str] = &["--set", "rotation.topic=second-topic"];
    lab.deploy_all(&with(&[YES, DAYS, second])).expect(0);
    assert_eq!(scheduled(&lab), ["audit", "second-topic", "db-password 7776000s audit second-topic"]);
    settled(&lab, &with(&[DAYS, second]));

    lab.deploy_all(YES).expect(0);
    assert_eq!(scheduled(&lab), ["audit", "db-password never audit"]);
    settled(&lab, &[]);
}

#[test]
fn a_password_that_is_too_old_does_not_pass() {
    let lab = Lab::standin();
    lab.deploy_all(&with(&[YES, DAYS])).expect(0);
    lab.deploy_all(&with(&[&["verify", "--wait-scale", "0"], DAYS])).expect(0);
    let mut secret = lab.emulator.object(SECRET);
    secret["createTime"] = json!("2026-01-01T00:00:00Z");
    lab.emulator.arrange(&json!([{"key": SECRET, "data": secret}]));
    let old = lab.deploy_all(&with(&[&["verify", "--wait-scale", "0"], DAYS])).expect(3);
    assert!(old.stdout.contains("deploy-all rotate db-password"), "{}", old.stdout);
    lab.deploy_all(&with(&[&["rotate", "db-password"], YES, DAYS])).expect(0);
    lab.deploy_all(&with(&[&["verify", "--wait-scale", "0"], DAYS])).expect(0);
}

#[test]
fn a_destroy_leaves_no_topic() {
    let lab = Lab::standin();
    lab.deploy_all(&with(&[YES, DAYS])).expect(0);
    lab.deploy_all(&with(&[&["destroy", "--confirm", "codementor-dev", "--wait-scale", "0"], DAYS]))
        .expect(0);
    assert_eq!(scheduled(&lab), Vec::<String>::new());
}
