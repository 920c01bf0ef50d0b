use crate::LOGGING;
use crate::compare::differences;
use config::{Config, names};
use engine::{Address, Diff, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use serde_json::json;

/// The log-based metric that counts the errors that the application logs.
pub struct ErrorMetric {
    filter: String,
    description: String,
}

impl ErrorMetric {
    pub fn new(config: &Config) -> Self {
        let service = &config.cloud_run.service;
        Self {
            filter: format!(
                "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"{service}\" AND severity>=ERROR"
            ),
            description: format!("Errors that {service} logs. Managed by deploy-all"),
        }
    }
}

impl Resource for ErrorMetric {
    fn address(&self) -> Address {
        Address::new("log-metric", names::ERROR_METRIC)
    }

    fn needs(&self) -> Vec<Need> {
        vec![LOGGING]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let described = cloud.find(gcloud!["logging metrics describe", names::ERROR_METRIC])?;
        let Some(metric) = described else { return Ok(State::Absent) };
        let wanted = json!({"filter": self.filter, "description": self.description});
        Ok(State::from_diffs(differences(&metric, &wanted)))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Self { filter, description } = self;
        cloud.change(gcloud![
            "logging metrics create",
            names::ERROR_METRIC,
            "--log-filter={filter}",
            "--description={description}",
        ])?;
        Ok(())
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let Self { filter, description } = self;
        cloud.change(gcloud![
            "logging metrics update",
            names::ERROR_METRIC,
            "--log-filter={filter}",
            "--description={description}",
        ])?;
        Ok(())
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let metric = cloud.find(gcloud!["logging metrics describe", names::ERROR_METRIC])?;
        Ok(metric.is_some_and(|metric| metric["description"] == self.description.as_str()))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["logging metrics delete", names::ERROR_METRIC])?;
        Ok(())
    }
}
