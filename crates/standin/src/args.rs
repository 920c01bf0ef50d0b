//! Command lines, read as gcloud reads them.

use crate::failure::Failure;
use crate::grammar::{Constraint, Flag, Grammar, Kind, Positional, is_group};
use std::collections::BTreeMap;
use std::io::Read as _;

/// A command line that is well formed.
#[derive(Debug)]
pub(crate) struct Parsed {
    /// `sql instances create`.
    pub command: String,
    /// Flags by their long name, in order, with what was given; a flag without a value has an empty one.
    pub flags: BTreeMap<String, Vec<String>>,
    /// Words without a dash, by the name of the positional they are.
    pub positionals: BTreeMap<String, Vec<String>>,
}

/// Reads `argv`, the program left out.
pub(crate) fn parse(argv: &[String]) -> Result<Parsed, Failure> {
    let (command, rest) = command(argv)?;
    let refuse = |text: String| Failure::Usage(text).of(&command);
    let grammar = Grammar::of(&command).ok_or_else(|| {
        Failure::Usage(format!("gcloud-standin does not know this command: gcloud {command}")).of(&command)
    })?;
    let mut flags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut words = Vec::new();
    let mut unknown = Vec::new();
    let rest = with_flags_files(rest).map_err(refuse)?;
    let mut rest = rest.iter().peekable();
    let mut only_words = false;
    while let Some(arg) = rest.next() {
        if only_words || !arg.starts_with('-') || arg == "-" {
            words.push(arg.clone());
            continue;
        }
        if arg == "--" {
            only_words = true;
            continue;
        }
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (arg.as_str(), None),
        };
        let Some((name, flag)) = find(&grammar, name) else {
            unknown.push(arg.clone());
            continue;
        };
        let value = match (flag.kind, value) {
            (Kind::Bool, None) => String::new(),
            (Kind::Bool, Some(value)) => {
                return Err(refuse(format!("argument {name}: ignored explicit argument '{value}'")));
            }
            (_, Some(value)) => value,
            (_, None) => rest
                .next_if(|next| !next.starts_with('-') || next.as_str() == "-")
                .cloned()
                .ok_or_else(|| refuse(format!("argument {name}: expected one argument")))?,
        };
        check(name, flag, &value).map_err(refuse)?;
        flags.entry(name.to_owned()).or_default().push(value);
    }
    let positionals = place(&grammar, words, &mut unknown);
    if !unknown.is_empty() {
        return Err(refuse(unrecognized(&unknown)));
    }
    let parsed = Parsed { command: command.clone(), flags, positionals };
    demand(&grammar, &parsed).map_err(refuse)?;
    Ok(parsed)
}

/// Splits off the words that name the command.
fn command(argv: &[String]) -> Result<(String, &[String]), Failure> {
    let mut words: Vec<&str> = Vec::new();
    for (index, arg) in argv.iter().enumerate() {
        let longer = [words.as_slice(), &[arg.as_str()]].concat().join(" ");
        if Grammar::of(&longer).is_some() {
            return Ok((longer, &argv[index + 1..]));
        }
        if !is_group(&longer) {
            let text =
                format!("Invalid choice: '{arg}'. (gcloud-standin knows what the deploy needs, no more.)");
            return Err(Failure::Usage(text).of(&words.join(" ")));
        }
        words.push(arg);
    }
    Err(Failure::Usage("Command name argument expected.".to_owned()).of(&words.join(" ")))
}

/// Puts what stands in a `--flags-file` (YAML, `-` for standard input) in its place.
fn with_flags_files(rest: &[String]) -> Result<Vec<String>, String> {
    let mut flat = Vec::new();
    for arg in rest {
        let Some(path) = arg.strip_prefix("--flags-file=") else {
            flat.push(arg.clone());
            continue;
        };
        let text = read(path).map_err(|e| format!("argument --flags-file: {e}"))?;
        let value: serde_json::Value =
            yaml_serde::from_str(&text).map_err(|e| format!("argument --flags-file: {e}"))?;
        for (name, value) in value.as_object().into_iter().flatten() {
            match value {
                serde_json::Value::Bool(true) => flat.push(name.clone()),
                serde_json::Value::Bool(false) => {
                    flat.push(format!("--no-{}", name.trim_start_matches("--")))
                }
                serde_json::Value::String(text) => flat.push(format!("{name}={text}")),
                other => flat.push(format!("{name}={other}")),
            }
        }
    }
    Ok(flat)
}

/// A file, or standard input for `-`.
pub(crate) fn read(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    if path == "-" {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(path)?;
    }
    Ok(text)
}

