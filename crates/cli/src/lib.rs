//! The programs `deploy-all` and `step`: the only place of the workspace that prints or exits.

mod adopt;
pub mod args;
mod ask;
mod belongs;
mod costs;
mod deploy;
mod destroy;
mod doctor;
mod exit;
mod former;
mod here;
mod housekeeping;
mod init;
mod listing;
mod look;
mod outputs;
mod plan_file;
mod preflight;
mod rehearsal;
mod report;
mod resume;
mod rotate;
mod say;
mod script;
mod session;
mod settings;
mod signals;
mod status;
mod steps;
mod verify;
mod web;
mod work;

use args::{DeployAll, DeployAllCommand, Options, Step};
use deploy::Wish;
use exit::Stop;
use here::Here;
use std::process::ExitCode;

/// `deploy-all`
pub fn deploy_all() -> ExitCode {
    if rehearsal::asked_to_be_gcloud() {
        return standin::main();
    }
    #[cfg(feature = "failpoints")]
    engine::failpoint::arm();
    let arguments = DeployAll::of_process();
    let options = &arguments.options;
    let forms = match arguments.command {
        Some(DeployAllCommand::Outputs) => args::Output::ALL,
        Some(DeployAllCommand::Status { .. }) => args::Output::WITH_PAGE,
        Some(DeployAllCommand::Init(_) | DeployAllCommand::Unlock | DeployAllCommand::Reset) => {
            args::Output::WORDS
        }
        _ => args::Output::COMMON,
    };
    let fits = belongs::to_deploy_all(options, arguments.command.as_ref());
    let ended = fits.and_then(|()| look::only(options, forms)).and_then(|()| match arguments.command {
        None => deploy::run(options, &Wish::Deploy { plan: arguments.plan.clone() }),
        Some(_) if arguments.plan.is_some() => {
            Err(Stop::say(exit::USAGE, "--plan FILE belongs to a deploy: `deploy-all --plan FILE`."))
        }
        Some(DeployAllCommand::Plan { out }) => deploy::run(options, &Wish::Plan { out }),
        Some(DeployAllCommand::Status { markdown }) => status::run(options, markdown),
        Some(DeployAllCommand::Verify) => verify::run(options),
        Some(DeployAllCommand::Outputs) => outputs::run(options),
        Some(DeployAllCommand::Rotate { what }) => rotate::run(options, &what),
        Some(DeployAllCommand::Cost { traffic }) => costs::run(options, &traffic),
        Some(DeployAllCommand::Destroy(how)) => destroy::run(options, &how, None),
        Some(DeployAllCommand::Doctor) => doctor::run(options),
        Some(DeployAllCommand::Adopt) => adopt::run(options),
        Some(DeployAllCommand::Init(init)) => init::run(options, &init),
        Some(DeployAllCommand::Unlock) => housekeeping::unlock(options),
        Some(DeployAllCommand::Reset) => housekeeping::reset(options),
    });
    end(ended, options)
}

/// `step`
pub fn step() -> ExitCode {
    if rehearsal::asked_to_be_gcloud() {
        return standin::main();
    }
    #[cfg(feature = "failpoints")]
    engine::failpoint::arm();
    let arguments = Step::of_process();
    let options = &arguments.options;
    let fits = belongs::to_step(&arguments).and_then(|()| look::only(options, args::Output::COMMON));
    let ended = fits.and_then(|()| match arguments.step.as_str() {
        "list" => listing::list(options),
        name if arguments.destroy => destroy::run(options, &arguments.destruction, Some(name)),
        name => deploy::run(options, &Wish::Step(name.to_owned())),
    });
    end(ended, options)
}

fn end(result: Result<u8, Stop>, options: &Options) -> ExitCode {
    exit::end(result, || {
        // The config may be what is wrong.
        let config = settings::load(options).ok().map(|settings| settings.loaded.config);
        Here::new(options, config.as_ref().map(|config| config.project.id.as_str()))
    })
}
