//! The command lines of `deploy-all` and `step` (design.md, section 6).

use crate::belongs;
use clap::parser::ValueSource;
use clap::{
    Arg, ArgMatches, Args, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum,
};
use std::path::PathBuf;

/// Brings up the whole Google Cloud side of the application, step by step, and goes on where an unfinished run stopped.
///
/// Without a command: plan, ask, apply. Safe to run again at any time: what is there is left alone.
#[derive(Clone, Debug, Parser)]
#[command(name = "deploy-all", version, args_conflicts_with_subcommands = false)]
pub struct DeployAll {
    /// What to do instead of deploying.
    #[command(subcommand)]
    pub command: Option<DeployAllCommand>,
    /// Carry out exactly the plan that `plan --out FILE` saved, or nothing, where config or cloud have moved since.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "until", "allow_replace", "dry_run"])]
    pub plan: Option<PathBuf>,
    /// What both programs take.
    #[command(flatten)]
    pub options: Options,
}

impl DeployAll {
    /// Reads this process's arguments, or ends it with what is wrong with them.
    pub fn of_process() -> Self {
        let matches = Self::shown().get_matches();
        let mut parsed = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        parsed.options.notice(&matches);
        parsed
    }

    /// The grammar, where the help of each command shows what it takes.
    fn shown() -> Command {
        let mut command = Self::command();
        let hidden: Vec<Arg> = command.get_arguments().map(|arg| arg.clone().hide(true)).collect();
        for sub in command.get_subcommands_mut() {
            let foreign = belongs::foreign(sub.get_name());
            // An option of all that a command has already is not given to it a second time.
            let own = hidden.iter().filter(|arg| foreign.contains(&arg.get_id().as_str())).cloned();
            *sub = std::mem::take(sub).args(own);
        }
        command
    }
}

/// The commands of `deploy-all`.
#[derive(Clone, Debug, Subcommand)]
pub enum DeployAllCommand {
    /// Check everything and show what would change; change nothing.
    Plan {
        /// Save the plan in this file, for `deploy-all --plan FILE`.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// How everything stands at this moment: present, missing, drifted, busy, broken, unknown; exit 3 when anything differs from
    /// the config. Takes no lock and changes nothing.
    Status {
        /// A page with all of it, to standard output.
        #[arg(long)]
        markdown: bool,
    },
    /// Acceptance checks: whether what is there does what it is there for, each with what was expected and what was found; exit
    /// 3 when one fails.
    Verify,
    /// What other teams need to know: addresses, names of secrets with the command that reads them, URLs, console pages. Read
    /// from the cloud; `--output env|json|markdown`.
    Outputs,
    /// Estimate what the month will cost, from the config alone: no gcloud, no account, nothing need exist.
    Cost {
        /// Assume this of the traffic, e.g. --traffic requests=50000..2000000 (low..high). Repeatable; the command prints all.
        #[arg(long, value_name = "KEY=LOW..HIGH")]
        traffic: Vec<String>,
    },
    /// Delete what the deployment is made of, last made first. The project stays, and the archived logs, unless they are named.
    Destroy(Destroy),
    /// Give a new password to the database, or to the cache, while the application works; run again, it finishes what was not
    /// finished.
    Rotate {
        /// What gets a new password.
        #[command(subcommand)]
        what: Rotate,
    },
    /// Look at gcloud, the login, the project, billing and policies, and say what would make a deploy fail.
    Doctor,
    /// Take over an environment that the bash scripts made: shows what it brings up to date and what is left to decide, asks,
    /// applies. With --dry-run it only shows.
    Adopt,
    /// Write a commented config: by asking, from flags where there is no terminal, or from the bash scripts' project.env.
    Init(Init),
    /// Say who holds the lock of this environment, and clear what a dead run left of it.
    Unlock,
    /// Forget the checkpoint (with --rehearse also the emulated world). The cloud is not touched.
    Reset,
}

/// What `init` takes; a terminal is asked for the rest.
#[derive(Clone, Debug, Default, Args)]
pub struct Init {
    /// Convert this file of the bash scripts; every variable is reported.
    #[arg(long, value_name = "FILE")]
    pub from_env: Option<PathBuf>,
    /// Overwrite a config that exists.
    #[arg(long)]
    pub force: bool,
    /// Id of the project.
    #[arg(long, value_name = "ID")]
    pub project_id: Option<String>,
    /// Display name of the project.
    #[arg(long, value_name = "NAME")]
    pub project_name: Option<String>,
    /// Who pays.
    #[arg(long, value_name = "ID")]
    pub billing_account: Option<String>,
    /// Region of everything regional.
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// The repository whose pushes build and deploy.
    #[arg(long, value_name = "OWNER/NAME")]
    pub github: Option<String>,
    /// Who is told of alerts.
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
}

impl Init {
    /// The flags that were given: each with the key that it sets, and its value.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, &'static str, &str)> {
        let flags = [
            ("--project-id", "project.id", &self.project_id),
            ("--project-name", "project.name", &self.project_name),
            ("--billing-account", "project.billing_account", &self.billing_account),
            ("--region", "project.region", &self.region),
            ("--github", "ci_cd.github", &self.github),
            ("--email", "monitoring.notification_email", &self.email),
        ];
        flags.into_iter().filter_map(|(flag, key, value)| Some((flag, key, value.as_deref()?)))
    }
}

