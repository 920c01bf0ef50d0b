//! `project.env` of the bash scripts: which variable is which key.

use super::shell::{self, Assignment};
use std::fmt::Write as _;

/// What the command line says, which wins over the file.
#[derive(Debug, Default)]
pub struct Said {
    /// Keys, each with the option that sets it.
    pub keys: Vec<(String, String)>,
    /// The environment.
    pub environment: Option<String>,
    /// The file that is written.
    pub file: Option<String>,
}

impl Said {
    /// The option that sets this key, or one that it is part of.
    fn option(&self, key: &str) -> Option<&str> {
        let sets = |set: &str| key == set || key.strip_prefix(set).is_some_and(|rest| rest.starts_with('.'));
        self.keys.iter().find(|(set, _)| sets(set)).map(|(_, option)| option.as_str())
    }
}

/// What becomes of one variable.
enum Meaning {
    /// A key takes its value, which this rewrites.
    Key(&'static str, fn(&str) -> String),
    /// It says which file is written.
    Environment,
    /// It names the repository, whose owner the scripts never asked for.
    Repository,
}

fn same(value: &str) -> String {
    value.to_owned()
}

fn upper(value: &str) -> String {
    value.to_uppercase()
}

/// `BASIC`, `standard_ha`
fn redis_tier(value: &str) -> String {
    value.to_lowercase().replace('_', "-").trim_end_matches("-ha").to_owned()
}

/// Every variable that the scripts read.
const VARIABLES: [(&str, Meaning); 23] = [
    ("PROJECT_ID", Meaning::Key("project.id", same)),
    ("PROJECT_NAME", Meaning::Key("project.name", same)),
    ("ORGANIZATION_ID", Meaning::Key("project.organization", same)),
    ("BILLING_ACCOUNT_ID", Meaning::Key("project.billing_account", upper)),
    ("GCP_REGION", Meaning::Key("project.region", same)),
    ("GCP_ZONE", Meaning::Key("project.zone", same)),
    ("ENVIRONMENT", Meaning::Environment),
    ("VPC_NETWORK_NAME", Meaning::Key("network.name", same)),
    ("SUBNET_NAME", Meaning::Key("network.subnet", same)),
    ("SUBNET_RANGE", Meaning::Key("network.range", same)),
    ("DB_INSTANCE_NAME", Meaning::Key("database.instance", same)),
    ("DB_VERSION", Meaning::Key("database.version", upper)),
    ("DB_TIER", Meaning::Key("database.tier", same)),
    ("DB_NAME", Meaning::Key("database.name", same)),
    ("DB_USER", Meaning::Key("database.user", same)),
    ("REDIS_INSTANCE_NAME", Meaning::Key("redis.instance", same)),
    ("REDIS_TIER", Meaning::Key("redis.tier", redis_tier)),
    ("REDIS_MEMORY_SIZE_GB", Meaning::Key("redis.memory_gb", same)),
    ("REDIS_VERSION", Meaning::Key("redis.version", upper)),
    ("SERVICE_NAME", Meaning::Key("cloud_run.service", same)),
    ("REPO_NAME", Meaning::Repository),
    ("BRANCH_NAME", Meaning::Key("ci_cd.branch", same)),
    ("LOG_RETENTION_DAYS", Meaning::Key("monitoring.log_retention_days", same)),
];

/// What a file of the scripts comes to.
#[derive(Debug, Default)]
pub struct Converted {
    /// `dev`, `staging` or `prod`, where the file says so.
    pub environment: Option<String>,
    /// Keys and their values.
    pub values: Vec<(String, String)>,
    /// Which variable a key's value came from, with its line.
    pub origins: Vec<(String, String)>,
    /// A line for each variable: used for what, or why not.
    pub report: Vec<String>,
}

/// Converts the text of a file, as far as the command line says nothing else.
///
/// # Errors
/// Everything that is wrong with the file, each with its line and remedy.
pub fn convert(text: &str, name: &str, command_line: &Said) -> Result<Converted, String> {
    let assignments = shell::read(text).map_err(|troubles| {
        let mut said = format!("{name} cannot be converted; nothing was written.");
        for trouble in troubles {
            let _ =
                write!(said, "\n\n{name}:{}\n  {}\n  remedy: {}", trouble.line, trouble.what, trouble.remedy);
        }
        said
    })?;
    let mut converted = Converted::default();
    let width = assignments.iter().map(|a| a.name.len()).max().unwrap_or(0);
    for (index, assignment) in assignments.iter().enumerate() {
        let again = assignments[index + 1..].iter().any(|later| later.name == assignment.name);
        let said = if again {
            "not used: it is set again further down".to_owned()
        } else {
            converted.take(assignment, name, command_line)
        };
        converted.report.push(format!("{:width$}  {said}", assignment.name));
    }
    let missing: Vec<&str> = VARIABLES
        .iter()
        .map(|(variable, _)| *variable)
        .filter(|v| !assignments.iter().any(|a| a.name == *v))
        .collect();
    if !missing.is_empty() {
        converted
            .report
            .push(format!("Not in the file, so that their keys keep the defaults: {}", missing.join(", ")));
    }
    Ok(converted)
}

impl Converted {
    /// Takes one variable; what to say of it.
    fn take(&mut self, assignment: &Assignment, file: &str, command_line: &Said) -> String {
        let value = assignment.value.trim();
        let Some((variable, meaning)) = VARIABLES.iter().find(|(name, _)| *name == assignment.name) else {
            // Its value is not shown: it may be a secret.
            return "not used: the scripts never read it, and no key is like it".to_owned();
        };
        if value.is_empty() {
            return "not used: it is empty, and the default stays".to_owned();
        }
        match meaning {
            Meaning::Key(key, rewrite) => {
                if let Some(option) = command_line.option(key) {
                    return format!("not used: {option} says it");
                }
                let value = rewrite(value);
                let said = format!("-> {key} = {value}");
                self.give(key, value, format!("{variable} ({file}:{})", assignment.line));
                said
            }
            Meaning::Environment => {
                if let Some(named) = &command_line.environment {
                    return format!("not used: --env {named} says it");
                }
                let environment = match value.to_lowercase().as_str() {
                    "dev" | "development" => "dev",
                    "stage" | "staging" => "staging",
                    "prod" | "production" => "prod",
                    _ => {
                        return "not used: it is none of dev, staging, prod; --env says which file is written"
                            .to_owned();
                    }
                };
                self.environment = Some(environment.to_owned());
                match &command_line.file {
                    Some(file) => {
                        format!("-> {environment}'s defaults for what is not here; the file is {file}")
                    }
                    None => format!(
                        "-> the file {environment}.toml, with that environment's defaults for what is not here"
                    ),
                }
            }
            Meaning::Repository => {
                if let Some(option) = command_line.option("ci_cd.github.name") {
                    return format!("not used: {option} says it");
                }
                match value.split_once('/') {
                    Some((owner, name)) => {
                        let origin = format!("{variable} ({file}:{})", assignment.line);
                        self.give("ci_cd.github.owner", owner.to_owned(), origin.clone());
                        self.give("ci_cd.github.name", name.to_owned(), origin);
                        format!("-> ci_cd.github = {owner}/{name}")
                    }
                    None => {
                        format!("not used: whose repository it is is not said; add --github OWNER/{value}")
                    }
                }
            }
        }
    }

