use crate::MONITORING;
use crate::compare::differences;
use crate::ours::{self, CHANNEL};
use config::Config;
use engine::{Address, Diff, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use serde_json::{Value, json};

/// Its key.
pub const KEY: &str = "email";

/// Where alerts are mailed to.
pub struct EmailChannel {
    config: Config,
}

pub fn address(config: &Config) -> Address {
    Address::new(CHANNEL.name, format_args!("{}-{KEY}", config.cloud_run.service))
}

/// The channel that policies name: `None` where it does not exist yet. Nothing is read where none is configured.
pub fn channel_name(cloud: &Reader, config: &Config) -> Result<Option<String>> {
    if config.monitoring.notification_email.is_none() {
        return Ok(None);
    }
    Ok(CHANNEL.one(cloud, config, KEY)?.map(|channel| ours::name(&channel).to_owned()))
}

impl EmailChannel {
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    fn wanted(&self) -> Value {
        json!({
            "type": "email",
            "displayName": format!("{} alerts", self.config.cloud_run.service),
            "labels": {"email_address": self.config.monitoring.notification_email},
            "userLabels": ours::labels(&self.config, KEY),
            "enabled": true,
        })
    }

    fn content(&self) -> String {
        format!("{:#}\n", self.wanted())
    }
}

const FLAG: &str = "--channel-content-from-file";
const FILE: &str = "notification-channel.json";

impl Resource for EmailChannel {
    fn address(&self) -> Address {
        address(&self.config)
    }

    fn needs(&self) -> Vec<Need> {
        vec![MONITORING]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(channel) = CHANNEL.one(cloud, &self.config, KEY)? else { return Ok(State::Absent) };
        Ok(State::from_diffs(differences(&channel, &self.wanted())))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let command = gcloud!["beta monitoring channels create"].file(FLAG, FILE, self.content());
        let made = cloud.change_to(command, |printed| json!({"name": printed.text("CHANNEL", "name")}))?;
        CHANNEL.foretell(cloud, || {
            let mut channel = self.wanted();
            channel["name"] = made["name"].clone();
            channel
        })
    }

    /// Replaces all of it.
    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let Some(channel) = CHANNEL.one(cloud, &self.config, KEY)? else { return self.create(cloud) };
        let command = gcloud!["beta monitoring channels update", ours::name(&channel)];
        cloud.change(command.file(FLAG, FILE, self.content()))?;
        Ok(())
    }

    /// It is found by its labels, which are the mark.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        for channel in CHANNEL.alike(cloud, &self.config, KEY)? {
            cloud.change(CHANNEL.delete(ours::name(&channel)))?;
        }
        Ok(())
    }
}
