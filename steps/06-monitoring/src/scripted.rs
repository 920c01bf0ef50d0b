//! Tests over a scripted gcloud: what needs a person, and what is decided without a process.

use crate::step;
use config::Config;
use engine::testing::{Gcloud, Reply, reader, writer};
use engine::{Address, Error, Item, Resource, State, Step};
use serde_json::{Value, json};
use std::sync::Arc;

fn config() -> Config {
    let mut config = Config::default();
    config.monitoring.notification_email = Some("oncall@example.com".to_owned());
    config
}

fn resource(step: Step, address: &str) -> Box<dyn Resource> {
    let kept = step.items.into_iter().find_map(|item| match item {
        Item::Keep(resource) if resource.address().as_str() == address => Some(resource),
        _ => None,
    });
    kept.unwrap_or_else(|| panic!("no {address}"))
}

fn labels(key: &str) -> Value {
    json!({"deploy-all-service": "codementor-backend", "deploy-all-key": key, "app": "codementor", "managed-by": "deploy-all"})
}

/// What a person reads: what, why, what to do.
fn person(error: Error) -> String {
    match error {
        Error::Person { what, why, todo } => format!("{what}\n{why}\n{todo}"),
        other => panic!("not for a person: {other}"),
    }
}

#[test]
fn the_step_keeps_these_in_this_order() {
    let mut config = config();
    let order = |config: &Config| -> Vec<String> {
        let items = step(config).items.into_iter();
        items
            .map(|item| match item {
                Item::Keep(resource) => resource.address().to_string(),
                Item::Skip { address, .. } => format!("({address})"),
            })
            .collect()
    };
    assert_eq!(
        order(&config),
        [
            "log-bucket/_Default",
            "bucket/codementor-logs-codementor-dev",
            "log-sink/codementor-logs-archive",
            "iam-binding/bucket/codementor-logs-codementor-dev/storage.objectCreator/log-sink-writer",
            "log-metric/codementor-app-errors",
            "notification-channel/codementor-backend-email",
            "iam-binding/run-service/codementor-backend/run.invoker/monitoring-agent",
            "uptime-check/codementor-backend",
            "alert-policy/codementor-backend-error-ratio",
            "alert-policy/codementor-backend-uptime",
            "alert-policy/codementor-backend-db-connections",
            "alert-policy/codementor-backend-latency",
            "alert-policy/codementor-backend-quota",
            "dashboard/codementor-backend",
            "leftover-alert-policies/codementor-backend",
            "leftover-uptime-checks/codementor-backend",
            "leftover-dashboards/codementor-backend",
            "leftover-notification-channels/codementor-backend",
        ]
    );
    config.monitoring.notification_email = None;
    config.database.flags.clear();
    let order = order(&config);
    assert!(order.contains(&"(notification-channel/codementor-backend-email)".to_owned()), "{order:?}");
    assert!(order.contains(&"(alert-policy/codementor-backend-db-connections)".to_owned()), "{order:?}");
}

#[test]
fn every_name_of_every_template_stands_for_something() {
    for policy in crate::policies::all(&config()) {
        let policy = policy.map_err(|left| left.why).unwrap();
        let mut values = policy.values.clone();
        values.insert("check_id", json!("id"));
        let rendered = crate::template::render(policy.template, &values);
        assert!(rendered.is_object() && !rendered.to_string().contains("${"), "{}: {rendered}", policy.key);
    }
}

#[test]
fn what_nobody_can_change_needs_a_person() {
    let locked = json!({"name": "_Default", "retentionDays": 90, "locked": true});
    let elsewhere = json!([{"name": "codementor-logs-codementor-dev", "location": "EUROPE-WEST1"}]);
    let script = Gcloud::new()
        .on("logging buckets describe", Reply::json(locked))
        .on("storage buckets list", Reply::json(elsewhere));
    let cloud = reader(&Arc::new(script));
    let retention = resource(step(&config()), "log-bucket/_Default").check(&cloud);
    assert_eq!(
        person(retention.unwrap_err()),
        "the retention of log bucket _Default is locked at 90 days\nnobody can change it any more\n\
         set monitoring.log_retention_days = 90"
    );
    let bucket = resource(step(&config()), "bucket/codementor-logs-codementor-dev");
    let State::Drifted(diffs) = bucket.check(&cloud).unwrap() else { panic!("it is elsewhere") };
    let region = diffs.iter().find(|diff| diff.field == "project.region").expect("it is elsewhere");
    assert_eq!((region.old.as_str(), region.new.as_str()), ("europe-west1", "us-central1"));
    assert!(
        matches!(bucket.way(&diffs), engine::Way::Never { why, .. } if why.contains("holds the archived logs"))
    );
}

fn channel(id: &str, made: &str, email: &str) -> Value {
    json!({"name": format!("projects/p/notificationChannels/{id}"), "type": "email", "enabled": true,
           "displayName": "codementor-backend alerts", "labels": {"email_address": email}, "userLabels": labels("email"),
           "creationRecord": {"mutateTime": made}, "mutationRecords": [{"mutateTime": made}]})
}

