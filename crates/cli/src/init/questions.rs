//! The questions of `init`, one after the other, each with a default and the config's own checks.

use super::{Answers, ENVIRONMENTS};
use crate::ask;
use crate::exit::Stop;
use crate::say;
use console::style;
use gcloud::Interrupt;
use step_project::BillingAccount;

/// The billing accounts to choose from, or why they could not be listed.
pub type Accounts = Result<Vec<BillingAccount>, String>;

/// Asks which environment it is.
pub fn environment(default: &str, interrupt: &Interrupt) -> Result<String, Stop> {
    loop {
        let answer = ask::line(&prompt("Environment: dev, staging or prod", default), interrupt)?;
        let answer = if answer.is_empty() { default.to_owned() } else { answer };
        if ENVIRONMENTS.contains(&answer.as_str()) {
            return Ok(answer);
        }
        say::aside(format_args!("  {answer:?} is none of {}.", ENVIRONMENTS.join(", ")));
    }
}

/// Asks for everything that no flag has answered.
pub fn ask_for(answers: &mut Answers, accounts: &Accounts, interrupt: &Interrupt) -> Result<(), Stop> {
    let id = answers.default_of("project.id");
    one(
        answers,
        interrupt,
        "project.id",
        "Project id, unique in the world (made if it does not exist)",
        &id,
    )?;
    billing(answers, accounts, interrupt)?;
    let region = answers.default_of("project.region");
    one(answers, interrupt, "project.region", "Region", &region)?;
    let words = "GitHub repository OWNER/NAME whose pushes build and deploy (empty: none yet)";
    one(answers, interrupt, "ci_cd.github", words, "")?;
    one(
        answers,
        interrupt,
        "monitoring.notification_email",
        "Mail address for alerts (empty: nobody is mailed)",
        "",
    )
}

fn prompt(words: &str, default: &str) -> String {
    let words = style(words).for_stderr().bold();
    if default.is_empty() { format!("{words}: ") } else { format!("{words} [{default}]: ") }
}

/// Says it in lines that fit the terminal.
fn tell(text: &str) {
    display::wrapped(text, display::Style::of_stderr()).iter().for_each(say::aside);
}

/// Asks until the config takes the answer. An empty one is the default.
fn one(
    answers: &mut Answers,
    interrupt: &Interrupt,
    key: &str,
    words: &str,
    default: &str,
) -> Result<(), Stop> {
    if answers.has(key) {
        return Ok(());
    }
    loop {
        let answer = ask::line(&prompt(words, default), interrupt)?;
        let answer = if answer.is_empty() { default } else { &answer };
        if answer.is_empty() {
            return Ok(());
        }
        match answers.give(key, answer) {
            Ok(()) => return Ok(()),
            Err(problems) => problems.iter().for_each(|problem| tell(&format!("  {problem}"))),
        }
    }
}

/// The accounts as a list, of which a number chooses one.
fn billing(answers: &mut Answers, accounts: &Accounts, interrupt: &Interrupt) -> Result<(), Stop> {
    let key = "project.billing_account";
    if answers.has(key) {
        return Ok(());
    }
    let unset = "Billing account id (empty: the only open one that the login sees when it deploys)";
    let list = match accounts {
        Ok(list) if !list.is_empty() => list,
        Ok(_) => {
            say::aside("The login sees no open billing account.");
            return one(answers, interrupt, key, unset, "");
        }
        Err(why) => {
            tell(&format!("The billing accounts cannot be listed: {why}"));
            return one(answers, interrupt, key, unset, "");
        }
    };
    say::aside(style("Billing account, who pays:").for_stderr().bold());
    for (index, account) in list.iter().enumerate() {
        say::aside(format_args!("  {}  {}  {}", index + 1, account.id, account.name));
    }
    let default = if list.len() == 1 { "1" } else { "" };
    loop {
        let answer = ask::line(&prompt("Its number, or an id", default), interrupt)?;
        let answer = if answer.is_empty() { default } else { &answer };
        let chosen = answer.parse::<usize>().ok().and_then(|number| list.get(number.checked_sub(1)?));
        let id = chosen.map_or(answer, |account| account.id.as_str());
        if id.is_empty() {
            say::aside("  There are several: say which.");
            continue;
        }
        match answers.give(key, id) {
            Ok(()) => return Ok(()),
            Err(problems) => problems.iter().for_each(|problem| tell(&format!("  {problem}"))),
        }
    }
}
