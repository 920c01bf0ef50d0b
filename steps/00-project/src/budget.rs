//! The monthly budget: it stops nothing, it mails the billing account's people.

use crate::billing::{self, BillingLink};
use config::Config;
use engine::{Address, Diff, Error, Finding, Need, Reader, Resource, Result, State, Writer};
use gcloud::{Command, gcloud};
use resources::project_number;
use serde_json::Value;

/// The budget alert of the project.
pub(crate) struct Budget {
    project: String,
    /// As configured.
    account: Option<String>,
    amount: u64,
    currency: Option<String>,
    thresholds: Vec<u32>,
}

/// What an update or a create needs to know.
struct Wanted {
    account: String,
    /// `100USD`, or `100` where the account's currency is not known: Google then takes the account's.
    amount: String,
    currency: Option<String>,
}

impl Budget {
    /// `None` where no amount is configured.
    pub(crate) fn new(config: &Config) -> Option<Self> {
        Some(Self { amount: config.budget.monthly_amount?, ..Self::former(config) })
    }

    /// The one that is there, whatever its amount.
    pub(crate) fn former(config: &Config) -> Self {
        Self {
            project: config.project.id.clone(),
            account: config.project.billing_account.clone(),
            amount: 0,
            currency: config.budget.currency.clone(),
            thresholds: config.budget.thresholds.clone(),
        }
    }

    pub(crate) fn address_of(config: &Config) -> Address {
        Address::new("budget", &config.project.id)
    }

    /// Google chooses a budget's id, and it has no labels: the display name is the owner's mark.
    fn display_name(&self) -> String {
        format!("{} (deploy-all)", self.project)
    }

    fn wanted(&self, cloud: &Reader) -> Result<Wanted> {
        // The account that the project is linked to, or is about to be.
        let account = match &self.account {
            Some(account) => Some(billing::bare(account).to_owned()),
            None => billing::linked(cloud, &self.project)?,
        };
        let Some(account) = account else {
            return Err(Error::person(
                "the budget has no billing account",
                format!("project {} is linked to none", self.project),
                "run the command again: it links the project first",
            ));
        };
        let accounts = billing::accounts(cloud)?;
        let ending = format!("/{account}");
        let row =
            accounts.iter().find(|row| row["name"].as_str().is_some_and(|name| name.ends_with(&ending)));
        let actual = row.and_then(|row| row["currencyCode"].as_str()).filter(|code| !code.is_empty());
        if let (Some(configured), Some(actual)) = (self.currency.as_deref(), actual)
            && configured != actual
        {
            return Err(Error::person(
                "the budget's currency is not that of the billing account",
                format!("budget.currency is {configured}; {account} is billed in {actual}"),
                format!("set budget.currency to {actual}, or leave it out"),
            ));
        }
        let currency = actual.or(self.currency.as_deref()).map(str::to_owned);
        let amount = format!("{}{}", self.amount, currency.as_deref().unwrap_or_default());
        Ok(Wanted { account, amount, currency })
    }

    /// The budgets with our display name, oldest unknown: Google tells no time of creation.
    fn found(&self, cloud: &Reader, account: &str) -> Result<Vec<Value>> {
        let rows =
            cloud.list(self.charged(gcloud!["billing budgets list", "--billing-account={account}"]))?;
        let name = self.display_name();
        Ok(rows.into_iter().filter(|row| row["displayName"] == name.as_str()).collect())
    }

    /// Requests to this API are charged to a project, which must have it enabled: gcloud's own does not.
    fn charged(&self, command: Command) -> Command {
        command.arg(format!("--billing-project={}", self.project))
    }

    fn with_thresholds(&self, command: Command, flag: &str) -> Command {
        let percents = self.thresholds.iter().map(|percent| f64::from(*percent) / 100.0);
        percents.fold(command, |command, percent| command.arg(format!("{flag}=percent={percent}")))
    }

    fn diffs(&self, cloud: &Reader, row: &Value, wanted: &Wanted) -> Result<Vec<Diff>> {
        let mut diffs = Vec::new();
        let money = &row["amount"]["specifiedAmount"];
        let (units, currency) = (money["units"].as_str().unwrap_or("0"), money["currencyCode"].as_str());
        let same_currency = wanted.currency.as_deref().is_none_or(|wanted| Some(wanted) == currency);
        if units != self.amount.to_string() || !same_currency || money["nanos"].as_i64().unwrap_or(0) != 0 {
            let found = format!("{units}{}", currency.unwrap_or_default());
            diffs.push(Diff::new("monthly_amount", found, &wanted.amount));
        }
        let rules = row["thresholdRules"].as_array().cloned().unwrap_or_default();
        let mut found: Vec<String> = rules.iter().map(threshold).collect();
        let mut thresholds: Vec<String> =
            self.thresholds.iter().map(|percent| format!("{percent}%")).collect();
        found.sort();
        thresholds.sort();
        if found != thresholds {
            diffs.push(Diff::new("thresholds", found.join(" "), thresholds.join(" ")));
        }
        // Google answers with the project's number, whatever it was given.
        let number = project_number(cloud, &self.project)?.unwrap_or_default();
        let ours = [format!("projects/{number}"), format!("projects/{}", self.project)];
        let projects = row["budgetFilter"]["projects"].as_array().cloned().unwrap_or_default();
        let only_ours = projects.len() == 1 && ours.iter().any(|name| projects[0] == name.as_str());
        if !only_ours {
            let found: Vec<&str> = projects.iter().filter_map(Value::as_str).collect();
            diffs.push(Diff::new("projects", found.join(" "), &ours[1]));
        }
        Ok(diffs)
    }
}

