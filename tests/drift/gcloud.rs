//! The same once through the real gcloud: one value, one update; one change behind its back, seen and put right. Only the steps in
//! question: a gcloud process is a second, and `keys` and `world` look at all of them.

use crate::stage::{Stage, lines};
use serde_json::json;
use support::Lab;

const REDIS: &str = "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache";
const RULE: &str = "compute/projects/codementor-dev/global/firewalls/codementor-vpc-allow-ssh";

#[test]
fn one_value_is_one_update_and_what_is_changed_behind_its_back_is_put_right() {
    let Some(lab) = Lab::new() else { return };
    lab.quick(&["--yes", "--wait-scale", "0"]).expect(0);
    let real = |arguments: &[&str]| {
        let more = ["--set", "redis.memory_gb=2", "--wait-scale", "0", "--output", "json"];
        let requests = lab.emulator.requests().len();
        let finished = lab.deploy_all(&[arguments, &more].concat());
        (lines(&Stage::planned(&finished)), lab.emulator.writes(requests), finished)
    };

    let (planned, writes, finished) = real(&["--yes", "--from", "03", "--until", "03"]);
    finished.expect(0);
    assert_eq!(planned, ["~ redis-instance/codementor-cache memory_gb 1 -> 2"]);
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert!(
        writes[0]["method"] == "PATCH"
            && writes[0]["path"].as_str().is_some_and(|p| p.contains("codementor-cache"))
    );
    assert_eq!(lab.emulator.object(REDIS)["memorySizeGb"], 2);

    let mut rule = lab.emulator.object(RULE);
    rule["sourceRanges"] = json!(["0.0.0.0/0"]);
    lab.emulator.arrange(&json!([{"key": RULE, "data": rule}]));
    let seen = ["~ firewall-rule/codementor-vpc-allow-ssh source_ranges 0.0.0.0/0 -> 35.235.240.0/20"];
    let (planned, writes, finished) = real(&["plan", "--exit-code", "--until", "01"]);
    finished.expect(3);
    assert_eq!((planned, writes.len()), (seen.map(str::to_owned).to_vec(), 0));

    let (planned, writes, finished) = real(&["--yes", "--until", "01"]);
    finished.expect(0);
    assert_eq!((planned, writes.len()), (seen.map(str::to_owned).to_vec(), 1));
    assert_eq!(lab.emulator.object(RULE)["sourceRanges"], json!(["35.235.240.0/20"]));
    assert_eq!(lab.emulator.violations(), json!([]));
}
