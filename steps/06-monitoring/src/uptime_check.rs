use crate::compare::differences;
use crate::ours::{self, UPTIME};
use crate::{MONITORING, run_service};
use config::Config;
use engine::{Address, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use gcloud::{Command, gcloud};
use serde_json::{Value, json};

/// Its key.
pub const KEY: &str = "uptime";

/// One location on three continents: the least that Google takes, and enough to tell an outage from a bad route. gcloud
/// 528 drops the labels of a check that names no regions.
const REGIONS: [(&str, &str); 3] =
    [("usa-iowa", "USA_IOWA"), ("europe", "EUROPE"), ("asia-pacific", "ASIA_PACIFIC")];

/// The check that asks the service's own URL for `monitoring.uptime_path` every minute.
pub struct UptimeCheck {
    config: Config,
}

pub fn address(config: &Config) -> Address {
    Address::new(UPTIME.name, &config.cloud_run.service)
}

/// The service's own host; none while it has no URL.
pub fn host(cloud: &Reader, config: &Config) -> Result<Option<String>> {
    resources::service_host(cloud, &config.project.region, &config.cloud_run.service)
}

/// Google lets nobody change the host of a check; gcloud 528 cannot take its token away, and loses all its labels when it
/// changes its regions alone. A check with another one of these is another check, made beside the old one, which goes
/// once no policy watches it.
fn has_target(check: &Value, host: &str, config: &Config) -> bool {
    let token = !check["httpCheck"]["serviceAgentAuthentication"].is_null();
    let regions = check["selectedRegions"].as_array().map_or(&[][..], Vec::as_slice);
    check["monitoredResource"]["labels"]["host"] == host
        && token != config.cloud_run.public
        && regions.len() == REGIONS.len()
        && REGIONS.iter().all(|(_, region)| regions.contains(&json!(region)))
}

/// The check that is kept. Of several that are the same, the one that a policy watches.
pub fn kept(cloud: &Reader, config: &Config) -> Result<Option<Value>> {
    let Some(host) = host(cloud, config)? else { return Ok(None) };
    let mut checks = UPTIME.ours(cloud, config)?;
    checks.retain(|check| UPTIME.key(check) == KEY && has_target(check, &host, config));
    let checks = ours::same(UPTIME, checks)?;
    if checks.len() > 1 {
        let policies = ours::policies(cloud)?;
        let watched =
            |check: &&Value| policies.iter().any(|p| p["conditions"].to_string().contains(ours::id(check)));
        if let Some(check) = checks.iter().find(watched) {
            return Ok(Some(check.clone()));
        }
    }
    Ok(checks.into_iter().next())
}

impl UptimeCheck {
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    fn display_name(&self) -> String {
        format!("{} {}", self.config.cloud_run.service, self.config.monitoring.uptime_path)
    }

    fn wanted(&self) -> Value {
        json!({
            "displayName": self.display_name(),
            "httpCheck": {"path": self.config.monitoring.uptime_path, "port": 443, "useSsl": true, "validateSsl": true},
            "period": "60s",
            "timeout": "10s",
            "userLabels": ours::labels(&self.config, KEY),
        })
    }

    /// The flags that a create and an update share.
    fn settings(&self, command: Command) -> Command {
        command
            .arg(format!("--path={}", self.config.monitoring.uptime_path))
            .arg("--port=443")
            .arg("--validate-ssl=true")
            .arg("--period=1")
            .arg("--timeout=10")
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(",")
}

impl UptimeCheck {
    fn labels(&self) -> String {
        let labels = ours::labels(&self.config, KEY);
        let pairs = labels.as_object().into_iter().flatten();
        list(pairs.map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())))
    }
}

fn regions() -> String {
    list(REGIONS.iter().map(|(region, _)| (*region).to_owned()))
}

impl Resource for UptimeCheck {
    fn address(&self) -> Address {
        address(&self.config)
    }

    fn needs(&self) -> Vec<Need> {
        vec![MONITORING, run_service(&self.config)]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(check) = kept(cloud, &self.config)? else { return Ok(State::Absent) };
        Ok(State::from_diffs(differences(&check, &self.wanted())))
    }

    fn without(&self, _gone: &Address) -> Option<&'static str> {
        Some("it fails from then on, and raises its alert")
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Some(host) = host(cloud, &self.config)? else {
            return Err(Error::person(
                format!(
                    "the uptime check cannot be made: service {} has no URL",
                    self.config.cloud_run.service
                ),
                "Cloud Run gives a service its URL when it first becomes ready",
                "run `step 04-cloud-run`, then the same command again",
            ));
        };
        let (project, labels, regions) = (&self.config.project.id, self.labels(), regions());
        let command = gcloud![
            "monitoring uptime create",
            self.display_name(),
            "--resource-type=uptime-url",
            "--resource-labels=host={host},project_id={project}",
            "--protocol=https",
            "--regions={regions}",
            "--user-labels={labels}",
        ];
        let token = !self.config.cloud_run.public;
        let command = command.arg_if(token, "--service-agent-auth=oidc-token");
        let made = cloud.change_to(self.settings(command), |printed| {
            let id = printed.last_part("UPTIME_CHECK", "name");
            json!({"name": format!("projects/{project}/uptimeCheckConfigs/{id}")})
        })?;
        UPTIME.foretell(cloud, || {
            let mut check = self.wanted();
            check["name"] = made["name"].clone();
            check["monitoredResource"] = json!({"labels": {"host": host}});
            check["selectedRegions"] = json!(REGIONS.map(|(_, region)| region));
            if token {
                check["httpCheck"]["serviceAgentAuthentication"] = json!({"type": "OIDC_TOKEN"});
            }
            check
        })
    }

    /// gcloud sends the whole check. It takes labels only together with regions, and then only labels that differ from
    /// those that are there: else it sends none, which would take away what the check is found by.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let Some(check) = kept(cloud, &self.config)? else { return self.create(cloud) };
        let (display_name, labels, regions) = (self.display_name(), self.labels(), regions());
        let relabel = diffs.iter().any(|diff| diff.field.starts_with("userLabels"));
        let command = gcloud!["monitoring uptime update", ours::id(&check), "--display-name={display_name}"]
            .arg_if(relabel, format!("--set-regions={regions}"))
            .arg_if(relabel, format!("--update-user-labels={labels}"));
        cloud.change(self.settings(command))?;
        Ok(())
    }

    /// It is found by its labels, which are the mark.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        for check in UPTIME.ours(cloud, &self.config)? {
            cloud.change(UPTIME.delete(ours::id(&check)))?;
        }
        Ok(())
    }
}
