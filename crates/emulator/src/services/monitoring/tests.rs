use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "monitoring.googleapis.com";
const POLICIES: &str = "/v3/projects/p/alertPolicies";
const CHANNELS: &str = "/v3/projects/p/notificationChannels";
const CHECKS: &str = "/v3/projects/p/uptimeCheckConfigs";
const DASHBOARDS: &str = "/v1/projects/p/dashboards";

fn ratio() -> Value {
    let aggregation = json!([{"alignmentPeriod": "300s", "perSeriesAligner": "ALIGN_RATE", "crossSeriesReducer": "REDUCE_SUM"}]);
    let filter = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\"";
    json!({"displayName": "ratio", "combiner": "OR", "userLabels": {"owner": "deploy-all"}, "conditions": [{
        "displayName": "c", "conditionThreshold": {
            "filter": format!("{filter} AND metric.labels.response_code_class=\"5xx\""), "aggregations": aggregation,
            "denominatorFilter": filter, "denominatorAggregations": aggregation,
            "comparison": "COMPARISON_GT", "thresholdValue": 0.05, "duration": "300s"}}]})
}

/// The policy with one value changed, by JSON pointer; null removes it.
fn with(mut policy: Value, pointer: &str, value: Value) -> Value {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let place = policy.pointer_mut(parent).unwrap();
    if value.is_null() {
        place.as_object_mut().unwrap().remove(last);
    } else {
        place[last] = value;
    }
    policy
}

const AT: &str = "/conditions/0/conditionThreshold";

#[test]
fn a_policy_is_named_by_the_server_and_never_deduplicated() {
    let mut t = Testing::new();
    let first = t.ok("POST", HOST, POLICIES, ratio());
    let second = t.ok("POST", HOST, POLICIES, ratio());
    assert_ne!(first["name"], second["name"]);
    assert_eq!(first["enabled"], true);
    assert!(first["conditions"][0]["name"].as_str().unwrap().starts_with(first["name"].as_str().unwrap()));
    let listed = t.ok("GET", HOST, &format!("{POLICIES}?pageSize=1"), Value::Null);
    assert_eq!(listed["alertPolicies"].as_array().map(Vec::len), Some(1));
    let token = listed["nextPageToken"].as_str().unwrap();
    let rest = t.ok("GET", HOST, &format!("{POLICIES}?pageSize=1&pageToken={token}"), Value::Null);
    assert!(rest["nextPageToken"].is_null());
    let found = t.ok("GET", HOST, &format!("{POLICIES}?filter=user_labels.owner%3D%22other%22"), Value::Null);
    assert_eq!(found, json!({}));
}

