use super::{Rotation, password};
use crate::users::ACTS;
use config::names;
use engine::{Address, Diff, Error, Need, Reader, Result, State, Writer};
use gcloud::{Command, Kind, Secret, gcloud};
use resources::Part;
use std::time::Duration;

/// gcloud waits ten minutes for it.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What lets the database's own account read the file.
const READER: &str = "roles/storage.objectViewer";

/// The file, in the bucket that builds are uploaded to.
const FILE: &str = "deploy-all/act-as.sql";

/// Said behind the mark while the file and its reader are still there.
const LEFT: &str = "/left";

pub fn address() -> Address {
    Address::new("sql-script", "act-as")
}

/// The second user acts as the first: every session of it begins as the first one, so that whichever makes a table, the
/// first one owns it. This stands in the database itself, and is done once. A database with a private address alone is
/// reached by an import: SQL from a file in a bucket, which its own account must be able to read for that moment.
pub struct ActAs {
    rotation: Rotation,
}

impl ActAs {
    pub fn new(rotation: &Rotation) -> Self {
        Self { rotation: rotation.clone() }
    }

    fn mark(&self) -> String {
        let users = &self.rotation.users;
        users.mark(&users.second, &users.first)
    }

    fn found(&self, cloud: &Reader) -> Result<String> {
        Ok(resources::annotations(cloud, names::DB_PASSWORD)?.remove(ACTS).unwrap_or_default())
    }

    fn bucket(&self) -> String {
        format!("gs://{}", self.rotation.config.source_bucket())
    }

    /// The account that the instance reads files as.
    fn account(&self, cloud: &Reader) -> Result<String> {
        let instance = resources::sql_instance(cloud, &self.rotation.users.instance)?;
        let account = instance.as_ref().and_then(|instance| instance["serviceAccountEmailAddress"].as_str());
        match account {
            Some(account) => Ok(format!("serviceAccount:{account}")),
            None => Err(Error::answer("sql instances describe", "the instance has no service account")),
        }
    }

    fn policy(&self, verb: &str) -> Command {
        Command::new("storage buckets").arg(verb).arg(self.bucket())
    }

    fn binding(&self, verb: &str, account: &str) -> Command {
        self.policy(verb)
            .arg(format!("--member={account}"))
            .arg(format!("--role={READER}"))
            .arg("--condition=None")
    }

    fn import(&self, cloud: &Writer) -> Result<()> {
        let bucket = self.rotation.config.source_bucket();
        if resources::bucket(cloud, &bucket)?.is_none() {
            return Err(Error::Prerequisite {
                resource: address(),
                need: Need::Resource(Address::new("bucket", bucket)),
                step: "05-ci-cd".to_owned(),
            });
        }
        let (instance, first) = (&self.rotation.users.instance, &self.rotation.users.first);
        let (file, database) = (format!("{}/{FILE}", self.bucket()), &self.rotation.config.database.name);
        let script = script(first, &self.rotation.users.second);
        cloud.change(gcloud!["storage cp", "-", file].stdin(Secret::new(script)))?;
        cloud.change(self.binding("add-iam-policy-binding", &self.account(cloud)?))?;
        cloud.change(
            gcloud!["sql import sql", instance, file, "--database={database}", "--user={first}"]
                .deadline(PATIENCE),
        )?;
        resources::annotate(cloud, names::DB_PASSWORD, ACTS, &format!("{}{LEFT}", self.mark()))
    }

    /// Takes the file and its reader away. What is gone already is well.
    fn tidy(&self, cloud: &Writer) -> Result<()> {
        let account = self.account(cloud)?;
        let policy = cloud.find(self.policy("get-iam-policy"))?;
        if policy.is_some_and(|policy| resources::policy_grants(&policy, READER, &account)) {
            cloud.change(self.binding("remove-iam-policy-binding", &account))?;
        }
        match cloud.change(gcloud!["storage rm", format!("{}/{FILE}", self.bucket())]) {
            Err(error) if matches!(error.kind(), Some(Kind::NotFound)) => Ok(()),
            result => result.map(drop),
        }
    }
}

/// Run again, it changes nothing.
fn script(first: &str, second: &str) -> String {
    let [first, second] = [first, second].map(|name| name.replace('"', "\"\""));
    format!("GRANT \"{first}\" TO \"{second}\";\nALTER ROLE \"{second}\" SET ROLE \"{first}\";\n")
}

impl Part for ActAs {
    fn address(&self) -> Address {
        address()
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(password::new_user_address())]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let users = &self.rotation.users;
        if self.found(cloud)? == self.mark() || self.rotation.to(cloud)? == users.first {
            return Ok(State::Present);
        }
        Ok(State::Drifted(vec![Diff::new(&users.second, "(itself)", format!("acts as {}", users.first))]))
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        if self.found(cloud)? != format!("{}{LEFT}", self.mark()) {
            self.import(cloud)?;
        }
        self.tidy(cloud)?;
        resources::annotate(cloud, names::DB_PASSWORD, ACTS, &self.mark())
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted() {
        assert_eq!(
            script("my-app", "my\"app-b"),
            "GRANT \"my-app\" TO \"my\"\"app-b\";\nALTER ROLE \"my\"\"app-b\" SET ROLE \"my-app\";\n"
        );
    }
}
