//! What can be known before a deployment of whether it will go through: the project, who pays, the organization's
//! policies, the login's rights. Only reads; what cannot be known is said to be unknown.

mod policies;

use crate::{apis, billing};
use config::Config;
use engine::{Error, Reader, Result};
use gcloud::gcloud;
use resources::{describe_project, project_policy_command};
use serde_json::Value;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Nothing in the way.
    Ok,
    /// A deployment goes through, but a person would want to know.
    Warn,
    /// A deployment will fail.
    Fail,
    /// It cannot be known from here.
    Unknown,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What was looked at: `billing`.
    pub subject: String,
    /// How it came out.
    pub level: Level,
    /// What was found.
    pub text: String,
    /// What to do about it; nothing for what is well.
    pub todo: Option<String>,
}

impl Row {
    fn new(subject: &str, level: Level, text: impl Into<String>) -> Self {
        Self { subject: subject.to_owned(), level, text: text.into(), todo: None }
    }

    fn todo(mut self, todo: impl Into<String>) -> Self {
        self.todo = Some(todo.into());
        self
    }

    /// What could not be read, with the reason.
    fn of_error(subject: &str, level: Level, project: &str, error: &Error) -> Self {
        let problem = error.explain(project, format!("{subject} cannot be read"));
        let said = if problem.said.is_empty() { String::new() } else { format!(" ({})", problem.said) };
        // What a step itself refuses has its own headline; of gcloud's failures the reason is the headline.
        let text = match error {
            Error::Person { what, why, .. } => format!("{what}: {why}"),
            _ => format!("{}{said}", problem.why),
        };
        Self::new(subject, level, text).todo(problem.todo)
    }
}

/// All checks. `account` is the login that gcloud works as, where it is known.
///
/// # Errors
/// Only that it was interrupted: what cannot be read is a row.
pub fn check(cloud: &Reader, config: &Config, account: Option<&str>) -> Result<Vec<Row>> {
    let id = &config.project.id;
    let mut rows = Vec::new();
    let project = match describe_project(cloud, id) {
        Ok(project) => project,
        Err(error) => {
            let row = Row::of_error("project", Level::Fail, id, uninterrupted(&error)?);
            return Ok(vec![row]);
        }
    };
    rows.push(state(id, project.as_ref()));
    rows.push(payer(cloud, config, project.is_some())?);
    if project.is_some_and(|project| project["lifecycleState"] == "ACTIVE") {
        rows.push(enabled(cloud, config)?);
        rows.extend(policies::check(cloud, config)?);
        rows.push(rights(cloud, id, account)?);
    } else {
        let text = "not known before the project exists";
        rows.push(Row::new("organization policies", Level::Unknown, text));
        rows.push(create_right(config));
    }
    rows.push(billing_right(cloud, config, account)?);
    Ok(rows)
}

/// An interruption ends the doctor too.
fn uninterrupted(error: &Error) -> Result<&Error> {
    match error {
        Error::Interrupted(signal) => Err(Error::Interrupted(*signal)),
        error => Ok(error),
    }
}

fn state(id: &str, project: Option<&Value>) -> Row {
    let Some(project) = project else {
        return Row::new(
            "project",
            Level::Ok,
            format!("{id} does not exist yet (or the login may not see it)"),
        );
    };
    match project["lifecycleState"].as_str().unwrap_or_default() {
        "ACTIVE" => {
            let number = project["projectNumber"].as_str().unwrap_or("?");
            let parent = &project["parent"];
            let place = match (parent["type"].as_str(), parent["id"].as_str()) {
                (Some(kind), Some(id)) => format!(", under {kind} {id}"),
                _ => ", under no organization".to_owned(),
            };
            Row::new("project", Level::Ok, format!("{id} exists (number {number}{place})"))
        }
        state => Row::new("project", Level::Fail, format!("{id} is marked for deletion ({state})"))
            .todo(format!("bring it back (`gcloud projects undelete {id}`), or choose another project.id")),
    }
}

fn payer(cloud: &Reader, config: &Config, exists: bool) -> Result<Row> {
    let (id, configured) = (&config.project.id, config.project.billing_account.as_deref());
    let found = if exists { billing::describe(cloud, id) } else { Ok(None) };
    let info = match found {
        Ok(info) => info.unwrap_or_default(),
        Err(error) => return Ok(Row::of_error("billing", Level::Unknown, id, uninterrupted(&error)?)),
    };
    let linked =
        info["billingAccountName"].as_str().unwrap_or_default().trim_start_matches("billingAccounts/");
    if !linked.is_empty() {
        return Ok(match info["billingEnabled"] == true {
            true => Row::new("billing", Level::Ok, format!("{linked} pays")),
            false => Row::new("billing", Level::Fail, format!("{linked} is closed, and pays for nothing"))
                .todo("open it in the console, or set another project.billing_account"),
        });
    }
    Ok(match billing::choose(cloud, configured) {
        Ok(account) => Row::new("billing", Level::Ok, format!("{account} will pay")),
        Err(error) => Row::of_error("billing", Level::Fail, id, uninterrupted(&error)?),
    })
}

