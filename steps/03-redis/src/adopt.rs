//! An instance that the old scripts made: without AUTH and TLS, on another kind of connection. Google fixes these when an
//! instance is made, so that it stays as it is until a person decides for a second one.

use crate::settings::{is_fixed, settings};
use config::Config;
use config::model::RedisTier;
use engine::{Address, Diff, Reader, Result};
use resources::Decision;

/// What is kept as it was found.
pub struct Kept {
    /// The config, as far as the instance decides it.
    pub config: Config,
    /// What to decide.
    pub decision: Decision,
}

/// Looks whether the instance has what cannot be changed in place. No process: the check reads the same.
///
/// # Errors
/// The instance cannot be read.
pub fn found(cloud: &Reader, config: &Config) -> Result<Option<Kept>> {
    let (name, region) = (&config.redis.instance, &config.project.region);
    let Some(instance) = resources::redis_instance(cloud, name, region)? else { return Ok(None) };
    let settings = settings(config, &instance);
    let diffs: Vec<Diff> = settings.iter().filter_map(crate::settings::Setting::diff).collect();
    if !diffs.iter().any(is_fixed) {
        return Ok(None);
    }
    let mut kept = config.clone();
    kept.redis.tls = instance["transitEncryptionMode"] == "SERVER_AUTHENTICATION";
    // It could be turned on, but every client would be cut off until it has the new URL: a second instance spares them that.
    kept.redis.auth = instance["authEnabled"] == true;
    kept.redis.tier = if instance["tier"] == "STANDARD_HA" { RedisTier::Standard } else { RedisTier::Basic };
    if let Some(version) = diffs.iter().find(|diff| diff.field == "version" && is_fixed(diff)) {
        kept.redis.version.clone_from(&version.old);
    }
    let stays = diffs.iter().filter(|diff| is_fixed(diff) || diff.field == "auth");
    let stays: Vec<String> =
        stays.map(|diff| format!("{} {}, not {}", diff.field, diff.old, diff.new)).collect();
    let text = format!(
        "stays as it is ({}): Google fixes this when an instance is made. The command makes a second instance beside it, with \
         everything; the service then reads its URL. Write redis.instance into the config too; what the first one holds is not \
         carried over, and it goes with `gcloud redis instances delete {name} --region={region}`",
        stays.join("; ")
    );
    let decision = Decision {
        step: "03-redis",
        about: Address::new("redis-instance", name),
        text,
        command: format!("deploy-all --set redis.instance={}", second(name)),
    };
    Ok(Some(Kept { config: kept, decision }))
}

/// A name for the second instance, at most as long as Google takes.
fn second(name: &str) -> String {
    let kept: String = name.chars().take(38).collect();
    format!("{}-2", kept.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_name_is_one_that_google_takes() {
        assert_eq!(second("codementor-cache"), "codementor-cache-2");
        assert_eq!(second(&"a".repeat(40)).len(), 40);
    }
}
