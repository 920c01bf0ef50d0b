use crate::acceptance;
use crate::impact;
use crate::settings::{FIXED, Setting, availability, day, edition, flags, log_days, settings};
use config::Config;
use engine::{
    Action, Address, AtDestroy, Diff, Error, Finding, Impact, Need, Reader, Resource, Result, State, Way,
    Writer,
};
use gcloud::gcloud;
use serde_json::{Value, json};
use std::time::Duration;

/// gcloud waits for the operation for an hour. What outlasts that is found and waited for by the next check.
const PATIENCE: Duration = Duration::from_secs(65 * 60);

/// The Cloud SQL instance: private address only, TLS only, backups and point-in-time recovery.
pub struct SqlInstance {
    config: Config,
    wanted: bool,
}

impl SqlInstance {
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone(), wanted: true }
    }

    /// One that the config named before: where a person names it, it goes once nothing serves that may have its URL.
    pub fn former(config: &Config, name: &str) -> Self {
        let mut config = config.clone();
        name.clone_into(&mut config.database.instance);
        Self { config, wanted: false }
    }

    fn id(&self) -> &str {
        &self.config.database.instance
    }

    fn settings(&self, instance: &Value) -> Vec<Setting> {
        settings(&self.config, instance)
    }

    /// The instance does not say why it is broken: the newest operation that failed does.
    fn why_broken(&self, cloud: &Reader, state: &str) -> Result<String> {
        let instance = self.id();
        let mut operations = cloud.list(gcloud!["sql operations list", "--instance={instance}"])?;
        operations.sort_by(|a, b| b["insertTime"].as_str().cmp(&a["insertTime"].as_str()));
        let said =
            operations.iter().find_map(|operation| operation["error"]["errors"][0]["message"].as_str());
        Ok(format!("state {state}: {}", said.unwrap_or("Google does not say why")))
    }
}

impl Resource for SqlInstance {
    fn address(&self) -> Address {
        resources::sql_instance_address(self.id())
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        let peering = resources::network::peering_address(&self.config.network.name);
        vec![Need::Api("sqladmin.googleapis.com"), Need::Resource(peering)]
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(instance) = resources::sql_instance(cloud, self.id())? else { return Ok(State::Absent) };
        Ok(match instance["state"].as_str().unwrap_or_default() {
            "PENDING_CREATE" => State::Busy("being created".to_owned()),
            "PENDING_DELETE" => State::Busy("being deleted".to_owned()),
            state @ ("MAINTENANCE" | "REPAIRING") => State::Busy(format!("in state {state}")),
            state @ ("FAILED" | "SUSPENDED") => State::Broken(self.why_broken(cloud, state)?),
            _ => State::from_diffs(self.settings(&instance).iter().filter_map(Setting::diff).collect()),
        })
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let instance = resources::sql_instance(cloud, self.id())?;
        Ok(instance.map(|instance| acceptance::findings(&self.config, &instance)).unwrap_or_default())
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let config::model::Database {
            version,
            tier,
            storage_gb,
            backup_start,
            retained_backups,
            maintenance,
            ..
        } = &self.config.database;
        let database = &self.config.database;
        let (region, network) = (&self.config.project.region, self.config.network_path());
        let (edition, availability) = (edition(database.edition), availability(database.availability));
        let ((day, _), hour) = (day(maintenance.day), maintenance.hour);
        let command = gcloud![
            "sql instances create",
            self.id(),
            "--database-version={version}",
            "--edition={edition}",
            "--tier={tier}",
            "--region={region}",
            "--network={network}",
            "--no-assign-ip",
            "--ssl-mode=ENCRYPTED_ONLY",
            "--storage-type=SSD",
            "--storage-size={storage_gb}GB",
            "--storage-auto-increase",
            "--availability-type={availability}",
            "--backup-start-time={backup_start}",
            "--retained-backups-count={retained_backups}",
            "--maintenance-window-day={day}",
            "--maintenance-window-hour={hour}",
        ];
        let protection =
            if database.deletion_protection { "--deletion-protection" } else { "--no-deletion-protection" };
        cloud.change(
            command
                .arg(protection)
                .arg_if(database.pitr, "--enable-point-in-time-recovery")
                .arg_if(database.pitr, format!("--retained-transaction-log-days={}", log_days(&self.config)))
                .arg_if(!database.flags.is_empty(), flags(&self.config))
                .deadline(PATIENCE),
        )?;
        cloud.foretell(&resources::describe_sql_instance(self.id()), |later| {
            let read =
                gcloud!["sql instances describe", self.id(), "--format=value(ipAddresses[0].ipAddress)"];
            let address = later.address("DATABASE_ADDRESS", read);
            Ok(json!({"name": self.id(), "ipAddresses": [{"type": "PRIVATE", "ipAddress": address}]}))
        })
    }

