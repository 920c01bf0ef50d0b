use crate::compare::differences;
use crate::{LOGGING, archive_bucket};
use config::{Config, names};
use engine::{Address, Diff, Finding, Need, Reader, Resource, Result, State, Verdict, Writer};
use gcloud::{Command, gcloud};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// Everything that the deployment's parts write, and who changed what. No severity: what an application prints
/// without one has the lowest.
const FILTER: &str = "resource.type=(\"cloud_run_revision\" OR \"cloudsql_database\" OR \"redis_instance\" OR \"build\" OR \"audited_resource\")";

/// Google collects logs for an hour, and takes up to three for the first objects.
const FIRST_DELIVERY: SignedDuration = SignedDuration::from_hours(3);

/// What its writer gets on the bucket.
pub const WRITER_ROLE: &str = "roles/storage.objectCreator";

const DESCRIPTION: &str = "Managed by deploy-all";

/// The export of logs to the archive bucket.
pub struct LogSink {
    bucket: String,
    needs: Vec<Need>,
}

pub fn address() -> Address {
    Address::new("log-sink", names::SINK)
}

fn describe() -> Command {
    gcloud!["logging sinks describe", names::SINK]
}

/// Who writes to the bucket, with its prefix: `serviceAccount:...`. `None` while there is no sink.
pub fn writer_identity(cloud: &Reader) -> Result<Option<String>> {
    let sink = cloud.find(describe())?;
    let writer = sink.as_ref().and_then(|sink| sink["writerIdentity"].as_str());
    Ok(writer.filter(|writer| !writer.is_empty()).map(str::to_owned))
}

impl LogSink {
    pub fn new(config: &Config) -> Self {
        let needs = vec![LOGGING, Need::Resource(archive_bucket::address(config))];
        Self { bucket: config.logs_bucket(), needs }
    }

    /// Whether anything has arrived. Nothing tells how a delivery goes but the objects themselves.
    fn delivery(&self, cloud: &Reader) -> Result<Finding> {
        let bucket = &self.bucket;
        let objects = cloud.list(gcloud!["storage objects list", "gs://{bucket}/**", "--limit=1"])?;
        let sink = cloud.find(describe())?.unwrap_or_default();
        let made = sink["createTime"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
        let age = made.map(|made| Timestamp::now().duration_since(made));
        let expected = format!("log objects in gs://{bucket}");
        Ok(match objects.first() {
            Some(object) => {
                let name = object["name"].as_str().unwrap_or("an object").to_owned();
                Finding::new("delivery", expected, name, true)
            }
            None if age.is_some_and(|age| age > FIRST_DELIVERY) => {
                let found = "none, though the sink is older than three hours";
                let todo = "see that something is logged, and that the writer's right is there";
                Finding::new("delivery", expected, found, false).verdict(Verdict::Warned).todo(todo)
            }
            None => {
                let found = "none yet; Google writes the first within three hours";
                Finding::new("delivery", expected, found, false).verdict(Verdict::Pending)
            }
        })
    }

    fn destination(&self) -> String {
        format!("storage.googleapis.com/{}", self.bucket)
    }
}

impl Resource for LogSink {
    fn address(&self) -> Address {
        address()
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.clone()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(sink) = cloud.find(describe())? else { return Ok(State::Absent) };
        let wanted = json!({
            "destination": self.destination(),
            "filter": FILTER,
            "description": DESCRIPTION,
            "disabled": false,
        });
        Ok(State::from_diffs(differences(&sink, &wanted)))
    }

    /// What the bash scripts forgot: without this right, Google drops what it would write, and says so nowhere.
    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let writer = writer_identity(cloud)?;
        let bucket = &self.bucket;
        let policy = cloud.find(gcloud!["storage buckets get-iam-policy", "gs://{bucket}"])?;
        let may = |writer: &String| {
            policy.as_ref().is_some_and(|policy| resources::policy_grants(policy, WRITER_ROLE, writer))
        };
        let expected = format!("may create objects in gs://{bucket}");
        let (found, passed) = match &writer {
            None => ("the sink has no writer".to_owned(), false),
            Some(writer) if may(writer) => (expected.clone(), true),
            Some(writer) => (format!("{writer} may not"), false),
        };
        let writer = Finding::new("writer", expected, found, passed).todo("run `deploy-all`");
        Ok(vec![writer, self.delivery(cloud)?])
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let command = gcloud![
            "logging sinks create",
            names::SINK,
            self.destination(),
            "--log-filter={FILTER}",
            "--description={DESCRIPTION}",
        ];
        let sink = cloud.change_to(
            command,
            |printed| json!({"writerIdentity": printed.text("SINK_WRITER", "writerIdentity")}),
        )?;
        // Who writes is asked next, for the bucket's policy.
        if sink["writerIdentity"].is_string() {
            cloud.remember(&describe(), sink);
        }
        Ok(())
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let disabled = diffs.iter().any(|diff| diff.field == "disabled");
        let command = gcloud![
            "logging sinks update",
            names::SINK,
            self.destination(),
            "--log-filter={FILTER}",
            "--description={DESCRIPTION}",
        ];
        cloud.change(command.arg_if(disabled, "--no-disabled"))?;
        Ok(())
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        Ok(cloud.find(describe())?.is_some_and(|sink| sink["description"] == DESCRIPTION))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["logging sinks delete", names::SINK])?;
        Ok(())
    }
}
