//! The command line that goes on where this one stopped: this one, with every option.

/// How this program was called, as a line that can be pasted.
pub fn command_line() -> String {
    line(std::env::args())
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
    fn every_option_is_kept_and_quoted_where_a_shell_needs_it() {
        let arguments = ["deploy-all", "--env", "prod", "--set", "project.name=My App", "--yes"];
        assert_eq!(
            line(arguments.map(str::to_owned).into_iter()),
            "deploy-all --env prod --set 'project.name=My App' --yes"
        );
    }
}