fn find<'a>(grammar: &'a Grammar, name: &str) -> Option<(&'a str, &'a Flag)> {
    let alias = |(_, flag): &(&String, &Flag)| flag.aliases.iter().any(|alias| alias == name);
    let own = grammar.flags.get_key_value(name).or_else(|| grammar.flags.iter().find(alias));
    own.map(|(name, flag)| (name.as_str(), flag))
}

fn check(name: &str, flag: &Flag, value: &str) -> Result<(), String> {
    if flag.kind == Kind::Int && value.parse::<i64>().is_err() {
        return Err(format!("argument {name}: invalid int value: '{value}'"));
    }
    let one = flag.kind == Kind::String;
    // `SERVER_AUTHENTICATION` is as good as `server-authentication`.
    let asked = value.replace('_', "-");
    if one
        && !flag.choices.is_empty()
        && !flag.choices.iter().any(|choice| choice.replace('_', "-").eq_ignore_ascii_case(&asked))
    {
        return Err(format!(
            "argument {name}: Invalid choice: '{value}'.\n\nValid choices are [{}].",
            flag.choices.join(", ")
        ));
    }
    Ok(())
}

fn unrecognized(unknown: &[String]) -> String {
    match unknown {
        [one] => format!("unrecognized arguments: {one} "),
        many => format!("unrecognized arguments:\n  {}", many.join("\n  ")),
    }
}

fn place(grammar: &Grammar, words: Vec<String>, unknown: &mut Vec<String>) -> BTreeMap<String, Vec<String>> {
    let mut placed: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut words = words.into_iter();
    let count = grammar.positionals.len();
    for (index, positional) in grammar.positionals.iter().enumerate() {
        // One that takes all there are leaves one to each that comes after it.
        let all = || words.len().saturating_sub(count - index - 1);
        let take = if matches!(positional.nargs.as_str(), "*" | "+") { all() } else { 1 };
        let taken: Vec<String> = words.by_ref().take(take).collect();
        if !taken.is_empty() {
            placed.insert(positional.name.clone(), taken);
        }
    }
    unknown.extend(words);
    placed
}

/// What must be given is given, and what excludes each other is not given together.
fn demand(grammar: &Grammar, parsed: &Parsed) -> Result<(), String> {
    let given = |name: &str| {
        parsed.flags.contains_key(name)
            || parsed.flags.contains_key(&format!("--no-{}", name.trim_start_matches("--")))
            || parsed.positionals.contains_key(name)
    };
    // A whole name says what its flags would: `billingAccounts/A/budgets/B` needs no --billing-account.
    let whole = |word: &String| ["projects/", "billingAccounts/"].iter().any(|start| word.starts_with(start));
    let named = parsed.positionals.values().flatten().any(whole);
    let missing = |p: &&Positional| p.required && !given(&p.name);
    let nameless = grammar.positionals.iter().any(|p| missing(&p));
    let said = |constraint: &&Constraint| match constraint {
        // Without the name, what completes it is said together with it.
        Constraint::Group { positional: true, .. } if nameless => false,
        Constraint::Group { required: true, mutex: false, .. } => !named,
        _ => true,
    };
    grammar.constraints.iter().filter(said).try_for_each(|constraint| satisfied(constraint, true, &given))?;
    let positionals = grammar.positionals.iter().filter(missing).map(|p| match completing(grammar) {
        _ if p.nargs == "+" => format!("{0} [{0} ...]", p.name),
        flags if flags.is_empty() => p.name.clone(),
        flags => format!("({} : {})", p.name, flags.join(" ")),
    });
    let flags = grammar.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::Required { name, .. } if !given(name) => Some(name.clone()),
        _ => None,
    });
    let missing: Vec<String> = positionals.chain(flags).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("argument {}: Must be specified.", missing.join(" ")))
}

/// The flags that complete the name of the command's resource: `--region=REGION`.
fn completing(grammar: &Grammar) -> Vec<String> {
    let args = grammar.constraints.iter().find_map(|constraint| match constraint {
        Constraint::Group { args, positional: true, mutex: false, .. } if !args.is_empty() => Some(args),
        _ => None,
    });
    let flags = args.into_iter().flatten().map(|arg| {
        let flag = first_given(arg, &|_| true);
        format!("{flag}={}", flag.trim_start_matches("--").to_uppercase().replace('-', "_"))
    });
    flags.collect()
}

