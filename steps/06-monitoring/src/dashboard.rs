use crate::compare::differences;
use crate::ours::{self, DASHBOARD};
use crate::template::render;
use crate::{MONITORING, policies};
use config::Config;
use engine::{Address, Diff, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use serde_json::Value;

/// Its key.
pub const KEY: &str = "overview";
const TEMPLATE: &str = include_str!("../../../configs/templates/dashboard.json");

/// The dashboard: requests, latency, errors, instances, CPU and memory, database connections, Redis memory.
pub struct Dashboard {
    config: Config,
}

pub fn address(config: &Config) -> Address {
    Address::new(DASHBOARD.name, &config.cloud_run.service)
}

impl Dashboard {
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    fn wanted(&self) -> Value {
        let mut dashboard = render(TEMPLATE, &policies::common(&self.config));
        dashboard["labels"] = ours::labels(&self.config, KEY);
        dashboard
    }

    fn content(&self) -> String {
        format!("{:#}\n", self.wanted())
    }
}

const FLAG: &str = "--config-from-file";
const FILE: &str = "dashboard.json";

impl Resource for Dashboard {
    fn address(&self) -> Address {
        address(&self.config)
    }

    fn needs(&self) -> Vec<Need> {
        vec![MONITORING]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(dashboard) = DASHBOARD.one(cloud, &self.config, KEY)? else { return Ok(State::Absent) };
        Ok(State::from_diffs(differences(&dashboard, &self.wanted())))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["monitoring dashboards create"].file(FLAG, FILE, self.content()))?;
        Ok(())
    }

    /// Replaces all of it. Without an etag: what the config says counts, whoever changed it meanwhile.
    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let Some(dashboard) = DASHBOARD.one(cloud, &self.config, KEY)? else { return self.create(cloud) };
        let command = gcloud!["monitoring dashboards update", ours::name(&dashboard)];
        cloud.change(command.file(FLAG, FILE, self.content()))?;
        Ok(())
    }

    /// It is found by its labels, which are the mark.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        for dashboard in DASHBOARD.alike(cloud, &self.config, KEY)? {
            cloud.change(DASHBOARD.delete(ours::name(&dashboard)))?;
        }
        Ok(())
    }

    fn output_names(&self) -> &[&'static str] {
        &["monitoring.dashboards", "monitoring.alerts"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        if DASHBOARD.one(cloud, &self.config, KEY)?.is_none() {
            return Ok(Vec::new());
        }
        let page = |page: &str| self.config.console(page);
        Ok(vec![
            ("monitoring.dashboards".to_owned(), page("monitoring/dashboards")),
            ("monitoring.alerts".to_owned(), page("monitoring/alerting")),
        ])
    }
}
