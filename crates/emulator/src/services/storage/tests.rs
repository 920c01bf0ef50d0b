use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "storage.googleapis.com";
const B: &str = "/storage/v1/b";

fn body(name: &str) -> Value {
    json!({"name": name, "location": "us-central1", "iamConfiguration": {
        "publicAccessPrevention": "enforced", "uniformBucketLevelAccess": {"enabled": true}}})
}

fn made() -> Testing {
    let mut t = Testing::new();
    t.ok("POST", HOST, &format!("{B}?project=p"), body("bucket-1"));
    t
}

#[test]
fn a_bucket_lives_and_dies() {
    let mut t = made();
    let found = t.ok("GET", HOST, &format!("{B}/bucket-1?projection=full"), Value::Null);
    assert_eq!((&found["location"], &found["locationType"]), (&json!("US-CENTRAL1"), &json!("region")));
    assert_eq!((&found["projectNumber"], &found["metageneration"]), (&json!("111"), &json!("1")));
    assert_eq!(found["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], true);
    let layout = t.ok("GET", HOST, &format!("{B}/bucket-1/storageLayout"), Value::Null);
    assert_eq!((&layout["bucket"], &layout["location"]), (&json!("bucket-1"), &json!("US-CENTRAL1")));
    assert!(t.ok("GET", HOST, &format!("{B}/bucket-1/managedFolders"), Value::Null)["items"].is_null());
    let rules = json!({"lifecycle": {"rule": [{"action": {"type": "Delete"}, "condition": {"age": 30}}]}});
    let found = t.ok("PATCH", HOST, &format!("{B}/bucket-1"), rules);
    assert_eq!((&found["metageneration"], &found["storageClass"]), (&json!("2"), &json!("STANDARD")));
    assert_eq!(found["lifecycle"]["rule"][0]["condition"]["age"], 30);
    let found = t.ok("PATCH", HOST, &format!("{B}/bucket-1"), json!({"lifecycle": null}));
    assert!(found["lifecycle"].is_null());
    assert_eq!(t.refused("PATCH", HOST, &format!("{B}/bucket-1?ifMetagenerationMatch=1"), json!({})).0, 412);
    t.ok("POST", HOST, &format!("{B}?project=p"), body("other"));
    let listed = t.ok("GET", HOST, &format!("{B}?project=111&prefix=bucket"), Value::Null);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(t.call("DELETE", HOST, &format!("{B}/bucket-1"), Value::Null).0, 204);
    let (status, answer) = t.call("GET", HOST, &format!("{B}/bucket-1"), Value::Null);
    assert_eq!(status, 404);
    assert!(answer["error"]["status"].is_null() && answer["error"]["errors"][0]["reason"] == "notFound");
}

#[test]
fn names_belong_to_everybody() {
    let mut t = made();
    let again = t.refused("POST", HOST, &format!("{B}?project=p"), body("bucket-1"));
    assert!(again.0 == 409 && again.1.contains("you already own it"), "{again:?}");
    t.world().put("storage/b/theirs", json!({"name": "theirs", "projectNumber": "999"}));
    let taken = t.refused("POST", HOST, &format!("{B}?project=p"), body("theirs"));
    assert!(taken.0 == 409 && taken.1.contains("is not available"), "{taken:?}");
    for name in ["ab", "Upper", "-a-", "goog-x", "my-google", "1.2.3.4", "a..b", &"a".repeat(64)] {
        assert_eq!(
            t.refused("POST", HOST, &format!("{B}?project=p"), body(name)).1,
            format!("Invalid bucket name: '{name}'")
        );
    }
    assert!(
        t.refused("POST", HOST, &format!("{B}?project=p"), body("www.example.com")).1.contains("domain name")
    );
}

#[test]
fn what_google_refuses() {
    let mut t = made();
    let with = |field: &str, value: Value| {
        let mut body = body("bucket-2");
        body[field] = value;
        body
    };
    let lifecycle = |rule: Value| with("lifecycle", json!({"rule": [rule]}));
    for (body, wanted) in [
        (with("location", json!("moon")), "location constraint"),
        (with("storageClass", json!("GOLD")), "storage class"),
        (lifecycle(json!({"action": {"type": "Burn"}, "condition": {"age": 1}})), "action type"),
        (lifecycle(json!({"action": {"type": "Delete"}, "condition": {}})), "at least one condition"),
        (with("labels", json!({"A": "b"})), "label"),
        (with("bogus", json!(1)), "Cannot find field"),
    ] {
        let (status, text) = t.refused("POST", HOST, &format!("{B}?project=p"), body);
        assert!(status == 400 && text.contains(wanted), "{wanted}: {text}");
    }
    assert_eq!(t.refused("POST", HOST, &format!("{B}?project=none"), body("bucket-2")).0, 403);
    assert!(
        t.refused("PATCH", HOST, &format!("{B}/bucket-1"), json!({"location": "EU"}))
            .1
            .contains("cannot be changed")
    );
    t.world().remove("cloudbilling/projects/p/billingInfo");
    assert!(
        t.refused("POST", HOST, &format!("{B}?project=p"), body("bucket-2")).1.contains("billing account")
    );
    t.world().remove("serviceusage/projects/p/services/storage.googleapis.com");
    t.world().remove("serviceusage/projects/p/services/storage-api.googleapis.com");
    assert_eq!(t.refused("GET", HOST, &format!("{B}/bucket-1"), Value::Null).0, 403);
}

#[test]
fn a_policy_is_guarded_by_its_etag_and_by_public_access_prevention() {
    let mut t = made();
    let target = format!("{B}/bucket-1/iam");
    let policy = t.ok(
        "GET",
        HOST,
        &format!("{target}?optionsRequestedPolicyVersion=3&fields=bindings,etag"),
        Value::Null,
    );
    assert_eq!(policy["bindings"][0]["role"], "roles/storage.legacyBucketOwner");
    let mut wanted = policy.clone();
    wanted["bindings"]
        .as_array_mut()
        .unwrap()
        .push(json!({"role": "roles/storage.objectViewer", "members": ["user:a@b.c"]}));
    t.ok("PUT", HOST, &target, wanted.clone());
    let (status, answer) = t.call("PUT", HOST, &target, wanted.clone());
    assert_eq!((status, &answer["error"]["errors"][0]["reason"]), (412, &json!("conditionNotMet")));
    wanted["etag"] = Value::Null;
    wanted["bindings"][0]["members"] = json!(["allUsers"]);
    assert!(t.refused("PUT", HOST, &target, wanted.clone()).1.contains("public access prevention"));
    wanted["bindings"][0]["members"] = json!(["serviceAccount:no@p.iam.gserviceaccount.com"]);
    assert!(t.refused("PUT", HOST, &target, wanted).1.contains("does not exist"));
}

#[test]
fn an_object_is_stored_listed_read_and_guards_its_bucket() {
    let mut t = made();
    t.headers = vec![("content-type".into(), "text/plain".into())];
    let target = "/upload/storage/v1/b/bucket-1/o?uploadType=media&name=dir/a";
    let object = t.ok("POST", HOST, target, json!("hello"));
    assert_eq!((&object["size"], &object["contentType"]), (&json!("7"), &json!("text/plain")));
    assert!(object["mediaLink"].as_str().unwrap().contains("dir%2Fa"));
    assert_eq!(t.refused("POST", HOST, &format!("{target}&ifGenerationMatch=0"), json!("x")).0, 412);
    let listed = t.ok("GET", HOST, &format!("{B}/bucket-1/o?prefix=&delimiter=/"), Value::Null);
    assert_eq!(listed["prefixes"], json!(["dir/"]));
    t.ok("GET", HOST, &format!("{B}/bucket-1/o/dir%2Fa"), Value::Null);
    assert_eq!(
        t.call("GET", HOST, "/download/storage/v1/b/bucket-1/o/dir%2Fa?alt=media", Value::Null).0,
        200
    );
    assert!(t.refused("DELETE", HOST, &format!("{B}/bucket-1"), Value::Null).1.contains("not empty"));
    assert_eq!(t.call("DELETE", HOST, &format!("{B}/bucket-1/o/dir%2Fa"), Value::Null).0, 204);
    assert_eq!(
        t.refused("GET", HOST, &format!("{B}/bucket-1/o/dir%2Fa"), Value::Null).1,
        "No such object: bucket-1/dir/a"
    );
    assert_eq!(t.call("DELETE", HOST, &format!("{B}/bucket-1"), Value::Null).0, 204);
}

#[test]
fn a_resumable_upload_goes_on_where_it_was() {
    let mut t = made();
    let begun = "/resumable/upload/storage/v1/b/bucket-1/o?uploadType=resumable";
    t.ok("POST", HOST, begun, json!({"name": "o"}));
    let id = t.world().list("storage/uploads")[0].0.rsplit('/').next().unwrap().to_owned();
    let target = format!("{begun}&upload_id={id}");
    t.headers = vec![("content-range".into(), "bytes 0-3/*".into())];
    assert_eq!(t.call("PUT", HOST, &target, json!("ab")).0, 308);
    t.headers = vec![("content-range".into(), "bytes 4-7/8".into())];
    let object = t.ok("PUT", HOST, &target, json!("cd"));
    assert_eq!((&object["name"], &object["size"]), (&json!("o"), &json!("8")));
    assert_eq!(t.refused("PUT", HOST, &target, json!("cd")).0, 404);
}
