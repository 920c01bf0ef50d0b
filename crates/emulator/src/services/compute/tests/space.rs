use super::{Compute, connect, peering_range};
use crate::services::compute::{NoSpace, peering_ranges, private_address, private_block};
use serde_json::json;

const NETWORK: &str = "projects/p/global/networks/n";
const OWNER: &str = "redis/projects/p/locations/us-central1/instances/i";

#[test]
fn blocks_do_not_collide_and_are_free_when_their_owner_is_gone() {
    let mut c = Compute::with_network();
    c.ok("POST", "global/addresses", peering_range("r", "10.20.0.0", 28));
    assert_eq!(private_block(&mut c.t.world(), NETWORK, 29, OWNER, None), Err(NoSpace::NotPeered));
    connect(&mut c.t, &["r"]);
    let mut world = c.t.world();
    assert_eq!(
        peering_ranges(&world, "projects/111/global/networks/n"),
        [("r".to_owned(), "10.20.0.0/28".parse().unwrap())]
    );
    let mut take = |owner: &str, from: Option<&str>| {
        let block = private_block(&mut world, NETWORK, 29, owner, from);
        if block.is_ok() {
            world.put(owner, json!({}));
        }
        block.map(|b| b.to_string())
    };
    assert_eq!(take(OWNER, None).unwrap(), "10.20.0.0/29");
    assert_eq!(take("redis/b", Some("projects/p/global/addresses/r")).unwrap(), "10.20.0.8/29");
    assert_eq!(take("redis/c", None), Err(NoSpace::Exhausted));
    assert_eq!(take("redis/c", Some("nope")), Err(NoSpace::UnknownRange));
    world.remove(OWNER);
    assert_eq!(private_block(&mut world, NETWORK, 29, "redis/c", None).unwrap().to_string(), "10.20.0.0/29");
}

#[test]
fn database_instances_of_a_region_share_a_subnet() {
    let mut c = Compute::with_network();
    c.ok("POST", "global/addresses", peering_range("r", "10.20.0.0", 16));
    connect(&mut c.t, &["r"]);
    let mut world = c.t.world();
    let mut take = |owner: &str, region: &str| {
        let address = private_address(&mut world, NETWORK, "sql", region, owner, None).unwrap().to_string();
        world.put(owner, json!({}));
        address
    };
    assert_eq!(take("sqladmin/projects/p/instances/a", "us-central1"), "10.20.0.2");
    assert_eq!(take("sqladmin/projects/p/instances/b", "us-central1"), "10.20.0.3");
    assert_eq!(take("sqladmin/projects/p/instances/c", "us-east1"), "10.20.1.2");
    world.remove("sqladmin/projects/p/instances/a");
    let again =
        private_address(&mut world, NETWORK, "sql", "us-central1", "sqladmin/projects/p/instances/d", None);
    assert_eq!(again.unwrap().to_string(), "10.20.0.2");
}