    fn give(&mut self, key: &str, value: String, origin: String) {
        self.origins.push((key.to_owned(), origin));
        self.values.push((key.to_owned(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_is_reported_and_no_foreign_value_is_shown() {
        let text = "PROJECT_ID=acme-dev\nENVIRONMENT=production\nREDIS_TIER=STANDARD_HA\nREDIS_VERSION=redis_7_0\n\
                    REPO_NAME=app\nAPI_KEY=hunter2\nDB_NAME=\nDB_USER=a\nDB_USER=b\n";
        let converted = convert(text, "project.env", &Said::default()).unwrap();
        assert_eq!(converted.environment.as_deref(), Some("prod"));
        let values: Vec<String> =
            converted.values.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            values,
            ["project.id=acme-dev", "redis.tier=standard", "redis.version=REDIS_7_0", "database.user=b"]
        );
        let report = converted.report.join("\n");
        for said in [
            "PROJECT_ID     -> project.id = acme-dev",
            "REPO_NAME      not used: whose repository it is is not said; add --github OWNER/app",
            "API_KEY        not used: the scripts never read it",
            "DB_NAME        not used: it is empty",
            "DB_USER        not used: it is set again",
            "Not in the file, so that their keys keep the defaults: PROJECT_NAME, ORGANIZATION_ID",
        ] {
            assert!(report.contains(said), "{said} in\n{report}");
        }
        assert!(!report.contains("hunter2"));
    }

    #[test]
    fn the_command_line_wins_and_the_report_says_so() {
        let text = "PROJECT_ID=abc-def-9\nENVIRONMENT=dev\nREPO_NAME=acme/app\nDB_TIER=db-g1-small\n";
        let key = |key: &str, option: &str| (key.to_owned(), option.to_owned());
        let said = Said {
            keys: vec![
                key("project.id", "--project-id"),
                key("ci_cd.github", "--github"),
                key("database.tier", "--set database.tier"),
            ],
            environment: Some("prod".to_owned()),
            file: None,
        };
        let converted = convert(text, "x.env", &said).unwrap();
        assert!(converted.values.is_empty() && converted.environment.is_none());
        assert_eq!(
            converted.report[..4],
            [
                "PROJECT_ID   not used: --project-id says it",
                "ENVIRONMENT  not used: --env prod says it",
                "REPO_NAME    not used: --github says it",
                "DB_TIER      not used: --set database.tier says it",
            ]
        );
        let elsewhere = Said { file: Some("o8.toml".to_owned()), ..Said::default() };
        let report = convert("ENVIRONMENT=prod\n", "x.env", &elsewhere).unwrap().report;
        assert_eq!(report[0], "ENVIRONMENT  -> prod's defaults for what is not here; the file is o8.toml");
    }

    #[test]
    fn the_owner_may_stand_in_the_repository() {
        let nothing = Said::default();
        let converted = convert("REPO_NAME=acme/app\n", "x", &nothing).unwrap();
        assert_eq!(converted.values.len(), 2);
        let said = convert("A=$(x)\n\nB=`y`\n", "x.env", &nothing).unwrap_err();
        assert!(said.contains("x.env:1\n  runs a command") && said.contains("x.env:3"), "{said}");
    }
}
