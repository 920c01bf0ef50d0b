use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "logging.googleapis.com";

#[test]
fn every_project_has_its_buckets_and_sinks() {
    let mut t = Testing::new();
    let bucket = t.ok("GET", HOST, "/v2/projects/p/locations/global/buckets/_Default", Value::Null);
    assert_eq!(
        (bucket["retentionDays"].as_i64(), bucket["lifecycleState"].as_str()),
        (Some(30), Some("ACTIVE"))
    );
    let all = t.ok("GET", HOST, "/v2/projects/p/locations/-/buckets", Value::Null);
    assert_eq!(all["buckets"].as_array().map(Vec::len), Some(2));
    let sinks = t.ok("GET", HOST, "/v2/projects/p/sinks", Value::Null);
    assert_eq!(sinks["sinks"][1]["name"], "_Required");
    assert!(
        sinks["sinks"][1]["filter"]
            .as_str()
            .unwrap()
            .starts_with("LOG_ID(\"cloudaudit.googleapis.com/activity\") OR")
    );
}

#[test]
fn retention_is_changed_within_its_bounds_only() {
    let mut t = Testing::new();
    let default = "/v2/projects/p/locations/global/buckets/_Default";
    let masked = format!("{default}?updateMask=retention_days");
    assert_eq!(t.ok("PATCH", HOST, &masked, json!({"retentionDays": 90}))["retentionDays"], 90);
    assert_eq!(t.ok("GET", HOST, default, Value::Null)["retentionDays"], 90);
    for days in [0, 3651, -1] {
        assert_eq!(t.refused("PATCH", HOST, &masked, json!({"retentionDays": days})).0, 400);
    }
    assert_eq!(t.refused("PATCH", HOST, default, json!({"retentionDays": 5})).0, 400, "a mask is required");
    let required = "/v2/projects/p/locations/global/buckets/_Required?updateMask=retentionDays";
    assert_eq!(t.refused("PATCH", HOST, required, json!({"retentionDays": 30})).0, 400);
    let missing = "/v2/projects/p/locations/global/buckets/nope?updateMask=retentionDays";
    assert_eq!(t.refused("PATCH", HOST, missing, json!({"retentionDays": 30})).0, 404);
    t.ok("PATCH", HOST, &format!("{default}?updateMask=locked"), json!({"locked": true}));
    assert_eq!(t.refused("PATCH", HOST, &masked, json!({"retentionDays": 10})).0, 400);
}

#[test]
fn a_sink_has_a_writer_and_a_destination_that_can_be() {
    let mut t = Testing::new();
    let sinks = "/v2/projects/p/sinks?uniqueWriterIdentity=True";
    let sink =
        json!({"name": "s", "destination": "storage.googleapis.com/archive", "filter": "severity>=INFO"});
    let made = t.ok("POST", HOST, sinks, sink.clone());
    assert_eq!(made["writerIdentity"], "serviceAccount:service-111@gcp-sa-logging.iam.gserviceaccount.com");
    assert_eq!(t.refused("POST", HOST, sinks, sink).0, 409);
    for destination in [
        "archive",
        "storage.googleapis.com/",
        "gs://archive",
        "storage.googleapis.com/UPPER",
        "logging.googleapis.com/x",
    ] {
        let (status, text) = t.refused("POST", HOST, sinks, json!({"name": "t", "destination": destination}));
        assert_eq!((status, text), (400, format!("Unsupported sink destination: {destination}")));
    }
    let (_, text) = t.refused(
        "POST",
        HOST,
        sinks,
        json!({"name": "t", "destination": "storage.googleapis.com/a-b", "filter": "a=\"b"}),
    );
    assert!(text.starts_with("Unparseable filter: syntax error at line 1, column 3"), "{text}");
    let own = json!({"name": "own", "destination": "logging.googleapis.com/projects/111/locations/global/buckets/_Default"});
    assert!(t.ok("POST", HOST, sinks, own)["writerIdentity"].is_null());

    let patched = t.ok(
        "PATCH",
        HOST,
        "/v2/projects/p/sinks/s?updateMask=filter",
        json!({"destination": "bad", "filter": "severity>=ERROR"}),
    );
    assert_eq!(
        (&patched["filter"], &patched["destination"]),
        (&json!("severity>=ERROR"), &json!("storage.googleapis.com/archive"))
    );
    assert_eq!(patched["writerIdentity"], made["writerIdentity"]);
    t.ok("DELETE", HOST, "/v2/projects/p/sinks/s", Value::Null);
    assert_eq!(
        t.refused("GET", HOST, "/v2/projects/p/sinks/s", Value::Null),
        (404, "Sink s does not exist".into())
    );
}

