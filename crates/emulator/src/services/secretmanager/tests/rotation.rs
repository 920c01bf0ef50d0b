use super::{HOST, SECRETS, TOPIC, ahead, create, heard, kinds, listen};
use crate::testing::Testing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const WEEK: i64 = 604_800;

fn listening() -> Testing {
    let mut t = Testing::new();
    listen(&mut t);
    t
}

/// A secret that is rotated in an hour, and every week from then on.
fn rotating() -> (Testing, String) {
    let mut t = listening();
    let next = ahead(&mut t, 3600);
    let rotation = json!({"nextRotationTime": next, "rotationPeriod": "604800s"});
    let (status, answer) = create(&mut t, "s", json!({"topics": [{"name": TOPIC}], "rotation": rotation}));
    assert_eq!(status, 200, "{answer}");
    heard(&mut t);
    (t, next)
}

fn shown(t: &mut Testing) -> Value {
    t.ok("GET", HOST, &format!("{SECRETS}/s"), Value::Null)
}

fn patch(t: &mut Testing, mask: &str, body: Value) -> (u16, Value) {
    t.call("PATCH", HOST, &format!("{SECRETS}/s?updateMask={mask}"), body)
}

fn refusal((code, answer): (u16, Value)) -> (u16, String, String) {
    let text = |field: &str| answer["error"][field].as_str().unwrap_or_default().to_owned();
    (code, text("status"), text("message"))
}

fn invalid(text: &str) -> (u16, String, String) {
    (400, "INVALID_ARGUMENT".to_owned(), text.to_owned())
}

fn unmet(text: &str) -> (u16, String, String) {
    (400, "FAILED_PRECONDITION".to_owned(), text.to_owned())
}

const NO_TOPIC: &str = "There must be at least one topic configured when a Rotation policy is set.";
const NO_TIME: &str = "Next rotation time must be set while the rotation period is set.";

#[test]
fn a_rotation_has_limits() {
    let mut t = listening();
    let (soon, fine, far) = (ahead(&mut t, 298), ahead(&mut t, 400), ahead(&mut t, 876_001 * 3600));
    let mut with = |rotation: Value| {
        refusal(create(&mut t, "s", json!({"topics": [{"name": TOPIC}], "rotation": rotation})))
    };
    let early = "Next rotation time must be at least [5m] in the future.";
    assert_eq!(with(json!({"nextRotationTime": soon})), invalid(early));
    assert_eq!(with(json!({"nextRotationTime": "2001-01-01T00:00:00Z"})), invalid(early));
    let late = "Next rotation time cannot be more than [876000h] from now.";
    assert_eq!(with(json!({"nextRotationTime": far})), invalid(late));
    let short = "Rotation period cannot be shorter than [1h].";
    assert_eq!(with(json!({"nextRotationTime": fine, "rotationPeriod": "3599s"})), invalid(short));
    let long = "Rotation period cannot be longer than [876000h].";
    assert_eq!(with(json!({"nextRotationTime": fine, "rotationPeriod": "3153600001s"})), invalid(long));
    assert_eq!(with(json!({"rotationPeriod": "7200s"})), unmet(NO_TIME));
    let (code, status, text) = with(json!({"nextRotationTime": fine, "rotationPeriod": "30d"}));
    assert_eq!((code, status.as_str()), (400, "INVALID_ARGUMENT"));
    assert!(
        text.ends_with("Field 'rotationPeriod', Illegal duration format; duration must end with 's'"),
        "{text}"
    );
    let (_, _, text) = with(json!({"nextRotationTime": "tomorrow"}));
    assert!(text.contains("Field 'nextRotationTime'"), "{text}");
    assert_eq!(
        refusal(create(
            &mut t,
            "s",
            json!({"rotation": {"nextRotationTime": fine, "rotationPeriod": "7200s"}})
        )),
        invalid(NO_TOPIC)
    );
}

#[test]
fn what_was_sent_is_shown_as_google_writes_it() {
    let mut t = listening();
    let rotation = json!({"nextRotationTime": "2099-01-01T02:00:00+02:00", "rotationPeriod": "7776000.0s"});
    create(&mut t, "s", json!({"topics": [{"name": TOPIC}], "rotation": rotation}));
    let shown = shown(&mut t);
    assert_eq!(
        shown["rotation"],
        json!({"nextRotationTime": "2099-01-01T00:00:00Z", "rotationPeriod": "7776000s"})
    );
    assert_eq!(shown["topics"], json!([{"name": TOPIC}]));
    assert_eq!(t.ok("GET", HOST, SECRETS, Value::Null)["secrets"][0], shown);
}

