//! What other resources read of the Cloud SQL instance.

use engine::{Address, Reader, Result};
use gcloud::{Command, gcloud};
use serde_json::Value;
use std::net::Ipv4Addr;

/// The address under which the instance of this name is kept.
pub fn sql_instance_address(name: &str) -> Address {
    Address::new("sql-instance", name)
}

/// The instance. `None`: proven absent. Any 403 of `describe` reads "no instance found or not authorized", even when
/// the API is off: only the list tells them apart.
pub fn sql_instance(cloud: &Reader, name: &str) -> Result<Option<Value>> {
    cloud.find_or_denied(describe_sql_instance(name), gcloud!["sql instances list"], |instance| {
        instance["name"] == name
    })
}

/// The read that tells everything of the instance.
pub fn describe_sql_instance(name: &str) -> Command {
    gcloud!["sql instances describe", name]
}

/// The instance's private address. `None` while it is not there yet.
pub fn private_ip(cloud: &Reader, name: &str) -> Result<Option<Ipv4Addr>> {
    let instance = sql_instance(cloud, name)?;
    Ok(instance.and_then(|instance| {
        let addresses = instance["ipAddresses"].as_array()?;
        addresses.iter().find(|address| address["type"] == "PRIVATE")?["ipAddress"].as_str()?.parse().ok()
    }))
}