#[test]
fn the_oldest_of_several_alike_is_kept_and_different_ones_need_a_person() {
    let mine = |rows: Value| Arc::new(Gcloud::new().on("beta monitoring channels", Reply::json(rows)));
    let old = channel("2", "2025-01-01T00:00:00Z", "oncall@example.com");
    let new = channel("1", "2025-01-01T00:00:05Z", "oncall@example.com");
    let stranger = json!({"name": "projects/p/notificationChannels/0", "type": "email", "labels": {"email_address": "oncall@example.com"}});

    let gcloud = mine(json!([new, stranger, old]));
    let kept = resource(step(&config()), "notification-channel/codementor-backend-email");
    assert_eq!(kept.check(&reader(&gcloud)).unwrap(), State::Present);
    let leftovers = resource(step(&config()), "leftover-notification-channels/codementor-backend");
    assert!(!leftovers.wanted());
    assert_eq!(leftovers.check(&reader(&gcloud)).unwrap(), State::Present);
    leftovers.delete(&writer(&gcloud, &leftovers.address())).unwrap();
    assert_eq!(
        gcloud.calls_of("beta monitoring channels delete"),
        ["beta monitoring channels delete projects/p/notificationChannels/1"]
    );

    let changed = channel("1", "2025-01-01T00:00:05Z", "other@example.com");
    let error = kept
        .check(&reader(&mine(json!([changed, channel("2", "2025-01-01T00:00:00Z", "oncall@example.com")]))));
    let text = person(error.unwrap_err());
    assert!(
        text.starts_with("there are 2 different objects of kind notification-channel where one is wanted"),
        "{text}"
    );
    assert!(
        text.contains(
            "notificationChannels/2 (codementor-backend alerts), projects/p/notificationChannels/1"
        ),
        "{text}"
    );
}

#[test]
fn a_channel_that_is_configured_no_more_is_taken_out_of_the_policies() {
    let mut config = config();
    config.monitoring.notification_email = None;
    let values = crate::policies::common(&config);
    let mut policy =
        crate::template::render(include_str!("../../../configs/templates/alert-quota.json"), &values);
    policy["name"] = json!("projects/p/alertPolicies/1");
    policy["userLabels"] = labels("quota");
    policy["enabled"] = json!(true);
    let check = |policy: &Value| {
        let gcloud =
            Arc::new(Gcloud::new().on("alpha monitoring policies list", Reply::json(json!([policy]))));
        resource(step(&config), "alert-policy/codementor-backend-quota").check(&reader(&gcloud)).unwrap()
    };
    assert_eq!(check(&policy), State::Present);
    policy["notificationChannels"] = json!(["projects/p/notificationChannels/1"]);
    let State::Drifted(diffs) = check(&policy) else { panic!("the channel stays") };
    assert_eq!(diffs.iter().map(|d| d.field.as_str()).collect::<Vec<_>>(), ["notificationChannels"]);
    policy["notificationChannels"] = json!([]);
    policy["enabled"] = json!(false);
    let State::Drifted(diffs) = check(&policy) else { panic!("it stays disabled") };
    assert_eq!(diffs.iter().map(|d| d.field.as_str()).collect::<Vec<_>>(), ["enabled"]);
}

#[test]
fn a_policy_waits_for_the_check_that_it_watches() {
    let gcloud = Arc::new(
        Gcloud::new()
            .on("run services describe", Reply::json(json!({"status": {"url": "https://x-uc.a.run.app"}})))
            .on(
                "beta monitoring channels list",
                Reply::json(json!([channel("1", "t", "oncall@example.com")])),
            )
            .on("monitoring uptime list-configs", Reply::json(json!([]))),
    );
    let policy = resource(step(&config()), "alert-policy/codementor-backend-uptime");
    let error = policy.create(&writer(&gcloud, &Address::new("alert-policy", "x"))).unwrap_err();
    assert!(person(error).contains("was not found"));
    assert!(gcloud.calls_of("alpha monitoring policies create").is_empty());
}

#[test]
fn labels_are_sent_only_where_they_change_since_gcloud_would_wipe_them() {
    let check = |labels: Value| {
        json!({"name": "projects/p/uptimeCheckConfigs/c-1", "displayName": "codementor-backend /health", "userLabels": labels,
               "monitoredResource": {"labels": {"host": "x-uc.a.run.app"}}, "period": "300s", "timeout": "10s",
               "httpCheck": {"path": "/health", "port": 443, "useSsl": true, "validateSsl": true},
               "selectedRegions": ["ASIA_PACIFIC", "EUROPE", "USA_IOWA"]})
    };
    let update = |labels: Value| {
        let gcloud = Arc::new(
            Gcloud::new()
                .on(
                    "run services describe",
                    Reply::json(json!({"status": {"url": "https://x-uc.a.run.app"}})),
                )
                .on("monitoring uptime list-configs", Reply::json(json!([check(labels)])))
                .on("monitoring uptime update", Reply::json(json!({}))),
        );
        let kept = resource(step(&config()), "uptime-check/codementor-backend");
        let State::Drifted(diffs) = kept.check(&reader(&gcloud)).unwrap() else { panic!("no drift") };
        kept.update(&writer(&gcloud, &kept.address()), &diffs).unwrap();
        gcloud.calls_of("monitoring uptime update").remove(0)
    };
    let same = update(labels("uptime"));
    assert!(same.contains("--period=1") && !same.contains("labels") && !same.contains("regions"), "{same}");
    let mut fewer = labels("uptime");
    fewer.as_object_mut().unwrap().remove("app");
    let relabelled = update(fewer);
    assert!(
        relabelled
            .contains("--set-regions=usa-iowa,europe,asia-pacific --update-user-labels=app=codementor,")
    );
}