#[test]
fn what_google_refuses_of_a_policy() {
    let mut t = Testing::new();
    let condition = "Field alert_policy.conditions[0]";
    for (pointer, value, text) in [
        (
            "/combiner",
            Value::Null,
            "Field alert_policy.combiner had an invalid value of \"COMBINE_UNSPECIFIED\"",
        ),
        ("/conditions", json!([]), "from one to six conditions"),
        ("/conditions", json!([{"displayName": "c"}]), "Condition subtype (e.g. \"condition_absent\""),
        ("/userLabels/Owner", json!("x"), "Label keys must begin with a lowercase letter"),
        ("/userLabels/owner", json!("A"), "Label values can hold only"),
        (
            "/notificationChannels",
            json!(["projects/p/notificationChannels/1"]),
            "The notification channel does not exist",
        ),
        ("/name", json!("projects/p/alertPolicies/1"), "Field must be empty"),
        ("/documentation", json!({"content": "x".repeat(8193)}), "8,192"),
        ("/documentation", json!({"content": "x", "mimeType": "text/html"}), "text/markdown"),
        (
            "/alertStrategy",
            json!({"notificationRateLimit": {"period": "300s"}}),
            "must not specify a notification rate limit",
        ),
        (
            &format!("{AT}/filter") as &str,
            json!("metric.type=\"run.googleapis.com/request_count\""),
            "must specify a restriction on \"resource.type\" in the filter; see",
        ),
        (
            &format!("{AT}/filter"),
            json!("resource.type=\"cloud_run_revision\""),
            "must specify a restriction on \"metric.type\"",
        ),
        (
            &format!("{AT}/filter"),
            json!("resource.type=\"iam_role\" AND metric.type=\"run.googleapis.com/request_count\""),
            "The filter contains unknown resource type: iam_role",
        ),
        (&format!("{AT}/filter"), json!("resource.type="), "Could not parse filter"),
        (&format!("{AT}/denominatorAggregations"), Value::Null, "Denominator aggregations must be specified"),
        (&format!("{AT}/denominatorAggregations/0/alignmentPeriod"), json!("60s"), "same alignment period"),
        (
            &format!("{AT}/denominatorAggregations/0/groupByFields"),
            json!(["resource.label.location"]),
            "same labels",
        ),
        (&format!("{AT}/denominatorFilter"), Value::Null, "need a denominator filter"),
        (
            &format!("{AT}/aggregations/0/alignmentPeriod"),
            json!("450s"),
            "had an invalid value of \"{\"seconds\":450}\": alignment period must be in multiples of one minute",
        ),
        (
            &format!("{AT}/aggregations/0/alignmentPeriod"),
            Value::Null,
            "An alignment period must be specified",
        ),
        (
            &format!("{AT}/aggregations/0/perSeriesAligner"),
            Value::Null,
            "A per-series aligner other than ALIGN_NONE",
        ),
        (
            &format!("{AT}/aggregations/0/perSeriesAligner"),
            json!("ALIGN_NEXT_OLDER"),
            "The aligner cannot be applied to metrics with kind DELTA and value type INT64.",
        ),
        (
            &format!("{AT}/aggregations/0/crossSeriesReducer"),
            json!("REDUCE_COUNT_TRUE"),
            "The reducer cannot be applied",
        ),
        (&format!("{AT}/comparison"), json!("COMPARISON_GE"), "Only COMPARISON_LT and COMPARISON_GT"),
        (&format!("{AT}/duration"), json!("90s"), "multiples of one minute"),
        (&format!("{AT}/duration"), Value::Null, "A duration is required"),
        (&format!("{AT}/trigger"), json!({"count": 1, "percent": 2.0}), "oneof field 'type' is already set"),
    ] {
        let (status, said) = t.refused("POST", HOST, POLICIES, with(ratio(), pointer, value));
        assert!(status == 400 && said.contains(text), "{pointer}: {said}");
        assert!(
            !pointer.starts_with(AT)
                || said.starts_with(condition)
                || said.starts_with("Field aggregation")
                || said.contains("oneof"),
            "{said}"
        );
    }
    let both = with(ratio(), "/conditions/0/conditionAbsent", json!({"filter": "x", "duration": "300s"}));
    let (_, said) = t.refused("POST", HOST, POLICIES, both);
    assert_eq!(
        said,
        "Invalid value at 'alert_policy.conditions[0]' (oneof), oneof field 'condition' is already set. Cannot set 'conditionAbsent'"
    );
    let group = with(
        with(ratio(), &format!("{AT}/aggregations/0/crossSeriesReducer"), Value::Null),
        &format!("{AT}/aggregations/0/groupByFields"),
        json!(["resource.label.location"]),
    );
    assert_eq!(
        t.refused("POST", HOST, POLICIES, group).1,
        "An aggregation cannot have group-by fields without a reducer."
    );
    assert_eq!(t.ok("GET", HOST, POLICIES, Value::Null), json!({}), "nothing was made");
}

#[test]
fn a_log_based_metric_must_exist_before_a_policy_watches_it() {
    let mut t = Testing::new();
    let filter =
        "resource.type=\"cloud_run_revision\" AND metric.type=\"logging.googleapis.com/user/errors\"";
    let policy = with(ratio(), &format!("{AT}/filter"), json!(filter));
    let text = "Cannot find metric(s) that match type = \"logging.googleapis.com/user/errors\". If a metric was created \
                recently, it could take up to 10 minutes to become available. Please try again soon.";
    assert_eq!(t.refused("POST", HOST, POLICIES, policy.clone()), (404, text.to_owned()));
    let metric = json!({"name": "errors", "filter": "severity>=ERROR"});
    t.ok("POST", "logging.googleapis.com", "/v2/projects/p/metrics", metric.clone());
    t.ok("POST", HOST, POLICIES, policy.clone());
    let unknown =
        json!("resource.type=\"cloud_run_revision\" metric.type=\"run.googleapis.com/request_cuont\"");
    assert_eq!(t.refused("POST", HOST, POLICIES, with(ratio(), &format!("{AT}/filter"), unknown)).0, 404);

    let mut slow = Testing::slow();
    slow.ok("POST", "logging.googleapis.com", "/v2/projects/p/metrics", metric);
    assert_eq!(slow.refused("POST", HOST, POLICIES, policy).0, 404, "a new metric is not seen at once");
}

