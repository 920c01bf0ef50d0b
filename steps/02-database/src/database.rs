use config::Config;
use engine::{Address, AtDestroy, Diff, Impact, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;

/// The application's database.
pub struct SqlDatabase {
    instance: String,
    name: String,
}

impl SqlDatabase {
    pub fn new(config: &Config) -> Self {
        Self::of_name(config, &config.database.name)
    }

    /// The database of this name in the instance.
    pub fn of_name(config: &Config, name: &str) -> Self {
        Self { instance: config.database.instance.clone(), name: name.to_owned() }
    }
}

impl Resource for SqlDatabase {
    fn address(&self) -> Address {
        Address::new("sql-database", &self.name)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(resources::sql_instance_address(&self.instance))]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Self { instance, name } = self;
        let databases = cloud.list(gcloud!["sql databases list", "--instance={instance}"])?;
        let there = databases.iter().any(|database| database["name"] == name.as_str());
        Ok(if there { State::Present } else { State::Absent })
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Self { instance, name } = self;
        cloud.change(gcloud!["sql databases create", name, "--instance={instance}"])?;
        Ok(())
    }

    /// It has nothing but its name.
    fn update(&self, _cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        Ok(())
    }

    fn in_place_of(&self, former: &Address) -> Impact {
        let former = former.name();
        Impact::default()
            .interrupting(format!(
                "running instances write to {former} until the new revision of the service serves"
            ))
            .risking(format!(
                "the application moves to an EMPTY database; what is in {former} does not come along unless you move it"
            ))
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::With(resources::sql_instance_address(&self.instance))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let Self { instance, name } = self;
        cloud.change(gcloud!["sql databases delete", name, "--instance={instance}"])?;
        Ok(())
    }

    fn holds_data(&self) -> bool {
        true
    }
}
