use super::Compute;
use serde_json::Value;

#[test]
fn lists_filter_order_and_page() {
    let mut c = Compute::new();
    for name in ["n1", "n1-b", "other"] {
        c.network(name);
    }
    let names = |list: Value| -> Vec<String> {
        let items = list["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|i| i["name"].as_str().unwrap().to_owned()).collect()
    };
    // As gcloud writes `--filter=name=n1`.
    let filter = "global/networks?filter=name+eq+%22.*%5Cbn1%5Cb.*%22";
    assert_eq!(names(c.get(filter)), ["n1", "n1-b"]);
    assert_eq!(names(c.get("global/networks?filter=name%3Dn1")), ["n1"]);
    let (status, _, text) = c.refused("GET", "global/networks?filter=what", Value::Null);
    assert!(
        status == 400 && text == "Invalid value for field 'filter': 'what'. Invalid list filter expression.",
        "{text}"
    );
    let first = c.get("global/networks?maxResults=2");
    assert_eq!(names(first.clone()), ["n1", "n1-b"]);
    let token = first["nextPageToken"].as_str().unwrap();
    assert_eq!(names(c.get(&format!("global/networks?maxResults=2&pageToken={token}"))), ["other"]);
    assert_eq!(c.refused("GET", "global/networks?maxResults=501", Value::Null).0, 400);
    assert_eq!(c.refused("GET", "global/networks?pageToken=x", Value::Null).0, 400);
    assert_eq!(c.refused("GET", "global/networks?orderBy=mtu", Value::Null).0, 400);
    assert_eq!(names(c.get("global/networks?orderBy=creationTimestamp+desc")).len(), 3);
}

#[test]
fn aggregated_lists_have_a_warning_where_there_is_nothing() {
    let mut c = Compute::with_network();
    let list = c.get("aggregated/subnetworks?includeAllScopes=true&returnPartialSuccess=True");
    assert_eq!(list["items"]["regions/us-central1"]["subnetworks"][0]["name"], "s");
    assert_eq!(list["items"]["regions/us-east1"]["warning"]["code"], "NO_RESULTS_ON_PAGE");
    assert!(c.get("aggregated/addresses")["items"]["global"]["warning"].is_object());
    assert!(c.get("aggregated/operations")["items"]["global"]["operations"].is_array());
    assert!(c.get("aggregated/instances")["items"]["zones/us-central1-a"]["warning"].is_object());
}

#[test]
fn places_are_google_s() {
    let mut c = Compute::new();
    assert_eq!(c.get("regions")["items"].as_array().unwrap().len(), 40);
    assert_eq!(c.get("regions/us-central1")["zones"].as_array().unwrap().len(), 4);
    assert_eq!(c.get("zones/us-east1-b")["name"], "us-east1-b");
    assert_eq!(c.refused("GET", "zones/us-east1-a", Value::Null).0, 404);
    assert_eq!(c.refused("GET", "regions/us-central2", Value::Null).0, 404);
    assert_eq!(c.t.ok("GET", super::HOST, "/compute/v1/projects/p", Value::Null)["id"], "111");
    assert_eq!(c.refused("GET", "global/operations/none", Value::Null).0, 404);
}