/// What can be rotated.
#[derive(Clone, Debug, Subcommand)]
pub enum Rotate {
    /// The database's password: two users take turns, a new revision of the service begins with the new one, and then the old
    /// one ends. Nothing is interrupted.
    DbPassword,
    /// The AUTH string of the cache: AUTH goes off and on, and a new revision of the service begins with the new one. For some
    /// minutes no new connection to the cache is opened; it says so, and asks.
    Redis,
}

/// Runs one step of the deploy.
#[derive(Clone, Debug, Parser)]
#[command(name = "step", version)]
pub struct Step {
    /// `03-redis`, `03` or `redis`; or `list`: the steps, what each keeps, and what the checkpoint knows.
    pub step: String,
    /// Delete what the step keeps.
    #[arg(long)]
    pub destroy: bool,
    /// What a destroy takes.
    #[command(flatten)]
    pub destruction: Destroy,
    /// What both programs take.
    #[command(flatten)]
    pub options: Options,
}

impl Step {
    /// Reads this process's arguments, or ends it with what is wrong with them.
    pub fn of_process() -> Self {
        let matches = Self::shown().get_matches();
        let mut parsed = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        parsed.options.notice(&matches);
        parsed
    }

    /// The grammar, where the help shows what it takes.
    fn shown() -> Command {
        let hide = |command: Command, id: &&str| command.mut_arg(id, |arg| arg.hide(true));
        belongs::foreign("step").iter().fold(Self::command(), hide)
    }
}

/// How to destroy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Destroy {
    /// With destroy: the project's id, given in the place of typing it; --yes is not enough where data is lost.
    #[arg(long, value_name = "PROJECT")]
    pub confirm: Option<String>,
    /// With destroy: delete this as well, which would stay or is asked about. Repeatable.
    #[arg(long, value_name = "ADDRESS")]
    pub also: Vec<String>,
}

/// Options of both programs.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// Environment: reads configs/NAME.toml.
    #[arg(long, global = true, value_name = "NAME", default_value = Self::ENV)]
    pub env: String,
    /// Whether the person has named it.
    #[arg(skip)]
    pub env_given: bool,
    /// Read this file instead of configs/NAME.toml.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Override one key, e.g. --set redis.memory_gb=2. Repeatable.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Go on without asking.
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Begin with this step, whatever the checkpoint says.
    #[arg(long, global = true, value_name = "STEP")]
    pub from: Option<String>,
    /// End with this step.
    #[arg(long, global = true, value_name = "STEP")]
    pub until: Option<String>,
    /// Ignore the checkpoint: check everything again.
    #[arg(long, global = true)]
    pub fresh: bool,
    /// Permit a resource that Google cannot change in place to be deleted and made again, by its address, e.g.
    /// vpc-connector/codementor-connector; or a Redis instance that the config names no more to be deleted. Repeatable. What
    /// holds data is never replaced.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub allow_replace: Vec<String>,
    /// The same as `plan`.
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// With `plan` or --dry-run: exit 3 when something would change.
    #[arg(long, global = true)]
    pub exit_code: bool,
    /// With `plan`: write it to standard output as a bash script of gcloud commands, to read and to run by hand; everything else
    /// is told on standard error.
    #[arg(long, global = true, conflicts_with = "output")]
    pub script: bool,
    /// Print each gcloud command as a line that can be pasted; secrets are masked.
    #[arg(long, global = true)]
    pub show_commands: bool,
    /// How to report: human on a terminal, plain otherwise.
    #[arg(long, global = true, value_enum)]
    pub output: Option<Output>,
    /// Where checkpoints, locks and reports are kept.
    #[arg(long, global = true, value_name = "DIR", default_value = Self::STATE_DIR)]
    pub state_dir: PathBuf,
    /// Rehearse against an emulator of Google's APIs on this machine: no account, no cost. By the built-in stand-in for
    /// gcloud, or with `=gcloud` by the real one.
    #[arg(long, global = true, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "embedded")]
    pub rehearse: Option<Rehearse>,
    /// Show more: every check, and what is unchanged.
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Show only errors and the last line; of `outputs`, the values alone.
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Compresses all waits (and in a rehearsal Google's own time) by this factor.
    #[arg(long, global = true, hide = true, value_name = "FACTOR")]
    pub wait_scale: Option<f64>,
    /// The same, of a rehearsal only: a variable that is left set never hurries a real deploy.
    #[arg(long, global = true, hide = true, env = "REHEARSAL_WAIT_SCALE", value_name = "FACTOR")]
    pub rehearsal_wait_scale: Option<f64>,
}

