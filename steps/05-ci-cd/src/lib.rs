//! Step 05-ci-cd: a repository for images, an account that builds run as and what it may do, `cloudbuild.yaml`, and the
//! trigger that builds and deploys on a push.

pub mod adopt;
mod build;
mod build_file;
mod compare;
mod connect;
mod repository;
mod source_bucket;
mod trigger;

use config::{Config, names};
use engine::{Address, Former, Item, Need, Step};
use resources::{IamBinding, ServiceAccount};

/// A resource of this step under a name that the config names no more, or that it leaves out now. `None`: none of this step's,
/// or under a fixed name.
pub fn former(config: &Config, address: &Address) -> Option<Former> {
    match address.kind() {
        "image-repository" => Some(Former::of(repository::ImageRepository::of_name(config, address.name()))),
        "build-trigger" => Some(Former::of(trigger::BuildTrigger::former(config))),
        _ => None,
    }
}

/// What this step keeps.
pub fn step(config: &Config) -> Step {
    let mut step = Step::new("05-ci-cd", "Build and delivery")
        .keep(repository::ImageRepository::new(config))
        .keep(source_bucket::SourceBucket::new(config))
        .keep(build_account(config));
    for grant in grants(config) {
        step = step.keep(grant);
    }
    step = step.keep(build_file::BuildFile::new(config));
    match connect::source(config) {
        Some(source) => step.keep(trigger::BuildTrigger::new(config, source)),
        None => {
            step.items.push(nothing_to_build(config));
            step
        }
    }
}

/// `cloudbuild.yaml` as this step installs it.
pub fn cloudbuild_yaml(config: &Config) -> String {
    build::yaml(config)
}

/// What builds run as: by default it would be an account that may do far more.
fn build_account(config: &Config) -> ServiceAccount {
    let (project, id) = (&config.project.id, names::BUILD_ACCOUNT);
    ServiceAccount::new(project, id, "CodeMentor builds", format!("{MARK}: what Cloud Build runs as"))
}

/// The least that a build needs, on the narrowest thing that it can be given on.
fn grants(config: &Config) -> [IamBinding; 5] {
    let member = format!("serviceAccount:{}", config.build_account_email());
    let account = || Need::Resource(ServiceAccount::address_of(names::BUILD_ACCOUNT));
    let project = &config.project.id;
    let (repository, region) = (&config.ci_cd.repository, &config.project.region);
    let (bucket, runtime) = (config.source_bucket(), config.run_account_email());
    let runs_as = Need::Resource(ServiceAccount::address_of(names::RUN_ACCOUNT));
    let on_project = |role| {
        let policies = Need::Api("cloudresourcemanager.googleapis.com");
        IamBinding::on_project(project, member.clone(), role).needs([policies, account()])
    };
    [
        // Push what it made.
        IamBinding::on_repository(repository, region, member.clone(), "roles/artifactregistry.writer")
            .needs([Need::Resource(repository::address(config)), account()]),
        // Deploy it: neither its own policy nor anybody else's is in this role.
        on_project("roles/run.developer"),
        // ... as the account that the service runs as, and as no other.
        IamBinding::on_service_account(&runtime, member.clone(), "roles/iam.serviceAccountUser")
            .needs([runs_as, account()]),
        // Say what it does.
        on_project("roles/logging.logWriter"),
        // Read what `gcloud builds submit` uploaded.
        IamBinding::on_bucket(&bucket, member.clone(), "roles/storage.objectViewer")
            .needs([Need::Resource(source_bucket::address(config)), account()]),
    ]
}

/// Said instead of a trigger.
fn nothing_to_build(config: &Config) -> Item {
    let connect::Way { how, command } = connect::no_source(config);
    Item::Skip {
        address: trigger::address(),
        why: format!("no repository is configured, so that no push builds anything; {how}"),
        command: Some(command),
    }
}

/// The owner's mark of what cannot carry labels.
const MARK: &str = "Managed by deploy-all";
