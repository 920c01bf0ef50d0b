//! Command lines without what differs from run to run: the corpus is made of these.

use std::sync::LazyLock;
use support::chance::{self, Masks};

static CHOSEN: LazyLock<Masks> = LazyLock::new(|| {
    Masks::new(&[
        (r"=/\S*/([^/\s]+)$", "=FILE/$1"),
        (chance::INSTANT, "TIME"),
        (r"[0-9a-f]{64}", "HASH"),
        (chance::UUID, "UUID"),
        (chance::UPTIME_CHECK, "-health-ID"),
        (chance::SERVICE_URL, "-HASH-uc.a.run.app"),
        (chance::SQL_AGENT, "-ID@gcp-sa-cloud-sql"),
        (r"\d{9,}", "NUMBER"),
    ])
});

/// One line of the corpus.
pub fn normal(argv: &[String]) -> String {
    let project = argv.iter().find_map(|arg| arg.strip_prefix("--project=")).or_else(|| named(argv));
    let parts = argv.iter().map(|arg| {
        let arg = CHOSEN.apply(arg);
        let arg = match project {
            Some(project) if !project.is_empty() => arg.replace(project, "PROJECT"),
            _ => arg,
        };
        if arg.contains([' ', '"', '\n']) { format!("{arg:?}") } else { arg }
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// The line without how its answer is to be printed.
pub fn formless(argv: &[String]) -> String {
    let mut rest: Vec<String> = argv.iter().filter(|arg| !arg.starts_with("--format=")).cloned().collect();
    rest.sort();
    normal(&rest)
}

/// The project of `projects create ID`, which has no flag for it.
fn named(argv: &[String]) -> Option<&str> {
    let of_projects = argv.first().is_some_and(|word| word == "projects" || word == "billing");
    let id = argv.iter().skip(2).find(|arg| !arg.starts_with('-') && arg.contains('-'))?;
    of_projects.then_some(id.as_str())
}

/// The words before the first argument: `sql instances create`.
pub fn command(argv: &[String]) -> String {
    const DEEPEST: usize = 5;
    let words: Vec<&str> = argv
        .iter()
        .take(DEEPEST)
        .map(String::as_str)
        .take_while(|arg| !arg.starts_with('-') && arg.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect();
    // A name may look like a word: the verb is the last word that gcloud has.
    let verb = words.iter().rposition(|word| VERBS.contains(word)).map_or(words.len(), |at| at + 1);
    words[..verb.min(words.len())].join(" ")
}

/// What gcloud's commands end in.
const VERBS: &[&str] = &[
    "access",
    "add",
    "add-iam-policy-binding",
    "connect",
    "create",
    "delete",
    "deploy",
    "describe",
    "disable",
    "enable",
    "expand-ip-range",
    "get-auth-string",
    "get-iam-policy",
    "import",
    "info",
    "link",
    "list",
    "list-configs",
    "patch",
    "remove-iam-policy-binding",
    "rm",
    "set-cleanup-policies",
    "set-password",
    "sql",
    "submit",
    "unlink",
    "update",
    "upgrade",
    "wait",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        let line = |text: &str| normal(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(
            line("storage buckets update gs://logs-my-proj --lifecycle-file=/tmp/x/l.json --project=my-proj"),
            "storage buckets update gs://logs-PROJECT --lifecycle-file=FILE/l.json --project=PROJECT"
        );
        assert_eq!(line("projects create my-proj --name=X"), "projects create PROJECT --name=X");
    }

    #[test]
    fn a_command_is_its_words_without_names() {
        let of = |text: &str| command(&text.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(of("compute networks delete default --quiet"), "compute networks delete");
        assert_eq!(of("sql users create codementor --instance=x"), "sql users create");
        assert_eq!(of("info --quiet"), "info");
    }
}
