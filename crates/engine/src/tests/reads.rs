use crate::testing::{Gcloud, Reply, reader, writer};
use crate::{Address, Error};
use gcloud::{Kind, gcloud};
use serde_json::json;
use std::sync::Arc;

fn denied() -> Reply {
    Reply::error(
        "[ada@example.com] does not have permission to access projects instance [p-one] (or it may not exist): no",
    )
}

#[test]
fn the_same_read_is_made_once_and_absence_is_remembered_too() {
    let gcloud = Arc::new(
        Gcloud::new().on("things describe a", Reply::not_found()).on("things list", Reply::json(json!([1]))),
    );
    let cloud = reader(&gcloud);
    for _ in 0..3 {
        assert_eq!(cloud.find(gcloud!["things describe", "a"]).unwrap(), None);
        assert_eq!(cloud.list(gcloud!["things list"]).unwrap(), [json!(1)]);
    }
    assert_eq!(gcloud.calls().len(), 2);
}

#[test]
fn a_list_that_is_not_found_is_an_error() {
    let gcloud = Arc::new(
        Gcloud::new().on("things list", Reply::not_found()).on("things all", Reply::json(json!({}))),
    );
    let cloud = reader(&gcloud);
    assert_eq!(cloud.list(gcloud!["things list"]).unwrap_err().kind(), Some(&Kind::NotFound));
    assert!(matches!(cloud.list(gcloud!["things all"]), Err(Error::Answer { .. })));
}

#[test]
fn an_answer_without_a_word_proves_nothing() {
    let gcloud = Arc::new(Gcloud::new().on("things", Reply::text("\n")));
    let cloud = reader(&gcloud);
    assert_eq!(cloud.list(gcloud!["things list"]).unwrap_err().kind(), Some(&Kind::Answer));
    assert_eq!(cloud.find(gcloud!["things describe", "a"]).unwrap_err().kind(), Some(&Kind::Answer));
}

#[test]
fn a_refusal_is_absence_only_if_the_list_says_so() {
    let ask = |list: Reply| {
        let gcloud = Arc::new(Gcloud::new().on("projects describe", denied()).on("projects list", list));
        let is_it = |row: &serde_json::Value| row["projectId"] == "p-one";
        let found = reader(&gcloud).find_or_denied(
            gcloud!["projects describe", "p-one"],
            gcloud!["projects list"],
            is_it,
        );
        (found, gcloud.calls().len())
    };
    assert!(matches!(ask(Reply::json(json!([]))), (Ok(None), 2)));
    let (found, _) = ask(Reply::json(json!([{"projectId": "p-one"}])));
    assert_eq!(found.unwrap_err().kind(), Some(&Kind::Hidden));
    let (found, _) = ask(Reply::error("UNAUTHENTICATED: who are you"));
    assert!(found.is_err());
    let (found, _) = (reader(&Arc::new(Gcloud::new().on("x", denied()))).find(gcloud!["x"]), ());
    assert!(found.is_err(), "without a list it proves nothing");
}

#[test]
fn reads_are_repeated_when_google_fails_and_not_when_it_refuses() {
    let down = Reply::error("UNAVAILABLE: The service is currently unavailable.");
    let there = || Gcloud::new().on("things describe", Reply::json(json!({})));
    let gcloud = Arc::new(there().in_turn("things describe", [down.clone(), down]));
    assert!(reader(&gcloud).find(gcloud!["things describe", "a"]).unwrap().is_some());
    assert_eq!(gcloud.calls().len(), 3);
    let gcloud = Arc::new(there().in_turn("things describe", [denied()]));
    assert!(reader(&gcloud).find(gcloud!["things describe", "a"]).is_err());
    assert_eq!(gcloud.calls().len(), 1);
}

#[test]
fn a_change_makes_reads_of_its_group_stale_and_no_others() {
    let gcloud =
        Arc::new(Gcloud::new().on("sql", Reply::json(json!([]))).on("secrets", Reply::json(json!([]))));
    let cloud = writer(&gcloud, &Address::new("secret", "s"));
    let read = || {
        cloud.list(gcloud!["sql instances list"]).unwrap();
        cloud.list(gcloud!["secrets list"]).unwrap();
    };
    read();
    cloud.change(gcloud!["secrets create", "s"]).unwrap();
    read();
    assert_eq!(gcloud.calls_of("sql").len(), 1);
    assert_eq!(gcloud.calls_of("secrets list").len(), 2);
    cloud.remember(&gcloud!["secrets list"], json!([7]));
    assert_eq!(cloud.list(gcloud!["secrets list"]).unwrap(), [json!(7)]);
}

#[test]
fn generated_secrets_are_long_plain_and_never_the_same() {
    let cloud = writer(&Arc::new(Gcloud::new()), &Address::new("secret", "s"));
    let (one, two) = (cloud.generate_secret(32), cloud.generate_secret(32));
    assert_ne!(one.expose(), two.expose());
    assert!(one.expose().len() == 32 && one.expose().bytes().all(|byte| byte.is_ascii_alphanumeric()));
}