#[test]
fn a_patch_without_a_mask_replaces_everything() {
    let mut t = Testing::new();
    let made = t.ok("POST", HOST, POLICIES, ratio());
    let name = format!("/v3/{}", made["name"].as_str().unwrap());
    let kept =
        t.ok("PATCH", HOST, &format!("{name}?updateMask=display_name"), json!({"displayName": "other"}));
    assert_eq!((&kept["displayName"], &kept["userLabels"]["owner"]), (&json!("other"), &json!("deploy-all")));
    assert_eq!(kept["conditions"][0]["name"], made["conditions"][0]["name"]);
    let replaced = t.ok("PATCH", HOST, &name, with(ratio(), "/userLabels", Value::Null));
    assert!(replaced["userLabels"].is_null());
    assert_eq!((&replaced["displayName"], &replaced["name"]), (&json!("ratio"), &made["name"]));
    assert_ne!(replaced["conditions"][0]["name"], made["conditions"][0]["name"]);
    assert_eq!(replaced["creationRecord"], made["creationRecord"]);
    assert_eq!(t.refused("PATCH", HOST, &format!("{name}?updateMask=nope"), json!({})).0, 400);
    t.ok("DELETE", HOST, &name, Value::Null);
    assert_eq!(t.refused("PATCH", HOST, &name, ratio()).0, 404);
}

#[test]
fn promql_is_judged_as_far_as_it_can_be() {
    let mut t = Testing::new();
    let policy = |condition: Value| {
        json!({"displayName": "q", "combiner": "OR",
               "conditions": [{"displayName": "c", "conditionPrometheusQueryLanguage": condition}]})
    };
    let good = "max by (quota_metric) (serviceruntime_googleapis_com:quota_allocation_usage) / 2 > 0.8";
    let made = t.ok(
        "POST",
        HOST,
        POLICIES,
        policy(json!({"query": good, "duration": "300s", "evaluationInterval": "60s"})),
    );
    assert_eq!(made["conditions"][0]["conditionPrometheusQueryLanguage"]["evaluationInterval"], "60s");
    let latency = "histogram_quantile(0.95, rate(run_googleapis_com:request_latencies_bucket[5m]))";
    t.ok("POST", HOST, POLICIES, policy(json!({"query": latency})));
    for (condition, text) in [
        (json!({"query": ""}), "must not be empty"),
        (json!({"query": "sum(up"}), "unclosed left parenthesis"),
        (json!({"query": "sum(up)]"}), "unexpected \"]\""),
        (json!({"query": good, "evaluationInterval": "45s"}), "positive multiple of 30 seconds"),
        (json!({"query": good, "labels": {"a-b": "c"}}), "Prometheus label name"),
        (json!({"query": "serviceruntime_googleapis_com:quota_use > 1"}), "Cannot find metric(s)"),
    ] {
        let (_, said) = t.refused("POST", HOST, POLICIES, policy(condition));
        assert!(said.contains(text), "{said}");
    }
}

#[test]
fn a_channel_fits_its_descriptor() {
    let mut t = Testing::new();
    let email = json!({"type": "email", "displayName": "mail", "labels": {"email_address": "a@b.example"}});
    let made = t.ok("POST", HOST, CHANNELS, email);
    assert_eq!(made["enabled"], true);
    for (body, text) in [
        (json!({"type": "pigeon"}), "Unrecognized notification channel type"),
        (json!({"type": "email"}), "Missing required label \"email_address\""),
        (
            json!({"type": "email", "labels": {"email_address": "nobody"}}),
            "labels['email_address'] had an invalid value of \"nobody\"",
        ),
        (json!({"type": "email", "labels": {"email_address": "a@b.c", "x": "y"}}), "Unrecognized label"),
        (
            json!({"name": "projects/p/notificationChannels/1", "type": "email"}),
            "name.channel_id_part had an invalid value of \"1\": Field must be empty.",
        ),
    ] {
        let (_, said) = t.refused("POST", HOST, CHANNELS, body);
        assert!(said.contains(text), "{said}");
    }
    let filtered = t.ok("GET", HOST, &format!("{CHANNELS}?filter=type%3D%22email%22"), Value::Null);
    assert_eq!(filtered["notificationChannels"].as_array().map(Vec::len), Some(1));

    let channel = made["name"].as_str().unwrap().to_owned();
    t.ok("POST", HOST, POLICIES, with(ratio(), "/notificationChannels", json!([channel])));
    assert_eq!(t.refused("DELETE", HOST, &format!("/v3/{channel}?force=False"), Value::Null).0, 400);
    t.ok("DELETE", HOST, &format!("/v3/{channel}?force=True"), Value::Null);
    let policies = t.ok("GET", HOST, POLICIES, Value::Null);
    assert_eq!(policies["alertPolicies"][0]["notificationChannels"], json!([]));

    let hook = json!({"type": "webhook_basicauth", "labels": {"url": "https://h.example", "username": "u", "password": "hunter2"}});
    assert_eq!(t.ok("POST", HOST, CHANNELS, hook)["labels"]["password"], "********");
    assert!(!t.world().shown().to_string().contains("hunter2"));
}

