use crate::acceptance;
use crate::settings::{self, Change, Setting, day, settings, snapshots, tier, version};
use crate::url::auth_string_command;
use config::Config;
use engine::{
    Action, Address, AtDestroy, Diff, Finding, Impact, Need, Reader, Resource, Result, State, Way, Writer,
};
use gcloud::gcloud;
use serde_json::{Value, json};
use std::time::Duration;

/// gcloud waits for the operation for half an hour. What outlasts that is found and waited for by the next check.
pub const PATIENCE: Duration = Duration::from_secs(35 * 60);

/// The Memorystore instance: on the VPC through private services access.
pub struct RedisInstance {
    config: Config,
    /// What Google fixes when an instance is made is no difference.
    keeps: bool,
    wanted: bool,
}

impl RedisInstance {
    /// The instance that the config names.
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone(), keeps: false, wanted: true }
    }

    /// One that the config named before: where a person names it, it goes once nothing serves that may have its URL.
    pub fn former(config: &Config, name: &str) -> Self {
        let mut config = config.clone();
        name.clone_into(&mut config.redis.instance);
        Self { config, keeps: false, wanted: false }
    }

    /// Leaves what cannot be changed in place as it is.
    pub fn keeping(self) -> Self {
        Self { keeps: true, ..self }
    }

    fn id(&self) -> &str {
        &self.config.redis.instance
    }

    /// What will be read of it: where clients connect, and with what. An instance that is there keeps its place.
    fn foretell(&self, cloud: &Writer, there: Option<&Value>) -> Result<()> {
        let (name, region, redis) = (self.id(), &self.config.project.region, &self.config.redis);
        if there.is_some_and(|instance| (instance["authEnabled"] == true) == redis.auth) {
            return Ok(());
        }
        cloud.foretell(&resources::describe_redis_instance(name, region), |later| {
            let field = |field: &str| {
                gcloud!["redis instances describe", name, "--region={region}", "--format=value({field})"]
            };
            let mut instance = there.cloned().unwrap_or_else(|| {
                json!({
                    "host": later.address("REDIS_HOST", field("host")),
                    "port": later.port("REDIS_PORT", field("port")),
                    "transitEncryptionMode": if redis.tls { "SERVER_AUTHENTICATION" } else { "DISABLED" },
                    "serverCaCerts": [{"cert": later.text("REDIS_CA", field("serverCaCerts[0].cert"))}],
                })
            });
            instance["authEnabled"] = json!(redis.auth);
            Ok(instance)
        })?;
        let auth = auth_string_command(name, region);
        cloud.foretell_secret(&auth, |later| later.secret("REDIS_AUTH", auth.clone()));
        Ok(())
    }

    fn read(&self, cloud: &Reader) -> Result<Option<Value>> {
        resources::redis_instance(cloud, self.id(), &self.config.project.region)
    }
}

/// What an instance is that cannot be compared or changed now. `None`: it is ready.
pub fn unready(instance: &Value) -> Option<State> {
    let busy = |doing: &str| Some(State::Busy(doing.to_owned()));
    match instance["state"].as_str().unwrap_or_default() {
        "READY" => None,
        "CREATING" => busy("being created"),
        "UPDATING" | "FAILING_OVER" | "IMPORTING" => busy("being changed"),
        "DELETING" => busy("being deleted"),
        state @ ("REPAIRING" | "MAINTENANCE") => busy(&format!("in state {state}")),
        state => {
            let why = instance["statusMessage"].as_str().unwrap_or_default();
            Some(State::Broken(format!("state {state} {why}").trim().to_owned()))
        }
    }
}

impl Resource for RedisInstance {
    fn address(&self) -> Address {
        resources::redis_instance_address(self.id())
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        let peering = resources::network::peering_address(&self.config.network.name);
        vec![Need::Api("redis.googleapis.com"), Need::Resource(peering)]
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(instance) = self.read(cloud)? else { return Ok(State::Absent) };
        if let Some(unready) = unready(&instance) {
            return Ok(unready);
        }
        let mut diffs: Vec<Diff> =
            settings(&self.config, &instance).iter().filter_map(Setting::diff).collect();
        if self.keeps {
            diffs.retain(|diff| !settings::is_fixed(diff));
        }
        Ok(State::from_diffs(diffs))
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let instance = self.read(cloud)?;
        Ok(instance.map(|instance| acceptance::findings(&self.config, &instance)).unwrap_or_default())
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let redis = &self.config.redis;
        let (region, network, size) =
            (&self.config.project.region, self.config.network_path(), redis.memory_gb);
        let (tier, version) = (tier(redis.tier), version(&self.config));
        let (day, hour) = (day(redis.maintenance.day), redis.maintenance.hour);
        let tls = if redis.tls { "SERVER_AUTHENTICATION" } else { "DISABLED" };
        let labels = &self.config.project.labels;
        let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let mut command = gcloud![
            "redis instances create",
            self.id(),
            "--region={region}",
            "--tier={tier}",
            "--size={size}",
            "--redis-version={version}",
            "--network={network}",
            "--connect-mode=private-service-access",
            "--transit-encryption-mode={tls}",
            "--maintenance-window-day={day}",
            "--maintenance-window-hour={hour}",
        ]
        .arg_if(redis.auth, "--enable-auth")
        .arg_if(!labels.is_empty(), format!("--labels={}", labels.join(",")));
        if redis.rdb_snapshot_period.is_some() {
            for flag in snapshots(&self.config) {
                command = command.arg(flag);
            }
        }
        cloud.change(command.deadline(PATIENCE))?;
        self.foretell(cloud, None)
    }

