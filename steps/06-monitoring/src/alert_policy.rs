use crate::compare::differences;
use crate::ours::{self, POLICY};
use crate::template::{Values, render};
use crate::{MONITORING, email_channel, uptime_check};
use config::Config;
use engine::{Address, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use serde_json::{Value, json};

/// Stands for what is known only once something else exists.
const LATER: &str = "(known after apply)";

/// One alert policy, rendered from a template.
pub struct AlertPolicy {
    pub config: Config,
    /// Tells it from the deployment's other policies.
    pub key: &'static str,
    /// JSON of an AlertPolicy.
    pub template: &'static str,
    /// What the template's names stand for.
    pub values: Values,
    /// It watches the uptime check, whose id Google chooses.
    pub uptime: bool,
}

impl AlertPolicy {
    pub fn address(&self) -> Address {
        Address::new(POLICY.name, format_args!("{}-{}", self.config.cloud_run.service, self.key))
    }

    /// The policy as it must be, as far as that is known.
    fn wanted(&self, cloud: &Reader) -> Result<Value> {
        let mut values = self.values.clone();
        if self.uptime {
            let check = uptime_check::kept(cloud, &self.config)?;
            values.insert("check_id", json!(check.as_ref().map_or(LATER, ours::id)));
        }
        let mut policy = render(self.template, &values);
        policy["userLabels"] = ours::labels(&self.config, self.key);
        policy["enabled"] = json!(true);
        if self.config.monitoring.notification_email.is_some() {
            let channel = email_channel::channel_name(cloud, &self.config)?;
            policy["notificationChannels"] = json!([channel.as_deref().unwrap_or(LATER)]);
        } else {
            policy["notificationChannels"] = json!([]);
        }
        Ok(policy)
    }

    fn content(&self, cloud: &Reader) -> Result<String> {
        let content = format!("{:#}\n", self.wanted(cloud)?);
        if content.contains(LATER) {
            return Err(Error::person(
                format!("{} cannot be written yet", self.address()),
                "the uptime check or the notification channel that it names was not found",
                "run the same command again",
            ));
        }
        Ok(content)
    }
}

const FLAG: &str = "--policy-from-file";

impl Resource for AlertPolicy {
    fn address(&self) -> Address {
        self.address()
    }

    fn needs(&self) -> Vec<Need> {
        let mut needs = vec![MONITORING];
        if self.uptime {
            needs.push(Need::Resource(uptime_check::address(&self.config)));
        }
        if self.config.monitoring.notification_email.is_some() {
            needs.push(Need::Resource(email_channel::address(&self.config)));
        }
        needs
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(policy) = POLICY.one(cloud, &self.config, self.key)? else { return Ok(State::Absent) };
        Ok(State::from_diffs(differences(&policy, &self.wanted(cloud)?)))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let file = format!("alert-{}.json", self.key);
        let command = gcloud!["alpha monitoring policies create"].file(FLAG, &file, self.content(cloud)?);
        cloud.change(command)?;
        Ok(())
    }

    /// Replaces all of it: Google keeps the policy's id, and with it its open incidents.
    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let Some(policy) = POLICY.one(cloud, &self.config, self.key)? else { return self.create(cloud) };
        let file = format!("alert-{}.json", self.key);
        let command = gcloud!["alpha monitoring policies update", ours::name(&policy)];
        cloud.change(command.file(FLAG, &file, self.content(cloud)?))?;
        Ok(())
    }

    /// It is found by its labels, which are the mark.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        for policy in POLICY.alike(cloud, &self.config, self.key)? {
            cloud.change(POLICY.delete(ours::name(&policy)))?;
        }
        Ok(())
    }
}
