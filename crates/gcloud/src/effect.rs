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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// All of them.
    Everything,
    /// Those of commands that begin with one of these words.
    Groups(&'static [&'static str]),
    /// Those of commands that begin with the change's own first word.
    Own,
    /// Those of commands that begin with the change's own first two words: policies do not make channels stale.
    Kind,
}

/// Which reads this change makes stale.
pub fn touched(command: &Command) -> Touched {
    let words = words(command);
    match words.as_slice() {
        ["projects", "add-iam-policy-binding" | "remove-iam-policy-binding", ..] => Touched::Own,
        // A new identity gets roles; a peering shows in the network.
        ["services", "identity", ..] => Touched::Groups(&["services", "projects"]),
        ["services", "vpc-peerings", ..] => Touched::Groups(&["services", "compute"]),
        ["projects" | "services" | "billing", ..] => Touched::Everything,
        // A policy names a deleted account by another name.
        ["iam", "service-accounts", "delete", ..] => Touched::Everything,
        ["logging" | "monitoring", ..] => Touched::Kind,
        _ => Touched::Own,
    }
}

impl Touched {
    /// Whether a change by `change` makes the answer to `read` stale.
    pub fn stales(self, change: &Command, read: &Command) -> bool {
        let group = words(read).first().copied().unwrap_or_default();
        match self {
            Self::Everything => true,
            Self::Groups(groups) => groups.contains(&group),
            Self::Own => words(change).first() == Some(&group),
            Self::Kind => words(change).get(..2) == words(read).get(..2),
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
    }
}