    fn way(&self, diffs: &[Diff]) -> Way {
        let fixed: Vec<&Diff> = diffs.iter().filter(|diff| settings::is_fixed(diff)).collect();
        if fixed.is_empty() {
            return Way::InPlace;
        }
        let (name, region) = (self.id(), &self.config.project.region);
        let why = match fixed.iter().all(|diff| diff.field == "version") {
            true => "Memorystore upgrades an instance and never takes it back, and it holds data",
            false => "Memorystore fixes it when an instance is made, and the instance holds data",
        };
        // Where one of them has no key, to set the others back would not be enough.
        let back: Option<Vec<String>> = fixed.iter().map(|diff| settings::back(&self.config, diff)).collect();
        // No key of the config says how an instance is connected: the old scripts made this one.
        let adopt = "run `deploy-all adopt`, which takes over what the old scripts made, leaves this instance as it is and lists \
                     what is left to decide; or ";
        let first = match back {
            Some(keys) => format!("set {}; or ", keys.join(" and ")),
            None if fixed.iter().any(|diff| diff.field == settings::CONNECT_MODE) => adopt.to_owned(),
            None => String::new(),
        };
        let todo = format!(
            "{first}name a second instance (redis.instance) and deploy: it is made beside this one, \
             redis-url becomes its URL, and a new revision of the service reads that; then this one is deleted, where you allow \
             it: `deploy-all --allow-replace redis-instance/{name}`. What it holds is carried over only by you: `gcloud redis \
             instances export gs://BUCKET/{name}.rdb {name} --region={region}`, and import"
        );
        Way::Never { why: why.to_owned(), todo }
    }

    fn impact(&self, action: Action, diffs: &[Diff]) -> Impact {
        match action {
            Action::Update => settings::impact(&self.config, diffs),
            _ => Impact::default(),
        }
    }

    /// One update for everything that can be changed in place; an upgrade is a command of its own.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let Some(instance) = self.read(cloud)? else { return self.create(cloud) };
        let mut settings = settings(&self.config, &instance);
        settings.retain(|setting| diffs.iter().any(|diff| diff.field == setting.field));
        let region = &self.config.project.region;
        let mut flags: Vec<String> = Vec::new();
        for setting in &settings {
            let Change::Flags(needed) = &setting.change else { continue };
            flags.extend(needed.iter().filter(|flag| !flags.contains(flag)).cloned().collect::<Vec<_>>());
        }
        if !flags.is_empty() {
            let command = gcloud!["redis instances update", self.id(), "--region={region}"];
            let command = flags.into_iter().fold(command, gcloud::Command::arg);
            cloud.change(command.deadline(PATIENCE))?;
            self.foretell(cloud, Some(&instance))?;
        }
        if settings.iter().any(|setting| matches!(setting.change, Change::Upgrade)) {
            let version = version(&self.config);
            let command = gcloud![
                "redis instances upgrade",
                self.id(),
                "--region={region}",
                "--redis-version={version}"
            ];
            cloud.change(command.deadline(PATIENCE))?;
        }
        Ok(())
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Loses("what the cache holds")
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        Ok(self.read(cloud)?.is_some_and(|found| resources::labelled(&found, &self.config.project.labels)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let region = &self.config.project.region;
        if !self.wanted {
            // Instances of an older revision keep the URL that they began with.
            resources::outlived_by(cloud, region, &self.config.cloud_run.service, &self.address())?;
        }
        cloud.change(gcloud!["redis instances delete", self.id(), "--region={region}"].deadline(PATIENCE))?;
        Ok(())
    }

    fn without(&self, _gone: &Address) -> Option<&'static str> {
        Some("nothing else leads to its address, and Google may refuse")
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(300)
    }

    fn in_place_of(&self, former: &Address) -> Impact {
        Impact::default().risking(format!("the cache begins empty; what {former} holds does not come along"))
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn stays_since(&self) -> Option<&'static str> {
        Some("it holds data, and is billed")
    }

    fn output_names(&self) -> &[&'static str] {
        &["redis.instance", "redis.host", "redis.port", "redis.console"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let (name, region) = (self.id(), &self.config.project.region);
        if self.read(cloud)?.is_none() {
            return Ok(Vec::new());
        }
        let page = format!("memorystore/redis/locations/{region}/instances/{name}/details/overview");
        let mut outputs = vec![
            ("redis.instance".to_owned(), name.to_owned()),
            ("redis.console".to_owned(), self.config.console(&page)),
        ];
        if let Some(endpoint) = resources::redis_endpoint(cloud, name, region)? {
            let (host, port) = (endpoint.host, endpoint.port);
            outputs.push(("redis.host".to_owned(), host.to_string()));
            outputs.push(("redis.port".to_owned(), port.to_string()));
        }
        Ok(outputs)
    }
}