fn uptime() -> Value {
    json!({"displayName": "My Check", "monitoredResource": {"type": "uptime_url", "labels": {"host": "x.run.app", "project_id": "p"}},
           "httpCheck": {"path": "/health", "useSsl": true, "validateSsl": true, "authInfo": {}}, "period": "60s", "timeout": "10s"})
}

#[test]
fn an_uptime_check_keeps_its_target() {
    let mut t = Testing::new();
    let made = t.ok("POST", HOST, CHECKS, uptime());
    let id =
        made["name"].as_str().unwrap().strip_prefix("projects/p/uptimeCheckConfigs/").unwrap().to_owned();
    assert!(id.starts_with("my-check-"), "{id}");
    assert_eq!(
        (&made["httpCheck"]["port"], &made["httpCheck"]["requestMethod"]),
        (&json!(443), &json!("GET"))
    );
    let agent = with(uptime(), "/httpCheck/serviceAgentAuthentication", json!({"type": "OIDC_TOKEN"}));
    let email = "iam/agents/service-111@gcp-sa-monitoring-notification.iam.gserviceaccount.com";
    assert!(!t.world().has(email), "the agent is not there before its first use");
    t.ok("POST", HOST, CHECKS, agent.clone());
    assert!(t.world().has(email));
    for (body, text) in [
        (
            with(uptime(), "/monitoredResource/labels/host", json!("a.b/c")),
            "A host name should not contain '/'",
        ),
        (with(uptime(), "/monitoredResource/labels/host", Value::Null), "missing the label 'host'"),
        (with(uptime(), "/monitoredResource/type", json!("pubsub_topic")), "cannot be checked"),
        (with(uptime(), "/period", json!("120s")), "The only supported values are"),
        (with(uptime(), "/timeout", json!("61s")), "between 1 and 60 seconds"),
        (with(uptime(), "/selectedRegions", json!(["EUROPE", "USA_IOWA"])), "minimum of 3 locations"),
        (with(uptime(), "/tcpCheck", json!({"port": 1})), "oneof field 'check_request_type' is already set"),
        (with(uptime(), "/userLabels", json!({"A": "b"})), "Label keys"),
        (with(agent.clone(), "/httpCheck/authInfo", json!({"username": "u"})), "Do not set both"),
        (with(agent, "/httpCheck/useSsl", json!(false)), "only sent over HTTPS"),
    ] {
        let (_, said) = t.refused("POST", HOST, CHECKS, body);
        assert!(said.contains(text), "{said}");
    }
    let path = format!("{CHECKS}/{id}");
    assert_eq!(t.ok("PATCH", HOST, &path, with(uptime(), "/period", json!("300s")))["period"], "300s");
    let moved = with(uptime(), "/monitoredResource/labels/host", json!("y.run.app"));
    assert_eq!(t.refused("PATCH", HOST, &path, moved).0, 400);

    let watch = format!(
        "resource.type=\"uptime_url\" AND metric.type=\"monitoring.googleapis.com/uptime_check/check_passed\" AND metric.labels.check_id=\"{id}\""
    );
    let condition = json!({"filter": watch, "comparison": "COMPARISON_GT", "thresholdValue": 1, "duration": "60s",
        "aggregations": [{"alignmentPeriod": "1200s", "perSeriesAligner": "ALIGN_NEXT_OLDER",
                          "crossSeriesReducer": "REDUCE_COUNT_FALSE", "groupByFields": ["resource.label.host"]}]});
    let policy = t.ok("POST", HOST, POLICIES, with(ratio(), AT, condition));
    let (status, said) = t.refused("DELETE", HOST, &path, Value::Null);
    assert!(
        status == 400
            && said.starts_with(&format!(
                "Cannot delete check {id}. One or more alerting policies is using it."
            ))
    );
    t.ok("DELETE", HOST, &format!("/v3/{}", policy["name"].as_str().unwrap()), Value::Null);
    t.ok("DELETE", HOST, &path, Value::Null);
}