impl Options {
    /// The environment where none is named.
    pub const ENV: &str = "dev";
    /// Where files are kept where no place is named.
    pub const STATE_DIR: &str = ".deploy";

    /// Takes in what only the command line itself tells.
    fn notice(&mut self, matches: &ArgMatches) {
        self.env_given = matches.value_source("env") == Some(ValueSource::CommandLine);
    }
}

/// How a run is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Bars and spinners.
    Human,
    /// Lines.
    Plain,
    /// One JSON object a line.
    Json,
    /// `NAME=value`, quoted for a shell: `outputs` only.
    Env,
    /// A page: `outputs` and `status` only.
    Markdown,
}

impl Output {
    /// Every form.
    pub const ALL: &[Self] = &[Self::Human, Self::Plain, Self::Json, Self::Env, Self::Markdown];
    /// Those of a command that also writes a page.
    pub const WITH_PAGE: &[Self] = &[Self::Human, Self::Plain, Self::Json, Self::Markdown];
    /// Those that most commands have.
    pub const COMMON: &[Self] = &[Self::Human, Self::Plain, Self::Json];
    /// Those of a command that has nothing to tell to a program but its exit code.
    pub const WORDS: &[Self] = &[Self::Human, Self::Plain];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Plain => "plain",
            Self::Json => "json",
            Self::Env => "env",
            Self::Markdown => "markdown",
        }
    }
}

/// What stands in for Google in a rehearsal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rehearse {
    /// The built-in stand-in for gcloud.
    Embedded,
    /// The real gcloud.
    Gcloud,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_lines_are_well_formed() {
        DeployAll::command().debug_assert();
        Step::command().debug_assert();
    }

    #[test]
    fn a_commands_help_shows_no_option_that_it_refuses() {
        let help = |path: &[&str]| {
            let words = ["deploy-all"].iter().chain(path).chain(&["--help"]).copied().collect::<Vec<_>>();
            DeployAll::shown().try_get_matches_from(words).expect_err("the help").to_string()
        };
        let options = ["--from ", "--until ", "--script", "--exit-code", "--dry-run", "--env "];
        let shown = |path: &[&str]| options.map(|option| help(path).contains(option));
        assert_eq!(shown(&["plan"]), [true; 6]);
        for rotate in [&["rotate"][..], &["rotate", "db-password"], &["rotate", "redis"]] {
            assert_eq!(shown(rotate), [false, false, false, true, true, true], "{rotate:?}");
        }
        assert_eq!(shown(&["status"]), [false, false, false, false, false, true]);
        let step = Step::shown().render_help().to_string();
        assert!(!step.contains("--from ") && step.contains("--script"), "{step}");
    }

    #[test]
    fn it_is_known_whether_an_environment_was_named() {
        let given = |arguments: &[&str]| {
            let matches = DeployAll::shown().get_matches_from(arguments);
            let mut options = DeployAll::from_arg_matches(&matches).unwrap().options;
            options.notice(&matches);
            (options.env, options.env_given)
        };
        assert_eq!(given(&["deploy-all", "init"]), ("dev".to_owned(), false));
        assert_eq!(given(&["deploy-all", "init", "--env", "dev"]), ("dev".to_owned(), true));
        assert_eq!(given(&["deploy-all", "--env", "prod", "init"]), ("prod".to_owned(), true));
    }

    #[test]
    fn a_bare_rehearse_takes_no_value() {
        let parsed = DeployAll::parse_from(["deploy-all", "--rehearse", "plan", "-y"]);
        assert_eq!(parsed.options.rehearse, Some(Rehearse::Embedded));
        assert!(matches!(parsed.command, Some(DeployAllCommand::Plan { .. })) && parsed.options.yes);
        let parsed = Step::parse_from(["step", "redis", "--rehearse=gcloud"]);
        assert_eq!(parsed.options.rehearse, Some(Rehearse::Gcloud));
    }
}