/// `50%`, or `50% forecast`
fn threshold(rule: &Value) -> String {
    let percent = (rule["thresholdPercent"].as_f64().unwrap_or(0.0) * 100.0).round();
    let forecast = if rule["spendBasis"] == "FORECASTED_SPEND" { " forecast" } else { "" };
    format!("{percent}%{forecast}")
}

fn name(row: &Value) -> &str {
    row["name"].as_str().unwrap_or_default()
}

impl Resource for Budget {
    fn address(&self) -> Address {
        Address::new("budget", &self.project)
    }

    fn needs(&self) -> Vec<Need> {
        vec![
            Need::Resource(BillingLink::address_of(&self.project)),
            Need::Api("billingbudgets.googleapis.com"),
        ]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let wanted = self.wanted(cloud)?;
        let rows = self.found(cloud, &wanted.account)?;
        match rows.as_slice() {
            [] => Ok(State::Absent),
            [row] => Ok(State::from_diffs(self.diffs(cloud, row, &wanted)?)),
            // gcloud repeats a POST whose answer was lost, so that one create can make several.
            several if cloud.made_by_us(&self.address()) => {
                Ok(State::Drifted(vec![Diff::new("copies", several.len(), 1)]))
            }
            several => Err(Error::person(
                format!("there are {} budgets named {}", several.len(), self.display_name()),
                several.iter().map(name).collect::<Vec<_>>().join(", "),
                format!("delete all but one: `gcloud billing budgets delete {}`", name(&several[0])),
            )),
        }
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let wanted = self.wanted(cloud)?;
        let thresholds: Vec<String> = self.thresholds.iter().map(|percent| format!("{percent}%")).collect();
        let expected = format!("{} a month, mails at {}", wanted.amount, thresholds.join(", "));
        let (found, passed) = match self.check(cloud)? {
            State::Present => ("as configured".to_owned(), true),
            State::Drifted(diffs) => {
                let fields = diffs.iter().map(|diff| format!("{} {}", diff.field, diff.old));
                (fields.collect::<Vec<_>>().join("; "), false)
            }
            _ => ("none".to_owned(), false),
        };
        Ok(vec![Finding::new("budget", expected, found, passed)])
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Wanted { account, amount, .. } = self.wanted(cloud)?;
        let (display_name, project) = (self.display_name(), &self.project);
        let create = gcloud![
            "billing budgets create",
            "--billing-account={account}",
            "--display-name={display_name}",
            "--budget-amount={amount}",
            "--filter-projects=projects/{project}",
            "--calendar-period=month"
        ];
        cloud.change(self.charged(self.with_thresholds(create, "--threshold-rule")))?;
        Ok(())
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let Wanted { account, amount, .. } = self.wanted(cloud)?;
        let rows = self.found(cloud, &account)?;
        let Some((kept, copies)) = rows.split_first() else { return self.create(cloud) };
        for copy in copies {
            cloud.change(self.charged(gcloud!["billing budgets delete", name(copy)]))?;
        }
        let (budget, project) = (name(kept), &self.project);
        let differs = |field: &str| diffs.iter().any(|diff| diff.field == field);
        if copies.is_empty() || diffs.len() > 1 {
            let update = gcloud!["billing budgets update", budget, "--budget-amount={amount}"]
                .arg_if(differs("projects"), format!("--filter-projects=projects/{project}"));
            // Without the clearing, gcloud adds to the rules that are there.
            let update = match differs("thresholds") {
                true => self.with_thresholds(update.arg("--clear-threshold-rules"), "--add-threshold-rule"),
                false => update,
            };
            cloud.change(self.charged(update))?;
        }
        Ok(())
    }

    /// It is found by its display name, which is the mark.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let Wanted { account, .. } = self.wanted(cloud)?;
        for row in self.found(cloud, &account)? {
            cloud.change(self.charged(gcloud!["billing budgets delete", name(&row)]))?;
        }
        Ok(())
    }

    /// It belongs to the billing account, and outlives the project.
    fn may_preexist(&self) -> bool {
        true
    }
}
