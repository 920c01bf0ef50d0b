//! `deploy-all adopt`: takes over what the bash scripts made. It is a deploy whose plan is explained: what it brings up to
//! date is in the plan, what it leaves for a person to decide is listed after it, each with its command.

use crate::args::{Options, Output};
use crate::exit::{Stop, USAGE};
use crate::work::Work;
use crate::{costs, say, steps};
use config::Config;
use display::Problem;
use engine::{Address, Error, Plan, Reader, Result, Summary};
use events::{Fact, PlanItem};
use gcloud::{Cause, Kind, Lag};
use resources::Decision;

/// Adopts; the exit code. With `--dry-run` it only shows.
///
/// # Errors
/// What ends the program before anything is changed, with what to say.
pub fn run(options: &Options) -> std::result::Result<u8, Stop> {
    let changing = !options.dry_run;
    let mut work = Work::open(options, if changing { "adopt" } else { "plan" }, changing, |steps| {
        Ok((0..steps.len()).collect())
    })?;
    let config = work.session.settings.loaded.config.clone();
    let stopped = |work: &Work, error| work.stopped(&Summary::default(), error, true);
    match resources::describe_project(&work.engine.reader(), &config.project.id) {
        Ok(Some(_)) => {}
        Ok(None) => {
            let problem = Problem {
                what: format!("there is nothing to adopt: the login sees no project {}", config.project.id),
                todo: "if the scripts made another one, name it: `deploy-all adopt --set project.id=ID`; or write a config: \
                       `deploy-all init --from-env project.env`\na new environment is made by `deploy-all`"
                    .to_owned(),
                ..Problem::default()
            };
            return Err(work.ended(Stop::problem(USAGE, problem)));
        }
        Err(error) => return Ok(stopped(&work, error)),
    }
    let mut decisions = Vec::new();
    let mut goal = config.clone();
    match unless_off(step_redis::adopt::found(&work.engine.reader(), &config)) {
        Ok(Some(Some(kept))) => {
            work.exchange(steps::keeping_redis(&kept.config));
            goal = kept.config;
            decisions.push(kept.decision);
        }
        Ok(_) => {}
        Err(error) => return Ok(stopped(&work, error)),
    }
    let plan = match work.engine.plan(&work.steps, &work.selection) {
        Ok(plan) => plan,
        Err(error) => return Ok(stopped(&work, error)),
    };
    if let Some(cost) = costs::of_plan(&goal, &plan.items) {
        work.tell(cost);
    }
    let reader = work.engine.reader();
    match explanations(&reader, &plan.items).and_then(|said| Ok((said, others(&reader, &config)?))) {
        Ok((said, others)) => {
            for (resource, text) in said {
                work.tell(note(resource, false, text, None));
            }
            decisions.extend(others);
        }
        Err(error) => return Ok(stopped(&work, error)),
    }
    // In the order of the steps, as the plan is.
    decisions.sort_by_key(|decision| decision.step);
    for decision in &decisions {
        let text = format!("to decide: {} {}", decision.about, decision.text);
        work.tell(note(decision.about.clone(), true, text, Some(decision.command.clone())));
    }
    if !changing {
        let code = work.looked(options, plan.changes() || !decisions.is_empty())?;
        if options.quiet && options.output != Some(Output::Json) && !decisions.is_empty() {
            say::line(format_args!("{} to decide; without --quiet each is told.", decisions.len()));
        }
        return Ok(code);
    }
    work.ask(options, &plan)?;
    work.begin()?;
    work.keep(&plan)?;
    work.apply(&work.steps, &plan)
}

/// What a person should know whose plan finds things that carry no mark of this tool, and that its journal does not remember.
pub fn hint(work: &Work, plan: &Plan) -> Option<Fact> {
    let labels = &work.session.settings.loaded.config.project.labels;
    let unmarked = |item: &&PlanItem| {
        let lacks = |label: &String| {
            let field = format!("labels.{label}");
            item.fields.iter().any(|field_of| field_of.field == field && field_of.old.starts_with('('))
        };
        !labels.is_empty() && labels.keys().all(lacks) && !work.engine.reader().remembers(&item.resource)
    };
    let found: Vec<&str> = plan.items.iter().filter(unmarked).map(|item| item.resource.as_str()).collect();
    (!found.is_empty()).then(|| Fact::Note {
        step: None,
        resource: None,
        warning: false,
        text: format!(
            "nothing says that this tool made {}: where the bash scripts did, this explains what changes, and lists what they \
             left to decide",
            found.join(", ")
        ),
        command: Some("deploy-all adopt --dry-run".to_owned()),
    })
}

fn note(resource: Address, warning: bool, text: String, command: Option<String>) -> Fact {
    Fact::Note { step: None, resource: Some(resource), warning, text, command }
}

/// Why some of the plan's changes are made, where its fields do not say it.
fn explanations(cloud: &Reader, items: &[PlanItem]) -> Result<Vec<(Address, String)>> {
    let mut said = Vec::new();
    for item in items.iter().filter(|item| item.skipped.is_none()) {
        let field = |name: &str| item.fields.iter().find(|field| field.field == name);
        let why = match item.resource.kind() {
            "sql-instance" if field("TLS").is_some() => {
                Some("took connections without TLS; from now on every client must encrypt".to_owned())
            }
            "secret" if item.resource.name() == config::names::DATABASE_URL && field("value").is_some() => {
                unless_off(step_database::adopt::why_another_url(cloud))?.flatten()
            }
            "run-service" => field("service_account").filter(|f| f.old.contains("-compute@developer.")).map(|field| {
                format!(
                    "ran as the default compute account; from now on as {}, which reads its secrets and may do no more: what else \
                     the application calls of Google, grant it to that account",
                    field.new
                )
            }),
            _ => None,
        };
        said.extend(why.map(|why| (item.resource.clone(), format!("{} {why}", item.resource))));
    }
    Ok(said)
}

/// How a step looks for what the scripts left to decide.
type Look = fn(&Reader, &Config) -> Result<Vec<Decision>>;

/// Everything else that a person should decide about.
fn others(cloud: &Reader, config: &Config) -> Result<Vec<Decision>> {
    let looks: [Look; 4] = [
        step_network::adopt::decisions,
        step_cloud_run::adopt::decisions,
        step_ci_cd::adopt::decisions,
        step_monitoring::adopt::decisions,
    ];
    let mut found = Vec::new();
    for look in looks {
        found.extend(unless_off(look(cloud, config))?.into_iter().flatten());
    }
    Ok(found)
}

/// `None` where the API is off: nobody has made anything there.
fn unless_off<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_off(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_off(error: &Error) -> bool {
    matches!(error.kind(), Some(Kind::Person(Cause::ApiDisabled) | Kind::Lagging(Lag::Api(_))))
}
