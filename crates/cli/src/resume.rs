//! The command line that goes on where this one stopped: this one, with every option.

use crate::args::{Options, Rehearse};
use std::path::Path;

/// How this program was called, as a line that can be pasted.
pub fn command_line() -> String {
    line(std::env::args())
}

/// The options that lead another command to the same deployment, each with a blank before it.
pub fn same_place(options: &Options) -> String {
    let mut words = Vec::new();
    let mut add = |option: &str, value: &str| words.push(gcloud::quote(&format!("{option}={value}")));
    if options.env != Options::ENV {
        add("--env", &options.env);
    }
    if let Some(config) = &options.config {
        add("--config", &config.display().to_string());
    }
    options.set.iter().for_each(|set| add("--set", set));
    if options.state_dir != Path::new(Options::STATE_DIR) {
        add("--state-dir", &options.state_dir.display().to_string());
    }
    match options.rehearse {
        Some(Rehearse::Embedded) => words.push("--rehearse".to_owned()),
        Some(Rehearse::Gcloud) => words.push("--rehearse=gcloud".to_owned()),
        None => {}
    }
    words.iter().map(|word| format!(" {word}")).collect()
}

fn line(mut arguments: impl Iterator<Item = String>) -> String {
    let program = arguments.next().unwrap_or_else(|| "deploy-all".to_owned());
    // A program that was found on the PATH has no folder in its name; `cargo run` gives one that can be pasted as it is.
    std::iter::once(program)
        .chain(arguments)
        .map(|argument| gcloud::quote(&argument))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_command_is_led_to_the_same_place() {
        let options = |arguments: &[&str]| {
            use clap::Parser as _;
            let all = std::iter::once("deploy-all").chain(arguments.iter().copied());
            crate::args::DeployAll::parse_from(all).options
        };
        assert_eq!(same_place(&options(&["--yes", "--fresh"])), "");
        let there =
            options(&["--env", "prod", "--set", "project.name=My App", "--rehearse", "--state-dir", "/x"]);
        assert_eq!(same_place(&there), " --env=prod --set='project.name=My App' --state-dir=/x --rehearse");
    }

    #[test]
    fn every_option_is_kept_and_quoted_where_a_shell_needs_it() {
        let arguments = ["deploy-all", "--env", "prod", "--set", "project.name=My App", "--yes"];
        assert_eq!(
            line(arguments.map(str::to_owned).into_iter()),
            "deploy-all --env prod --set 'project.name=My App' --yes"
        );
    }
}
