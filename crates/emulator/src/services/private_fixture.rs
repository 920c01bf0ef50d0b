//! A network `n` of the project `p`, with and without its private services access, for unit tests.

use crate::testing::Testing;
use serde_json::json;

/// The network.
pub(crate) const NETWORK: &str = "projects/p/global/networks/n";

/// Makes the network and its range, but no peering.
pub(crate) fn network(testing: &mut Testing) {
    let mut world = testing.world();
    world.put(&format!("compute/{NETWORK}"), json!({"name": "n"}));
    world.put(
        "compute/projects/p/global/addresses/range",
        json!({"name": "range", "address": "10.20.0.0", "prefixLength": 16, "purpose": "VPC_PEERING"}),
    );
}

/// Makes the network and its peering.
pub(crate) fn peered(testing: &mut Testing) {
    network(testing);
    testing.world().put(
        &format!("servicenetworking/{NETWORK}/connections/servicenetworking.googleapis.com"),
        json!({"network": NETWORK, "reservedPeeringRanges": ["range"]}),
    );
}
