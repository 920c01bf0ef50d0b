//! What a command that changes something has an effect on, beyond the thing that it names.

use crate::{Command, Lag};

/// The command's words without its release track.
fn words(command: &Command) -> Vec<&str> {
    let words = command.args().iter().map(String::as_str);
    words.skip_while(|word| ["alpha", "beta"].contains(word)).collect()
}

/// What this command makes that Google needs time for, until everything sees it.
pub fn makes(command: &Command) -> Vec<Lag> {
    let words = words(command);
    match words.as_slice() {
        ["services", "enable", apis @ ..] => {
            let apis = apis.iter().filter(|word| !word.starts_with('-'));
            apis.map(|api| Lag::Api(Some((*api).to_owned()))).collect()
        }
        ["services", "identity", "create", ..] => vec![Lag::ServiceAgent, Lag::Role],
        ["services", "vpc-peerings", "connect" | "update", ..] => vec![Lag::Peering],
        ["iam", "service-accounts", "create", ..] => vec![Lag::ServiceAccount],
        ["logging", "metrics", "create", ..] => vec![Lag::Metric],
        ["projects", "create", ..] | ["billing", "projects", "link", ..] => vec![Lag::Project],
        words if words.contains(&"add-iam-policy-binding") => vec![Lag::Role],
        _ => Vec::new(),
    }
}

/// Which reads a change makes stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Touched {
    /// All of them.
    Everything,
    /// Those of commands that begin with one of these words.
    Groups(&'static [&'static str]),
    /// Those of commands that begin with the change's own first word.
    Own,
    /// Those of commands that begin with the change's own first two words: policies do not make channels stale.
    Kind,
    /// Those of policies, of the change's own first word: who may use a service is not what the service is.
    Policies,
    /// Those of a secret's versions: the list of the secrets says nothing about what they hold.
    Versions(String),
    /// Those of a secret, and those of all secrets together.
    Secret(String),
}

/// Which reads this change makes stale.
pub fn touched(command: &Command) -> Touched {
    let words: Vec<&str> = words(command).into_iter().filter(|word| !word.starts_with('-')).collect();
    match words.as_slice() {
        [_, .., "add-iam-policy-binding" | "remove-iam-policy-binding", _] => Touched::Policies,
        // A new identity gets roles; a peering shows in the network.
        ["services", "identity", ..] => Touched::Groups(&["services", "projects"]),
        ["services", "vpc-peerings", ..] => Touched::Groups(&["services", "compute"]),
        ["projects" | "services" | "billing", ..] => Touched::Everything,
        // A policy names a deleted account by another name.
        ["iam", "service-accounts", "delete", ..] => Touched::Everything,
        ["secrets", "versions", "add", name] => Touched::Versions((*name).to_owned()),
        ["secrets", "create" | "update" | "delete", name] => Touched::Secret((*name).to_owned()),
        // An instance does not show its databases and users.
        ["sql", "databases" | "users", ..] | ["logging" | "monitoring", ..] => Touched::Kind,
        _ => Touched::Own,
    }
}

impl Touched {
    /// Whether a change by `change` makes the answer to `read` stale.
    pub fn stales(&self, change: &Command, read: &Command) -> bool {
        let (change, all) = (words(change), read.args());
        let read = words(read);
        let own = change.first() == read.first();
        let names =
            |name: &String| all.iter().any(|arg| arg == name || arg.strip_prefix("--secret=") == Some(name));
        match self {
            Self::Everything => true,
            Self::Groups(groups) => read.first().is_some_and(|group| groups.contains(group)),
            Self::Own => own,
            Self::Kind => change.get(..2) == read.get(..2),
            Self::Policies => own && read.contains(&"get-iam-policy"),
            Self::Versions(name) => own && names(name),
            Self::Secret(name) => own && (names(name) || read.get(1) == Some(&"list")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gcloud;

    #[test]
    fn what_lags_behind_follows_from_the_command() {
        let enable = gcloud!["services enable", "redis.googleapis.com", "run.googleapis.com", "--async"];
        let keys: Vec<_> = makes(&enable).iter().map(Lag::key).collect();
        assert_eq!(keys, ["api/redis.googleapis.com", "api/run.googleapis.com"]);
        let bind = gcloud!["beta run services add-iam-policy-binding", "api"];
        assert_eq!(makes(&bind), [Lag::Role]);
        assert!(makes(&gcloud!["redis instances create", "c"]).is_empty());
    }

    #[test]
    fn a_change_makes_its_own_group_stale_and_a_peering_the_networks_too() {
        let stales = |change: Command, read: Command| touched(&change).stales(&change, &read);
        assert!(stales(gcloud!["secrets create", "s"], gcloud!["secrets list"]));
        assert!(!stales(gcloud!["secrets create", "s"], gcloud!["sql instances list"]));
        let policy = || gcloud!["alpha monitoring policies create"];
        assert!(stales(policy(), gcloud!["alpha monitoring policies list"]));
        assert!(!stales(policy(), gcloud!["monitoring uptime list-configs"]));
        assert!(stales(gcloud!["services vpc-peerings connect"], gcloud!["compute networks list"]));
        assert!(stales(gcloud!["services enable", "x"], gcloud!["secrets list"]));
        assert!(!stales(gcloud!["projects add-iam-policy-binding", "p"], gcloud!["secrets list"]));
        assert!(!stales(
            gcloud!["sql users create", "u", "--instance=i"],
            gcloud!["sql instances describe", "i"]
        ));
        assert!(stales(
            gcloud!["sql users create", "u", "--instance=i"],
            gcloud!["sql users list", "--instance=i"]
        ));
    }

    #[test]
    fn a_right_makes_policies_stale_and_not_what_it_is_given_on() {
        let stales = |change: Command, read: Command| touched(&change).stales(&change, &read);
        let bind =
            || gcloud!["run services add-iam-policy-binding", "api", "--region=r", "--member=allUsers"];
        assert!(stales(bind(), gcloud!["run services get-iam-policy", "api", "--region=r"]));
        assert!(!stales(bind(), gcloud!["run services describe", "api", "--region=r"]));
        assert!(!stales(bind(), gcloud!["projects get-iam-policy", "p"]));
    }

    #[test]
    fn a_secret_makes_no_other_secret_stale() {
        let stales = |change: Command, read: Command| touched(&change).stales(&change, &read);
        let access = |name: &str| gcloud!["secrets versions access latest", "--secret={name}"];
        let add = || gcloud!["secrets versions add", "a", "--data-file=-"];
        assert!(stales(add(), access("a")));
        assert!(stales(add(), gcloud!["secrets versions list", "a"]));
        assert!(!stales(add(), access("b")));
        assert!(!stales(add(), gcloud!["secrets list"]));
        let update = || gcloud!["secrets update", "a", "--update-labels=x=y"];
        assert!(stales(update(), gcloud!["secrets list"]));
        assert!(!stales(update(), access("b")));
        assert!(
            stales(gcloud!["secrets versions disable", "1", "--secret=a"], access("b")),
            "what is not known"
        );
    }
}
