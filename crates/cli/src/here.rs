//! Where this run is. Steps and engine name commands without options (`deploy-all rotate redis`); before a person sees one, it
//! is completed with those that lead it to the same deployment: pasted as it stands, it must not act on another one.

use crate::args::{Options, Rehearse};
use display::{Problem, command_words};
use events::{Event, Fact, PlanItem, Sink};
use std::path::Path;
use std::sync::Arc;

/// What a command needs to act where this run does. A default place needs nothing.
#[derive(Clone, Debug, Default)]
pub struct Here {
    options: Vec<Given>,
    project: Option<String>,
}

/// One option, as a command would carry it.
#[derive(Clone, Debug)]
struct Given {
    /// `--env`
    name: &'static str,
    /// Which key it sets, where there can be several of its name.
    key: Option<String>,
    /// `--env=staging`, quoted.
    word: String,
}

impl Here {
    /// The place that these options name, and the project of its config, where that could be read.
    pub fn new(options: &Options, project: Option<&str>) -> Self {
        let mut given = Vec::new();
        let mut add = |name: &'static str, key: Option<&str>, value: &str| {
            let word = gcloud::quote(&format!("{name}={value}"));
            given.push(Given { name, key: key.map(str::to_owned), word });
        };
        if options.env != Options::ENV {
            add("--env", None, &options.env);
        }
        if let Some(config) = &options.config {
            add("--config", None, &config.display().to_string());
        }
        for set in &options.set {
            add("--set", Some(key_of(set)), set);
        }
        if options.state_dir != Path::new(Options::STATE_DIR) {
            add("--state-dir", None, &options.state_dir.display().to_string());
        }
        match options.rehearse {
            Some(Rehearse::Embedded) => {
                given.push(Given { name: "--rehearse", key: None, word: "--rehearse".to_owned() });
            }
            Some(Rehearse::Gcloud) => add("--rehearse", None, "gcloud"),
            None => {}
        }
        Self { options: given, project: project.map(str::to_owned) }
    }

    /// A command line, completed. What is neither ours nor gcloud's stays as it is.
    pub fn command(&self, command: &str) -> String {
        let words = command_words(command);
        let parts: Vec<Vec<String>> =
            words.split(|word| word == "&&").map(|part| self.completed(part)).collect();
        match parts.iter().map(Vec::len).sum::<usize>() + parts.len() - 1 == words.len() {
            // Nothing was added.
            true => command.to_owned(),
            false => parts.iter().map(|part| part.join(" ")).collect::<Vec<_>>().join(" && "),
        }
    }

    /// Prose, with every command in backticks completed.
    pub fn text(&self, text: &str) -> String {
        let parts: Vec<&str> = text.split('`').collect();
        let mut out = String::with_capacity(text.len());
        for (n, part) in parts.iter().enumerate() {
            // Every second part stands between two backticks; a last one that is not closed does not.
            let inside = n % 2 == 1 && n + 1 < parts.len();
            out.push_str(if n > 0 { "`" } else { "" });
            out.push_str(&if inside { self.command(part) } else { (*part).to_owned() });
        }
        out
    }

    /// The same of what may not be there.
    pub fn some(&self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.text(text))
    }

    /// Why something cannot go on, with all of its commands completed; what gcloud said is gcloud's.
    pub fn problem(&self, problem: &Problem) -> Problem {
        Problem {
            what: self.text(&problem.what),
            why: self.text(&problem.why),
            todo: self.text(&problem.todo),
            resume: self.command(&problem.resume),
            ..problem.clone()
        }
    }

    fn completed(&self, words: &[String]) -> Vec<String> {
        let mut words = words.to_vec();
        match words.first().map(String::as_str) {
            Some("deploy-all") => self.complete_ours(&mut words),
            // Without a step it is the program's name.
            Some("step") if words.len() > 1 => self.complete_ours(&mut words),
            Some("gcloud") if is_about_a_project(&words) && !has(&words, "--project") => {
                words.extend(self.project.as_ref().map(|id| gcloud::quote(&format!("--project={id}"))));
            }
            _ => {}
        }
        words
    }

    fn complete_ours(&self, words: &mut Vec<String>) {
        let missing = self.options.iter().filter(|given| match &given.key {
            Some(key) => !sets(words, key),
            None => !has(words, given.name),
        });
        let missing: Vec<String> = missing.map(|given| given.word.clone()).collect();
        words.extend(missing);
    }

    fn fact(&self, fact: &Fact) -> Fact {
        match fact {
            Fact::Plan { items } => Fact::Plan { items: items.iter().map(|item| self.item(item)).collect() },
            Fact::Note { step, resource, warning, text, command } => Fact::Note {
                step: step.clone(),
                resource: resource.clone(),
                warning: *warning,
                text: self.text(text),
                command: command.as_deref().map(|command| self.command(command)),
            },
            Fact::PlanCost { low, high, currency, resources, unknown, command } => Fact::PlanCost {
                low: *low,
                high: *high,
                currency: currency.clone(),
                resources: resources.clone(),
                unknown: unknown.clone(),
                command: command.as_deref().map(|command| self.command(command)),
            },
            Fact::Error { step, resource, what, said, why, todo, resume } => Fact::Error {
                step: step.clone(),
                resource: resource.clone(),
                what: self.text(what),
                said: said.clone(),
                why: self.text(why),
                todo: self.text(todo),
                resume: self.command(resume),
            },
            other => other.clone(),
        }
    }

    fn item(&self, item: &PlanItem) -> PlanItem {
        let mut item = item.clone();
        item.skipped = self.some(item.skipped.as_deref());
        item.command = item.command.as_deref().map(|command| self.command(command));
        if let Some(refused) = &mut item.refused {
            refused.why = self.text(&refused.why);
            refused.todo = self.text(&refused.todo);
        }
        item
    }
}