fn dashboard() -> Value {
    json!({"displayName": "d", "mosaicLayout": {"columns": 12, "tiles": [{"width": 6, "height": 4, "widget": {"title": "w",
        "xyChart": {"dataSets": [{"plotType": "LINE", "timeSeriesQuery": {"timeSeriesFilter": {
            "filter": "metric.type=\"run.googleapis.com/request_latencies\" resource.type=\"cloud_run_revision\"",
            "aggregation": {"alignmentPeriod": "60s", "perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_PERCENTILE_95"}}}}]}}}]}})
}

#[test]
fn a_dashboard_holds_together() {
    let mut t = Testing::new();
    let made = t.ok("POST", HOST, &format!("{DASHBOARDS}?validateOnly=False"), dashboard());
    let name = made["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("projects/111/dashboards/"), "{name}");
    let tile = "/mosaicLayout/tiles/0";
    let set = "/mosaicLayout/tiles/0/widget/xyChart/dataSets/0/timeSeriesQuery";
    for (pointer, value, text) in [
        ("/displayName", Value::Null, "display name"),
        ("/mosaicLayout", Value::Null, "exactly one layout"),
        ("/gridLayout", json!({}), "oneof field 'layout' is already set"),
        ("/mosaicLayout/columns", json!(49), "between 1 and 48"),
        (
            "/mosaicLayout/tiles",
            json!([{"width": 1, "height": 1, "widget": {"blank": {}}}, {"width": 2, "height": 2, "widget": {"blank": {}}}]),
            "must not overlap",
        ),
        (&format!("{tile}/width") as &str, json!(13), "within the specified number of columns"),
        (&format!("{tile}/widget/xyChart"), Value::Null, "A widget must have content"),
        (&format!("{tile}/widget/text"), json!({"content": "x"}), "oneof field 'content' is already set"),
        (&format!("{tile}/widget/xyChart/dataSets"), json!([]), "At least one data set"),
        (
            &format!("{tile}/widget/xyChart/thresholds"),
            json!([{"value": 1, "color": "RED"}]),
            "color is not allowed in a XyChart",
        ),
        (&format!("{set}/prometheusQuery"), json!("up"), "oneof field 'source' is already set"),
        (
            &format!("{set}/timeSeriesFilter/filter"),
            json!("resource.type=\"cloud_run_revision\""),
            "must specify a restriction on \"metric.type\"",
        ),
        (
            &format!("{set}/timeSeriesFilter/aggregation/perSeriesAligner"),
            json!("ALIGN_RATE"),
            "kind DELTA and value type DISTRIBUTION",
        ),
    ] {
        let (_, said) = t.refused("POST", HOST, DASHBOARDS, with(dashboard(), pointer, value));
        assert!(said.contains(text), "{pointer}: {said}");
    }
    t.ok("POST", HOST, &format!("{DASHBOARDS}?validateOnly=True"), dashboard());
    assert_eq!(t.ok("GET", HOST, DASHBOARDS, Value::Null)["dashboards"].as_array().map(Vec::len), Some(1));

    let path = format!("/v1/{name}");
    let changed = t.ok("PATCH", HOST, &path, with(dashboard(), "/etag", made["etag"].clone()));
    assert_ne!(changed["etag"], made["etag"]);
    assert_eq!(t.refused("PATCH", HOST, &path, with(dashboard(), "/etag", made["etag"].clone())).0, 409);
    let named = with(dashboard(), "/name", json!("projects/p/dashboards/mine"));
    assert_eq!(t.ok("POST", HOST, DASHBOARDS, named.clone())["name"], "projects/111/dashboards/mine");
    assert_eq!(t.refused("POST", HOST, DASHBOARDS, named).0, 409);
    t.ok("DELETE", HOST, "/v1/projects/111/dashboards/mine", Value::Null);
}
