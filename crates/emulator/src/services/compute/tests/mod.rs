//! What compute refuses and what it answers, request by request.

mod addresses;
mod firewalls;
mod lists;
mod networks;
mod space;
mod subnetworks;

use crate::testing::Testing;
use serde_json::{Value, json};

/// Requests to compute in the project `p`.
pub struct Compute {
    pub t: Testing,
}

const HOST: &str = "compute.googleapis.com";

impl Compute {
    pub fn new() -> Self {
        Self { t: Testing::new() }
    }

    pub fn slow() -> Self {
        Self { t: Testing::slow() }
    }

    /// With a custom network `n` and a subnet `s`, 10.128.0.0/20.
    pub fn with_network() -> Self {
        let mut c = Self::new();
        c.network("n");
        c.ok("POST", "regions/us-central1/subnetworks", subnet("s", "n", "10.128.0.0/20"));
        c
    }

    pub fn network(&mut self, name: &str) {
        self.ok("POST", "global/networks", json!({"name": name, "autoCreateSubnetworks": false}));
    }

    pub fn get(&mut self, path: &str) -> Value {
        self.t.ok("GET", HOST, &format!("/compute/v1/projects/p/{path}"), Value::Null)
    }

    /// A request that is accepted and whose operation ends well.
    pub fn ok(&mut self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.t.ok(method, HOST, &format!("/compute/v1/projects/p/{path}"), body);
        assert!(answer["error"].is_null(), "{path}: {answer}");
        answer
    }

    /// A request that is refused: status, `reason`, text.
    pub fn refused(&mut self, method: &str, path: &str, body: Value) -> (u16, String, String) {
        let (status, answer) = self.t.call(method, HOST, &format!("/compute/v1/projects/p/{path}"), body);
        assert!(status >= 400, "{path} was not refused: {answer}");
        let error = &answer["error"];
        let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
        (status, text(&error["errors"][0]["reason"]), text(&error["message"]))
    }

    /// A request that is accepted and whose operation fails: code and text.
    pub fn failed(&mut self, method: &str, path: &str, body: Value) -> (String, String) {
        let answer = self.t.ok(method, HOST, &format!("/compute/v1/projects/p/{path}"), body);
        assert_eq!(answer["status"], "DONE");
        let error = &answer["error"]["errors"][0];
        assert!(error.is_object(), "{path} did not fail: {answer}");
        assert!(answer["httpErrorStatusCode"].is_u64());
        (error["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
    }
}

pub fn subnet(name: &str, network: &str, range: &str) -> Value {
    json!({"name": name, "network": format!("https://compute.googleapis.com/compute/v1/projects/p/global/networks/{network}"), "ipCidrRange": range})
}

pub fn peering_range(name: &str, address: &str, prefix: u8) -> Value {
    json!({"name": name, "network": "global/networks/n", "address": address, "prefixLength": prefix,
           "addressType": "INTERNAL", "purpose": "VPC_PEERING"})
}

pub fn connect(t: &mut Testing, ranges: &[&str]) -> Value {
    t.ok(
        "POST",
        "servicenetworking.googleapis.com",
        "/v1/services/servicenetworking.googleapis.com/connections",
        json!({"network": "projects/111/global/networks/n", "reservedPeeringRanges": ranges}),
    )
}