/// Completes what is told on its way to the reporters, so that all of them say the same.
pub struct Completing {
    here: Here,
    listener: Arc<dyn Sink>,
}

impl Completing {
    /// For whoever listens.
    pub fn new(here: &Here, listener: Arc<dyn Sink>) -> Self {
        Self { here: here.clone(), listener }
    }
}

impl Sink for Completing {
    fn emit(&self, event: &Event) {
        self.listener.emit(&Event { time: event.time, fact: self.here.fact(&event.fact) });
    }
}

/// Whether a command carries this option, in either spelling.
fn has(words: &[String], option: &str) -> bool {
    words
        .iter()
        .any(|word| word.strip_prefix(option).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
}

/// Whether a command sets this key.
fn sets(words: &[String], key: &str) -> bool {
    let joined = words.iter().filter_map(|word| word.strip_prefix("--set="));
    let apart = words.windows(2).filter(|pair| pair[0] == "--set").map(|pair| pair[1].as_str());
    joined.chain(apart).any(|value| key_of(value) == key)
}

/// `redis.memory_gb` of `redis.memory_gb=2`, quoted or not.
fn key_of(set: &str) -> &str {
    set.split('=').next().unwrap_or_default().trim_matches(['\'', '"', ' '])
}

/// gcloud's groups that are about the person, the machine, or what lies above projects; `projects` names its project itself.
fn is_about_a_project(words: &[String]) -> bool {
    const OTHERS: &[&str] = &[
        "auth",
        "billing",
        "components",
        "config",
        "info",
        "init",
        "organizations",
        "projects",
        "resource-manager",
        "version",
    ];
    let mut groups = words.iter().skip(1).map(String::as_str);
    groups.find(|word| !matches!(*word, "alpha" | "beta")).is_some_and(|group| !OTHERS.contains(&group))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;
    use events::{Action, Address, Refusal};

    fn here(arguments: &[&str]) -> Here {
        let all = std::iter::once("deploy-all").chain(arguments.iter().copied());
        Here::new(&crate::args::DeployAll::parse_from(all).options, Some("p-one"))
    }

    #[test]
    fn a_default_place_adds_nothing() {
        let here = here(&["--yes", "--fresh", "--wait-scale", "0"]);
        for command in ["deploy-all", "deploy-all rotate redis", "step 03-redis", "ls -l 'a  b'"] {
            assert_eq!(here.command(command), command);
        }
    }

    #[test]
    fn our_commands_are_led_to_the_same_place() {
        let there =
            here(&["--env", "prod", "--set", "project.name=My App", "--rehearse", "--state-dir", "/x"]);
        let place = "--env=prod --set='project.name=My App' --state-dir=/x --rehearse";
        for command in
            ["deploy-all", "deploy-all rotate redis", "step 03-redis", "deploy-all plan --out 'a b'"]
        {
            assert_eq!(there.command(command), format!("{command} {place}"));
        }
        assert_eq!(
            here(&["--rehearse=gcloud", "--config", "c.toml"]).command("deploy-all"),
            "deploy-all --config=c.toml --rehearse=gcloud"
        );
    }

    #[test]
    fn what_a_command_says_itself_stays() {
        let there = here(&["--env", "prod", "--set", "a.b=1", "--set", "c.d=2", "--rehearse"]);
        for (command, completed) in [
            ("deploy-all --env dev", "deploy-all --env dev --set=a.b=1 --set=c.d=2 --rehearse"),
            ("deploy-all --set a.b=3 --env=x", "deploy-all --set a.b=3 --env=x --set=c.d=2 --rehearse"),
            ("deploy-all --set='a.b=x y'", "deploy-all --set='a.b=x y' --env=prod --set=c.d=2 --rehearse"),
            (
                "deploy-all --env=x --set a.b=1 --set 'c.d=2' --rehearse=gcloud",
                "deploy-all --env=x --set a.b=1 --set 'c.d=2' --rehearse=gcloud",
            ),
            // Programs of others, a name in prose, and a line that names this program by its path: it is complete.
            ("step", "step"),
            ("echo deploy-all", "echo deploy-all"),
            ("/usr/bin/deploy-all plan", "/usr/bin/deploy-all plan"),
        ] {
            assert_eq!(there.command(command), completed);
        }
    }

    #[test]
    fn gcloud_is_told_the_project_and_nothing_else() {
        let there = here(&["--env", "prod", "--rehearse"]);
        for (command, completed) in [
            (
                "gcloud sql instances patch db --tier=x",
                "gcloud sql instances patch db --tier=x --project=p-one",
            ),
            ("gcloud a b && gcloud c d --project=q", "gcloud a b --project=p-one && gcloud c d --project=q"),
            ("gcloud beta run services list", "gcloud beta run services list --project=p-one"),
        ] {
            assert_eq!(there.command(command), completed);
        }
        for command in [
            "gcloud sql instances list --project other",
            "gcloud auth login",
            "gcloud info",
            "gcloud beta projects move p --folder=1",
            "gcloud billing budgets list --billing-account=A",
            "gcloud",
        ] {
            assert_eq!(there.command(command), command);
        }
        let unknown = Here { project: None, ..there };
        assert_eq!(unknown.command("gcloud compute zones list"), "gcloud compute zones list");
    }

    #[test]
    fn in_prose_what_stands_in_backticks_is_a_command() {
        let there = here(&["--env", "prod"]);
        assert_eq!(
            there.text("run `deploy-all`, then `gcloud x y`; `redis.auth = true`, `step` and deploy-all stay, as does `deploy-all"),
            "run `deploy-all --env=prod`, then `gcloud x y --project=p-one`; `redis.auth = true`, `step` and deploy-all stay, as does `deploy-all"
        );
    }

    #[test]
    fn everything_that_is_told_is_completed() {
        struct Kept(std::sync::Mutex<Vec<Fact>>);
        impl Sink for Kept {
            fn emit(&self, event: &Event) {
                self.0.lock().unwrap().push(event.fact.clone());
            }
        }
        let kept = Arc::new(Kept(std::sync::Mutex::default()));
        let sink = Completing::new(&here(&["--env", "prod"]), Arc::clone(&kept) as Arc<dyn Sink>);
        let item = PlanItem {
            command: Some("deploy-all --set a=1".into()),
            refused: Some(Refusal { why: "w".into(), todo: "run `deploy-all`".into() }),
            ..PlanItem::new("s", Address::new("a", "b"), Action::None)
        };
        sink.emit(&Event::now(Fact::Plan { items: vec![item] }));
        let text = "see `deploy-all status`".to_owned();
        sink.emit(&Event::now(Fact::Note {
            step: None,
            resource: None,
            warning: false,
            text: text.clone(),
            command: Some("gcloud x y".into()),
        }));
        sink.emit(&Event::now(Fact::Error {
            step: None,
            resource: None,
            what: "w".into(),
            said: text.clone(),
            why: text.clone(),
            todo: text,
            resume: "deploy-all --env prod".into(),
        }));
        let told = kept.0.lock().unwrap();
        let Fact::Plan { items } = &told[0] else { panic!("{told:?}") };
        assert_eq!(items[0].command.as_deref(), Some("deploy-all --set a=1 --env=prod"));
        assert_eq!(items[0].refused.as_ref().unwrap().todo, "run `deploy-all --env=prod`");
        let Fact::Note { text, command, .. } = &told[1] else { panic!("{told:?}") };
        assert_eq!(text, "see `deploy-all status --env=prod`");
        assert_eq!(command.as_deref(), Some("gcloud x y --project=p-one"));
        let Fact::Error { said, why, todo, resume, .. } = &told[2] else { panic!("{told:?}") };
        assert_eq!(
            (why, said.as_str(), resume.as_str()),
            (todo, "see `deploy-all status`", "deploy-all --env prod")
        );
        assert_eq!(todo, text);
    }
}
