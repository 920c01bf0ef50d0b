//! The billing account that pays for the project.

use config::Config;
use engine::{
    Action, Address, AtDestroy, Diff, Error, Finding, Impact, Need, Reader, Resource, Result, State, Writer,
};
use gcloud::{Command, gcloud};
use resources::project_address;
use serde_json::{Value, json};

/// The link of the project to a billing account.
pub(crate) struct BillingLink {
    project: String,
    account: Option<String>,
}

impl BillingLink {
    pub(crate) fn new(config: &Config) -> Self {
        Self { project: config.project.id.clone(), account: config.project.billing_account.clone() }
    }

    pub(crate) fn address_of(project: &str) -> Address {
        Address::new("billing-link", project)
    }
}

/// A billing account's id without `billingAccounts/`.
pub(crate) fn bare(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// The project's billing as Google has it.
pub(crate) fn describe(cloud: &Reader, project: &str) -> Result<Option<Value>> {
    cloud.find(describe_command(project))
}

fn describe_command(project: &str) -> Command {
    gcloud!["billing projects describe", project].without_project()
}

/// The account that the project is linked to; `None` where it is linked to none.
pub(crate) fn linked(cloud: &Reader, project: &str) -> Result<Option<String>> {
    let info = describe(cloud, project)?;
    let name = info.and_then(|info| info["billingAccountName"].as_str().map(bare).map(str::to_owned));
    Ok(name.filter(|name| !name.is_empty()))
}

/// All accounts that the login sees.
pub(crate) fn accounts(cloud: &Reader) -> Result<Vec<Value>> {
    cloud.list(gcloud!["billing accounts list"].without_project())
}

/// An account that could pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingAccount {
    /// `01AB23-CD45EF-67AB89`
    pub id: String,
    /// What its owner calls it.
    pub name: String,
}

/// The open accounts that the login sees.
///
/// # Errors
/// They cannot be listed.
pub fn billing_accounts(cloud: &Reader) -> Result<Vec<BillingAccount>> {
    let text = |account: &Value, field: &str| account[field].as_str().unwrap_or_default().to_owned();
    let open = accounts(cloud)?.into_iter().filter(|account| account["open"] == true);
    Ok(open
        .map(|account| BillingAccount {
            id: bare(&text(&account, "name")).to_owned(),
            name: text(&account, "displayName"),
        })
        .collect())
}

/// The account to link: the configured one, or the only open one that the login sees.
pub(crate) fn choose(cloud: &Reader, configured: Option<&str>) -> Result<String> {
    let accounts = accounts(cloud)?;
    let id = |account: &Value| bare(account["name"].as_str().unwrap_or_default()).to_owned();
    let described = |account: &Value| {
        format!("{} ({})", id(account), account["displayName"].as_str().unwrap_or("without a name"))
    };
    if let Some(configured) = configured.map(bare) {
        return match accounts.iter().find(|account| id(account) == configured) {
            Some(account) if account["open"] == true => Ok(configured.to_owned()),
            Some(_) => Err(Error::person(
                format!("billing account {configured} is closed"),
                "a closed account pays for nothing",
                "open it in the console (Billing, Account management), or set another project.billing_account",
            )),
            None => Err(Error::person(
                format!("the login does not see billing account {configured}"),
                "it does not exist, or the login lacks the role Billing Account User (roles/billing.user) on it",
                "correct project.billing_account (`gcloud billing accounts list`), or ask for the role",
            )),
        };
    }
    let open: Vec<&Value> = accounts.iter().filter(|account| account["open"] == true).collect();
    match open.as_slice() {
        [only] => Ok(id(only)),
        [] => Err(Error::person(
            "there is no billing account to pay for the project",
            "the login sees no open billing account; it needs one with the role Billing Account User (roles/billing.user)",
            "make or open one (https://console.cloud.google.com/billing), or ask for the role, then run the command again",
        )),
        several => Err(Error::person(
            "several billing accounts could pay for the project",
            several.iter().map(|account| described(account)).collect::<Vec<_>>().join(", "),
            {
                let account = id(several[0]);
                format!(
                    "say which, in the config: project.billing_account = \"{account}\"; or once: `deploy-all --set \
                     project.billing_account={account}`"
                )
            },
        )),
    }
}

impl Resource for BillingLink {
    fn address(&self) -> Address {
        Self::address_of(&self.project)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(project_address(&self.project))]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let info = describe(cloud, &self.project)?.unwrap_or_default();
        let found = bare(info["billingAccountName"].as_str().unwrap_or_default());
        let pays = info["billingEnabled"] == true;
        if let Some(wanted) = self.account.as_deref().map(bare)
            && !found.is_empty()
            && found != wanted
        {
            return Ok(State::from_diffs(vec![Diff::new("billing_account", found, wanted)]));
        }
        if found.is_empty() {
            // Also in a plan: to choose an account is a question for a person, before anything is made.
            choose(cloud, self.account.as_deref())?;
            return Ok(State::Absent);
        }
        if !pays {
            return Err(Error::person(
                format!("the project's billing account {found} pays for nothing"),
                "it is closed, or its payment is overdue",
                "put it right in the console (Billing, Account management), or set another project.billing_account",
            ));
        }
        Ok(State::Present)
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let info = describe(cloud, &self.project)?.unwrap_or_default();
        let account = bare(info["billingAccountName"].as_str().unwrap_or_default()).to_owned();
        let (found, pays) = match (account.is_empty(), info["billingEnabled"] == true) {
            (true, _) => ("none".to_owned(), false),
            (false, true) => (account, true),
            (false, false) => (format!("{account}, which pays for nothing"), false),
        };
        Ok(vec![Finding::new("billing account", "one that pays", found, pays)])
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let (project, account) = (&self.project, choose(cloud, self.account.as_deref())?);
        let paid =
            || json!({"billingAccountName": format!("billingAccounts/{account}"), "billingEnabled": true});
        let info = cloud.change_to(
            gcloud!["billing projects link", project, "--billing-account={account}"].without_project(),
            |_| paid(),
        )?;
        cloud.foretell(&describe_command(project), |_| Ok(paid()))?;
        if info["billingEnabled"] == true {
            return Ok(());
        }
        Err(Error::person(
            format!("the project was linked to billing account {account}, which pays for nothing"),
            "the account is closed, or its payment is overdue",
            "put it right in the console (Billing, Account management), or set another project.billing_account",
        ))
    }

    /// The budget of the old account stays there: whoever pays there decides about it.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        self.create(cloud)?;
        if let Some(old) = diffs.iter().find(|diff| diff.field == "billing_account").map(|diff| &diff.old) {
            let text = format!("a budget that the project had in billing account {old} stays there");
            cloud.note(false, text, Some(format!("gcloud billing budgets list --billing-account={old}")));
        }
        Ok(())
    }

    /// <https://cloud.google.com/billing/docs/how-to/modify-project>: what the project used until then is billed to the old account.
    fn impact(&self, action: Action, _diffs: &[Diff]) -> Impact {
        match action {
            Action::Delete => Impact::default().interrupting("everything that costs stops"),
            _ => Impact::default(),
        }
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Kept("what stays in the project is paid through it")
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["billing projects unlink", &self.project].without_project())?;
        Ok(())
    }
}
