use engine::{Address, Diff, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;

/// A service account of the project. It has no labels: its description is the owner's mark.
pub struct ServiceAccount {
    project: String,
    id: String,
    display_name: String,
    description: String,
    needs: Vec<Need>,
}

impl ServiceAccount {
    /// A service account by its short id.
    pub fn new(
        project: &str,
        id: &str,
        display_name: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self {
            project: project.to_owned(),
            id: id.to_owned(),
            display_name: display_name.into(),
            description: description.into(),
            needs: vec![Need::Api("iam.googleapis.com")],
        }
    }

    /// Adds what must be there first.
    pub fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// `ID@PROJECT.iam.gserviceaccount.com`.
    pub fn email(&self) -> String {
        let (id, project) = (&self.id, &self.project);
        // A project of the old, domain-scoped kind is `example.com:name`; its accounts are at `name.example.com`.
        match project.split_once(':') {
            Some((domain, name)) => format!("{id}@{name}.{domain}.iam.gserviceaccount.com"),
            None => format!("{id}@{project}.iam.gserviceaccount.com"),
        }
    }

    /// The address under which a service account with this short id is kept.
    pub fn address_of(id: &str) -> Address {
        Address::new("service-account", id)
    }
}

impl Resource for ServiceAccount {
    fn address(&self) -> Address {
        Self::address_of(&self.id)
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.clone()
    }

    /// One list for all accounts: a `describe` of a missing one may answer 403.
    fn check(&self, cloud: &Reader) -> Result<State> {
        let email = self.email();
        let accounts = cloud.list(gcloud!["iam service-accounts list"])?;
        let Some(account) = accounts.iter().find(|account| account["email"] == email.as_str()) else {
            return Ok(State::Absent);
        };
        let mut diffs = Vec::new();
        for (field, key, wanted) in [
            ("display_name", "displayName", &self.display_name),
            ("description", "description", &self.description),
        ] {
            let found = account[key].as_str().unwrap_or_default();
            if found != wanted {
                diffs.push(Diff::new(field, found, wanted));
            }
        }
        Ok(State::from_diffs(diffs))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Self { id, display_name, description, .. } = self;
        cloud.change(gcloud![
            "iam service-accounts create",
            id,
            "--display-name={display_name}",
            "--description={description}"
        ])?;
        Ok(())
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let (email, display_name, description) = (self.email(), &self.display_name, &self.description);
        cloud.change(gcloud![
            "iam service-accounts update",
            email,
            "--display-name={display_name}",
            "--description={description}"
        ])?;
        Ok(())
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let (email, accounts) = (self.email(), cloud.list(gcloud!["iam service-accounts list"])?);
        let own = accounts.iter().find(|account| account["email"] == email.as_str());
        Ok(own.is_some_and(|account| account["description"] == self.description.as_str()))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["iam service-accounts delete", self.email()])?;
        Ok(())
    }
}
