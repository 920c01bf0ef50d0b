use crate::LOGGING;
use crate::compare::fewer;
use config::Config;
use engine::{
    Action, Address, AtDestroy, Diff, Error, Impact, Need, Reader, Resource, Result, State, Writer,
};
use gcloud::{Command, gcloud};
use serde_json::Value;

/// How long the log bucket that every project has keeps its entries.
pub struct LogRetention {
    days: u32,
}

impl LogRetention {
    pub fn new(config: &Config) -> Self {
        Self { days: config.monitoring.log_retention_days }
    }
}

fn describe() -> Command {
    gcloud!["logging buckets describe", "_Default", "--location=global"]
}

fn retention(bucket: &Value) -> u64 {
    bucket["retentionDays"].as_u64().unwrap_or(0)
}

impl Resource for LogRetention {
    fn address(&self) -> Address {
        Address::new("log-bucket", "_Default")
    }

    fn needs(&self) -> Vec<Need> {
        vec![LOGGING]
    }

    /// Google makes it with the project.
    fn may_preexist(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(bucket) = cloud.find(describe())? else { return Ok(State::Absent) };
        if retention(&bucket) == u64::from(self.days) {
            return Ok(State::Present);
        }
        if bucket["locked"] == true {
            return Err(Error::person(
                format!("the retention of log bucket _Default is locked at {} days", retention(&bucket)),
                "nobody can change it any more",
                format!("set monitoring.log_retention_days = {}", retention(&bucket)),
            ));
        }
        Ok(State::Drifted(vec![Diff::new("monitoring.log_retention_days", retention(&bucket), self.days)]))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let days = self.days;
        cloud.change(gcloud![
            "logging buckets update",
            "_Default",
            "--location=global",
            "--retention-days={days}",
        ])?;
        Ok(())
    }

    fn impact(&self, _action: Action, diffs: &[Diff]) -> Impact {
        match diffs.iter().any(fewer) {
            true => Impact::default().risking("log entries that are older are deleted"),
            false => Impact::default(),
        }
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.create(cloud)
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Kept("Google made the bucket, and keeps in it what was logged")
    }

    /// It lives and ends with the project.
    fn delete(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }
}