fn enabled(cloud: &Reader, config: &Config) -> Result<Row> {
    let required = apis::required(config);
    Ok(match apis::enabled(cloud) {
        Ok(enabled) => {
            let on = required.iter().filter(|api| enabled.iter().any(|name| name == *api)).count();
            let text = match required.len() - on {
                0 => format!("all {on} that are needed are enabled"),
                missing => {
                    format!("{on} that are needed are enabled; step 00-project enables {missing} more")
                }
            };
            Row::new("APIs", Level::Ok, text)
        }
        Err(error) => Row::of_error("APIs", Level::Unknown, &config.project.id, uninterrupted(&error)?),
    })
}

/// The roles that the project's own policy gives the login. What comes through a group, a folder or the
/// organization does not show there.
fn rights(cloud: &Reader, id: &str, account: Option<&str>) -> Result<Row> {
    let subject = "rights on the project";
    let policy = match cloud.find(project_policy_command(id)) {
        Ok(policy) => policy.unwrap_or_default(),
        Err(error) => return Ok(Row::of_error(subject, Level::Unknown, id, uninterrupted(&error)?)),
    };
    let Some(account) = account else {
        return Ok(Row::new(subject, Level::Unknown, "gcloud does not tell which login it works as"));
    };
    let held = held(&policy, account);
    if held.iter().any(|role| role == "roles/owner") {
        return Ok(Row::new(subject, Level::Ok, format!("{account} is an owner")));
    }
    let roles = if held.is_empty() { "none".to_owned() } else { held.join(", ") };
    Ok(Row::new(
        subject,
        Level::Unknown,
        format!("{account} is no owner in the project's own policy; roles there: {roles}. More may come through a group, a folder or the organization"),
    )
    .todo("roles/owner on the project is what a deployment needs"))
}

/// The roles that a policy gives a login by name.
fn held(policy: &Value, account: &str) -> Vec<String> {
    let bindings = policy["bindings"].as_array().into_iter().flatten();
    bindings
        .filter(|binding| {
            let members = binding["members"].as_array().into_iter().flatten().filter_map(Value::as_str);
            members.filter_map(|member| member.split_once(':')).any(|(kind, name)| {
                ["user", "serviceAccount"].contains(&kind) && name.eq_ignore_ascii_case(account)
            })
        })
        .filter_map(|binding| binding["role"].as_str().map(str::to_owned))
        .collect()
}

fn create_right(config: &Config) -> Row {
    let project = &config.project;
    let place = match (&project.folder, &project.organization) {
        (Some(folder), _) => format!("folder {folder}"),
        (None, Some(organization)) => format!("organization {organization}"),
        (None, None) => return Row::new("right to create projects", Level::Unknown, "shows when it is used"),
    };
    Row::new("right to create projects", Level::Unknown, format!("in {place}: shows when it is used"))
        .todo(format!("roles/resourcemanager.projectCreator on {place} is what it takes"))
}

fn billing_right(cloud: &Reader, config: &Config, account: Option<&str>) -> Result<Row> {
    let (id, subject) = (&config.project.id, "rights on the billing account");
    let Ok(payer) = billing::choose(cloud, config.project.billing_account.as_deref()) else {
        return Ok(Row::new(subject, Level::Unknown, "not known before there is one"));
    };
    let Some(account) = account else {
        return Ok(Row::new(subject, Level::Unknown, "gcloud does not tell which login it works as"));
    };
    let policy = match cloud.find(gcloud!["billing accounts get-iam-policy", payer].without_project()) {
        Ok(policy) => policy.unwrap_or_default(),
        Err(error) => return Ok(Row::of_error(subject, Level::Unknown, id, uninterrupted(&error)?)),
    };
    let held = held(&policy, account);
    let has = |role: &str| held.iter().any(|held| held == "roles/billing.admin" || held == role);
    let mut missing = Vec::new();
    if !has("roles/billing.user") {
        missing.push("roles/billing.user");
    }
    if config.budget.monthly_amount.is_some() && !has("roles/billing.costsManager") {
        missing.push("roles/billing.costsManager");
    }
    Ok(match missing.as_slice() {
        [] => Row::new(subject, Level::Ok, format!("{account} has what it takes")),
        missing => Row::new(
            subject,
            Level::Unknown,
            format!(
                "{account} does not have {} in the account's own policy; it may come through a group or the organization",
                missing.join(", ")
            ),
        ),
    })
}