fn satisfied(constraint: &Constraint, alone: bool, given: &dyn Fn(&str) -> bool) -> Result<(), String> {
    match constraint {
        Constraint::Name(_) => Ok(()),
        // Those that stand alone are named together in the end.
        Constraint::Required { name, .. } if given(name) || alone => Ok(()),
        Constraint::Required { name, .. } => Err(format!("argument {name}: Must be specified.")),
        Constraint::Group { args, mutex, required, .. } => {
            let present: Vec<&Constraint> = args.iter().filter(|arg| any(arg, given)).collect();
            if *mutex && present.len() > 1 {
                let how = if *required { "Exactly" } else { "At most" };
                let verb = if *required { "must" } else { "can" };
                let first = first_given(present[0], given);
                return Err(format!("argument {first}: {how} one of {} {verb} be specified.", choices(args)));
            }
            if *required && present.is_empty() {
                let how = if *mutex { "Exactly one of" } else { "At least one of" };
                let text = match args.len() {
                    1 => choices(args),
                    _ if *mutex => format!("{how} ({})", choices(args)),
                    _ => format!("{how} {}", choices(args)),
                };
                return Err(format!("{text} must be specified."));
            }
            // What a group needs, a group within it too, it needs once any of it is given.
            let begun = !present.is_empty() && !*mutex;
            let asked = |arg: &&Constraint| begun || any(arg, given);
            args.iter().filter(asked).try_for_each(|arg| satisfied(arg, !begun, given))
        }
    }
}

fn any(constraint: &Constraint, given: &dyn Fn(&str) -> bool) -> bool {
    match constraint {
        Constraint::Name(name) | Constraint::Required { name, .. } => given(name),
        Constraint::Group { args, .. } => args.iter().any(|arg| any(arg, given)),
    }
}

fn first_given<'a>(constraint: &'a Constraint, given: &dyn Fn(&str) -> bool) -> &'a str {
    match constraint {
        Constraint::Name(name) | Constraint::Required { name, .. } => name,
        Constraint::Group { args, .. } => {
            args.iter().find(|arg| any(arg, given)).map_or("", |arg| first_given(arg, given))
        }
    }
}

/// `(--action | --allow)` as gcloud writes it.
fn choices(args: &[Constraint]) -> String {
    let names: Vec<&str> = args.iter().map(|arg| first_given(arg, &|_| true)).collect();
    names.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Result<Parsed, String> {
        let argv: Vec<String> = text.split(' ').map(str::to_owned).collect();
        parse(&argv).map_err(|failure| failure.text())
    }

    #[test]
    fn a_line_is_taken_apart() {
        let parsed = line("sql instances create db --tier db-f1-micro --no-assign-ip -q").unwrap();
        assert_eq!(parsed.command, "sql instances create");
        assert_eq!(parsed.positionals["INSTANCE"], ["db"]);
        assert_eq!(parsed.flags["--tier"], ["db-f1-micro"]);
        assert!(parsed.flags.contains_key("--no-assign-ip") && parsed.flags.contains_key("--quiet"));
    }

    #[test]
    fn what_gcloud_refuses_is_refused_in_its_words() {
        let refused = |text: &str| line(text).unwrap_err();
        assert_eq!(
            refused("sql instances describe"),
            "(gcloud.sql.instances.describe) argument INSTANCE: Must be specified."
        );
        assert!(refused("sql instances create x --availability-type=foo").contains("Invalid choice: 'foo'."));
        assert_eq!(
            refused("projects add-iam-policy-binding"),
            "(gcloud.projects.add-iam-policy-binding) argument PROJECT_ID --member --role: Must be specified."
        );
        assert_eq!(
            refused("billing budgets delete b"),
            "(gcloud.billing.budgets.delete) --billing-account must be specified."
        );
        assert!(line("billing budgets delete billingAccounts/a/budgets/b").is_ok());
        assert!(line("pubsub topics create a b").is_ok());
        assert!(
            refused("pubsub topics create a --message-encoding=json")
                .ends_with("--schema-project must be specified.")
        );
        assert_eq!(
            refused("pubsub topics create"),
            "(gcloud.pubsub.topics.create) argument TOPIC [TOPIC ...]: Must be specified."
        );
        assert!(
            refused("redis instances describe")
                .ends_with("argument (INSTANCE : --region=REGION): Must be specified.")
        );
        assert!(refused("compute firewall-rules create x --nope").contains("unrecognized arguments: --nope"));
        assert!(refused("compute firewall-rules create x --rules").contains("expected one argument"));
        assert!(
            refused("redis instances create x --size=abc --region=r").contains("invalid int value: 'abc'")
        );
        assert!(
            refused("compute addresses create x --global --region=us-central1")
                .contains("argument --global: At most one of --global | --region can be specified.")
        );
    }
}