#[test]
fn a_metric_fits_together() {
    let mut t = Testing::new();
    let metrics = "/v2/projects/p/metrics";
    let made = t.ok(
        "POST",
        HOST,
        metrics,
        json!({"name": "errors", "filter": "severity>=ERROR", "description": "d"}),
    );
    let descriptor = &made["metricDescriptor"];
    assert_eq!(descriptor["type"], "logging.googleapis.com/user/errors");
    assert_eq!(
        (&descriptor["metricKind"], &descriptor["valueType"], &descriptor["unit"]),
        (&json!("DELTA"), &json!("INT64"), &json!("1"))
    );
    assert_eq!(t.refused("POST", HOST, metrics, json!({"name": "errors", "filter": "a=b"})).0, 409);

    let label = json!([{"key": "code"}]);
    for (why, body) in [
        ("no filter", json!({"name": "m"})),
        ("a bad filter", json!({"name": "m", "filter": "a="})),
        (
            "a label without extractor",
            json!({"name": "m", "filter": "a=b", "metricDescriptor": {"labels": label}}),
        ),
        (
            "an extractor without label",
            json!({"name": "m", "filter": "a=b", "labelExtractors": {"code": "EXTRACT(x)"}}),
        ),
        (
            "a bad extractor",
            json!({"name": "m", "filter": "a=b", "metricDescriptor": {"labels": label}, "labelExtractors": {"code": "x"}}),
        ),
        (
            "no capture group",
            json!({"name": "m", "filter": "a=b", "metricDescriptor": {"labels": label}, "labelExtractors": {"code": "REGEXP_EXTRACT(x, \"a\")"}}),
        ),
        (
            "a distribution of nothing",
            json!({"name": "m", "filter": "a=b", "metricDescriptor": {"valueType": "DISTRIBUTION"}}),
        ),
        ("a gauge", json!({"name": "m", "filter": "a=b", "metricDescriptor": {"metricKind": "GAUGE"}})),
        ("a bad name", json!({"name": "/m", "filter": "a=b"})),
    ] {
        assert_eq!(t.refused("POST", HOST, metrics, body).0, 400, "{why}");
    }
    t.ok("POST", HOST, metrics, json!({"name": "n/m", "filter": "a=b", "metricDescriptor": {"labels": label, "valueType": "DISTRIBUTION"},
        "valueExtractor": "EXTRACT(httpRequest.latency)", "labelExtractors": {"code": "REGEXP_EXTRACT(x, \"(a)\")"}}));
    let put = t.ok(
        "PUT",
        HOST,
        "/v2/projects/p/metrics/errors",
        json!({"name": "errors", "filter": "severity>=WARNING"}),
    );
    assert_eq!(put["createTime"], made["createTime"]);
    let (status, _) = t.refused(
        "PUT",
        HOST,
        "/v2/projects/p/metrics/errors",
        json!({"name": "errors", "filter": "a=b",
        "metricDescriptor": {"valueType": "DISTRIBUTION"}, "valueExtractor": "EXTRACT(x)"}),
    );
    assert_eq!(status, 400);
    t.ok("DELETE", HOST, "/v2/projects/p/metrics/n%2Fm", Value::Null);
    assert_eq!(t.ok("GET", HOST, metrics, Value::Null)["metrics"].as_array().map(Vec::len), Some(1));
}

#[test]
fn entries_come_back_by_filter() {
    let mut t = Testing::new();
    let entry = |severity: &str| json!({"severity": severity, "textPayload": severity});
    t.ok(
        "POST",
        HOST,
        "/v2/entries:write",
        json!({"logName": "projects/p/logs/app", "resource": {"type": "global"},
        "entries": [entry("INFO"), entry("ERROR"), entry("CRITICAL")]}),
    );
    let read = json!({"resourceNames": ["projects/p"], "filter": "severity>=ERROR", "orderBy": "timestamp desc", "pageSize": 1});
    let page = t.ok("POST", HOST, "/v2/entries:list", read.clone());
    assert_eq!(page["entries"].as_array().map(Vec::len), Some(1));
    let mut more = read;
    more["pageToken"] = page["nextPageToken"].clone();
    assert!(t.ok("POST", HOST, "/v2/entries:list", more)["nextPageToken"].is_null());
    assert_eq!(
        t.refused("POST", HOST, "/v2/entries:list", json!({"resourceNames": ["projects/strange"]})).0,
        403
    );
}
