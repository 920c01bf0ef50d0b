//! The command line that goes on where this one stopped: this one, with every option.

/// How this program was called, as a line that can be pasted.
pub fn command_line() -> String {
    line(std::env::args())
}

/// The command line that carries out a plan which this one has saved: the same options, without those of `plan`.
pub fn with_plan(path: &std::path::Path) -> String {
    line(carrying_out(std::env::args(), &path.to_string_lossy()))
}

fn carrying_out(arguments: impl Iterator<Item = String>, path: &str) -> impl Iterator<Item = String> {
    const WITH_VALUE: &[&str] = &["--out", "--from", "--until", "--allow-replace"];
    const ALONE: &[&str] = &["plan", "--exit-code", "--dry-run", "--fresh"];
    let mut kept = Vec::new();
    let mut skip = false;
    for argument in arguments {
        if std::mem::take(&mut skip) {
            continue;
        }
        skip = WITH_VALUE.contains(&argument.as_str());
        let joined = WITH_VALUE.iter().any(|name| argument.starts_with(&format!("{name}=")));
        if !skip && !joined && !ALONE.contains(&argument.as_str()) {
            kept.push(argument);
        }
    }
    kept.push("--plan".to_owned());
    kept.push(path.to_owned());
    kept.into_iter()
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
    fn a_saved_plan_is_carried_out_with_the_same_options() {
        let arguments = [
            "deploy-all",
            "plan",
            "--env",
            "prod",
            "--out",
            "p.json",
            "--exit-code",
            "--until=03",
            "--rehearse",
        ];
        assert_eq!(
            line(carrying_out(arguments.map(str::to_owned).into_iter(), "p.json")),
            "deploy-all --env prod --rehearse --plan p.json"
        );
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