    fn way(&self, diffs: &[Diff]) -> Way {
        let fixed = diffs.iter().filter(|diff| FIXED.contains(&diff.field.as_str()));
        let ways: Vec<String> = fixed.map(|diff| self.other_way(diff)).collect();
        if ways.is_empty() {
            return Way::InPlace;
        }
        Way::Never {
            why: "an instance keeps its place, its network and its major version, and it holds data"
                .to_owned(),
            todo: ways.join("\n"),
        }
    }

    fn impact(&self, action: Action, diffs: &[Diff]) -> Impact {
        match action {
            Action::Update => impact::of_update(diffs),
            _ => Impact::default(),
        }
    }

    /// Nobody but a person moves data from one instance to another.
    fn in_place_of(&self, former: &Address) -> Impact {
        let former = former.name();
        Impact::default()
            .interrupting(format!(
                "running instances write to {former} until the new revision of the service serves"
            ))
            .risking(format!(
                "the application moves to an EMPTY database; what is in {former} does not come along unless you move it \
                 (docs/guide/replace.md says how)"
            ))
    }

    /// One patch for everything that can be changed in place.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let Some(instance) = resources::sql_instance(cloud, self.id())? else { return self.create(cloud) };
        let settings = self.settings(&instance);
        let differ = |setting: &&Setting| diffs.iter().any(|diff| diff.field == setting.field);
        let mut command = gcloud!["sql instances patch", self.id()];
        for setting in settings.iter().filter(differ) {
            command = command.arg(setting.flag.clone().unwrap_or_default());
        }
        cloud.change(command.deadline(PATIENCE))?;
        Ok(())
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Loses("all databases in it, and their backups")
    }

    fn protected(&self, cloud: &Reader) -> Result<Option<(String, String)>> {
        let instance = resources::sql_instance(cloud, self.id())?;
        let on = instance.is_some_and(|instance| instance["settings"]["deletionProtectionEnabled"] == true);
        Ok(on.then(|| {
            let todo = format!(
                "`gcloud sql instances patch {} --no-deletion-protection`, then run the command again",
                self.id()
            );
            (
                "Cloud SQL refuses to delete it while its protection is on; nothing was deleted".to_owned(),
                todo,
            )
        }))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let name = self.id();
        let instance = resources::sql_instance(cloud, name)?;
        if instance.is_some_and(|instance| instance["settings"]["deletionProtectionEnabled"] == true) {
            return Err(Error::person(
                format!("{} was not deleted", self.address()),
                "it is protected against deletion",
                format!(
                    "`gcloud sql instances patch {name} --no-deletion-protection`, then run the command again"
                ),
            ));
        }
        if !self.wanted {
            // Instances of an older revision keep the URL that they began with.
            let (region, service) = (&self.config.project.region, &self.config.cloud_run.service);
            resources::outlived_by(cloud, region, service, &self.address())?;
        }
        cloud.change(gcloud!["sql instances delete", name].deadline(PATIENCE))?;
        Ok(())
    }

    fn without(&self, _gone: &Address) -> Option<&'static str> {
        Some("nothing else leads to its address, and Google may refuse")
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(420)
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn stays_since(&self) -> Option<&'static str> {
        Some("it holds data, and is billed")
    }

    fn output_names(&self) -> &[&'static str] {
        &["database.instance", "database.connection_name", "database.private_ip", "database.console"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let Some(instance) = resources::sql_instance(cloud, self.id())? else { return Ok(Vec::new()) };
        let console = self.config.console(&format!("sql/instances/{}/overview", self.id()));
        let mut outputs = vec![
            ("database.instance".to_owned(), self.id().to_owned()),
            ("database.console".to_owned(), console),
        ];
        if let Some(name) = instance["connectionName"].as_str() {
            outputs.push(("database.connection_name".to_owned(), name.to_owned()));
        }
        if let Some(address) = resources::private_ip(cloud, self.id())? {
            outputs.push(("database.private_ip".to_owned(), address.to_string()));
        }
        Ok(outputs)
    }
}

/// The number in `POSTGRES_15`.
fn major(version: &str) -> u32 {
    version.split('_').nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

impl SqlInstance {
    /// What only a person can change, and how.
    fn other_way(&self, diff: &Diff) -> String {
        let (name, Diff { field, old, new }) = (self.id(), diff);
        let database = &self.config.database.name;
        let another = format!(
            "name another instance in database.instance: this tool then makes that one, EMPTY, and the application moves to it; \
             {name} stays, and you move the data with `gcloud sql export sql {name} gs://BUCKET/{name}.sql.gz \
             --database={database}`, and import (docs/guide/replace.md)"
        );
        match field.as_str() {
            "version" if major(new) > major(old) => format!(
                "set database.version back to \"{old}\"; or upgrade the instance yourself, which takes it offline: \
                 `gcloud sql instances patch {name} --database-version={new}`"
            ),
            "version" => format!(
                "set database.version back to \"{old}\": Cloud SQL upgrades an instance and never takes it back; or {another}"
            ),
            "network.name" => match self.config.network_name(old) {
                Some(network) => format!("set network.name back to \"{network}\"; or {another}"),
                None => another,
            },
            _ => format!("set {field} back to \"{old}\"; or {another}"),
        }
    }
}
