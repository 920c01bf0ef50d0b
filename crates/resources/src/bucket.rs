use engine::{Reader, Result};
use gcloud::gcloud;
use serde_json::Value;

/// A bucket of the project, with gcloud's names (`uniform_bucket_level_access`, `lifecycle_config`). One list serves all
/// buckets; one that the list lacks is absent, or belongs to another project.
pub fn bucket(cloud: &Reader, name: &str) -> Result<Option<Value>> {
    Ok(buckets(cloud)?.into_iter().find(|bucket| bucket["name"] == name))
}

/// All buckets of the project.
pub fn buckets(cloud: &Reader) -> Result<Vec<Value>> {
    cloud.list(gcloud!["storage buckets list"])
}