#[test]
fn an_update_is_judged_by_what_it_leaves() {
    let (mut t, next) = rotating();
    assert_eq!(refusal(patch(&mut t, "topics", json!({}))), invalid(NO_TOPIC));
    assert_eq!(refusal(patch(&mut t, "rotation.next_rotation_time", json!({}))), unmet(NO_TIME));
    // The time is kept where only the period is sent, and is not looked at again however near it is.
    t.advance(3500);
    let period = json!({"rotation": {"rotationPeriod": "86400s"}});
    let (status, answer) = patch(&mut t, "rotation.rotation_period", period);
    assert_eq!(
        (status, &answer["rotation"]),
        (200, &json!({"nextRotationTime": next, "rotationPeriod": "86400s"}))
    );
    let later = ahead(&mut t, 9000);
    let time = json!({"rotation": {"nextRotationTime": later, "rotationPeriod": "1s"}});
    let (_, answer) = patch(&mut t, "rotation.nextRotationTime", time);
    assert_eq!(answer["rotation"], json!({"nextRotationTime": later, "rotationPeriod": "86400s"}));
    let short = json!({"rotation": {"nextRotationTime": later, "rotationPeriod": "1s"}});
    assert_eq!(
        refusal(patch(&mut t, "rotation", short)),
        invalid("Rotation period cannot be shorter than [1h].")
    );
    let (_, answer) = patch(&mut t, "rotation.rotation_period", json!({}));
    assert_eq!(answer["rotation"], json!({"nextRotationTime": later}), "once");
    assert_eq!(refusal(patch(&mut t, "rotation.rotation_period", json!({}))).0, 200);
    let (_, answer) = patch(&mut t, "rotation.next_rotation_time,rotation.rotation_period", json!({}));
    assert!(answer.get("rotation").is_none(), "{answer}");
    let period = json!({"rotation": {"rotationPeriod": "86400s"}});
    assert_eq!(refusal(patch(&mut t, "rotation.rotation_period", period)), unmet(NO_TIME));
    let (status, answer) = patch(&mut t, "topics", json!({}));
    assert!(status == 200 && answer.get("topics").is_none(), "{answer}");
    let rotation = json!({"rotation": {"nextRotationTime": later, "rotationPeriod": "86400s"}});
    assert_eq!(refusal(patch(&mut t, "rotation", rotation)), invalid(NO_TOPIC));
}

#[test]
fn both_go_and_come_in_one_update() {
    let (mut t, _) = rotating();
    let (status, answer) = patch(&mut t, "rotation,topics", json!({}));
    assert!(status == 200 && answer.get("rotation").is_none() && answer.get("topics").is_none(), "{answer}");
    let next = ahead(&mut t, 4000);
    let body = json!({"topics": [{"name": TOPIC}], "rotation": {"nextRotationTime": next}});
    assert_eq!(
        patch(&mut t, "topics,rotation.next_rotation_time", body).1["rotation"],
        json!({"nextRotationTime": next})
    );
}

#[test]
fn at_its_time_the_topics_are_told_and_the_next_time_is_set() {
    let (mut t, next) = rotating();
    let before = shown(&mut t);
    t.advance(3590);
    assert!(heard(&mut t).is_empty());
    t.advance(20);
    let told = heard(&mut t);
    assert_eq!(told.len(), 1, "{told:?}");
    let attributes = &told[0]["attributes"];
    assert_eq!(attributes["eventType"], "SECRET_ROTATE");
    assert_eq!(attributes["secretId"], "projects/111/secrets/s");
    assert_eq!(attributes["dataFormat"], "JSON_API_V1");
    let at: jiff::Timestamp = attributes["timestamp"].as_str().unwrap().parse().unwrap();
    assert_eq!(at, next.parse().unwrap());
    assert!(attributes.get("versionId").is_none());
    let data = STANDARD.decode(told[0]["data"].as_str().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&data).unwrap(), before);
    let at: jiff::Timestamp = next.parse().unwrap();
    let second = at.checked_add(jiff::SignedDuration::from_secs(WEEK)).unwrap();
    let after = shown(&mut t);
    assert_eq!(after["rotation"]["nextRotationTime"], json!(second.to_string()));
    assert_ne!(after["etag"], before["etag"]);
    assert!(heard(&mut t).is_empty(), "once");
}

#[test]
fn times_that_nobody_saw_pass_are_told_one_by_one() {
    let (mut t, _) = rotating();
    patch(&mut t, "rotation.rotation_period", json!({"rotation": {"rotationPeriod": "86400s"}}));
    heard(&mut t);
    // Nine times, and no request in between; the first two messages are older than the subscription keeps one by then.
    t.advance(3700 + 8 * 86_400);
    assert_eq!(kinds(&mut t), ["SECRET_ROTATE"; 7]);
    let next: jiff::Timestamp =
        shown(&mut t)["rotation"]["nextRotationTime"].as_str().unwrap().parse().unwrap();
    assert!(next > t.world().now);
    t.advance(u32::MAX);
    let next: jiff::Timestamp =
        shown(&mut t)["rotation"]["nextRotationTime"].as_str().unwrap().parse().unwrap();
    assert!(next > t.world().now);
}

#[test]
fn without_a_period_it_is_for_once() {
    let mut t = listening();
    let next = ahead(&mut t, 400);
    create(&mut t, "s", json!({"topics": [{"name": TOPIC}], "rotation": {"nextRotationTime": next}}));
    heard(&mut t);
    t.advance(401);
    assert!(shown(&mut t).get("rotation").is_none());
    assert_eq!(kinds(&mut t), ["SECRET_ROTATE"]);
}

#[test]
fn a_topic_that_is_gone_is_not_told_and_the_schedule_goes_on() {
    let (mut t, next) = rotating();
    t.ok("DELETE", "pubsub.googleapis.com", "/v1/projects/p/topics/news", Value::Null);
    t.advance(3601);
    assert!(heard(&mut t).is_empty());
    assert_ne!(shown(&mut t)["rotation"]["nextRotationTime"], json!(next));
}

#[test]
fn a_restart_forgets_neither_the_schedule_nor_the_clock() {
    let (mut t, _) = rotating();
    t.advance(3500);
    let saved = serde_json::to_string(&*t.world()).unwrap();
    let mut again = Testing::empty();
    *again.world() = serde_json::from_str(&saved).unwrap();
    assert!(heard(&mut again).is_empty());
    again.advance(200);
    assert_eq!(kinds(&mut again), ["SECRET_ROTATE"]);
}
