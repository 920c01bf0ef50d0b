//! Where pushes come from, and how a person connects it: GitHub asks for a consent that no command can give.

use config::{Config, model::GitHub};
use engine::Error;
use gcloud::quote;

/// A repository whose pushes are built.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// Connected with a click in the console (1st generation).
    GitHub(GitHub),
    /// `projects/P/locations/L/connections/C/repositories/R` (2nd generation).
    Connection(String),
}

/// What a person does, and a command on the way.
pub struct Way {
    pub how: String,
    pub command: String,
}

/// The configured source.
pub fn source(config: &Config) -> Option<Source> {
    let ci = &config.ci_cd;
    let connection = || ci.connection.clone().map(Source::Connection);
    ci.github.clone().map(Source::GitHub).or_else(connection)
}

/// A repository of the first generation is connected in one region, and seen in no other.
fn console(config: &Config) -> String {
    let (region, project) = (&config.project.region, &config.project.id);
    format!("https://console.cloud.google.com/cloud-build/triggers;region={region}/connect?project={project}")
}

fn make_connection(config: &Config, name: &str) -> String {
    let (region, project) = (quote(&config.project.region), quote(&config.project.id));
    format!("gcloud builds connections create github {} --region={region} --project={project}", quote(name))
}

fn link_repository(config: &Config, connection: &str, repository: &str) -> String {
    let (region, project) = (quote(&config.project.region), quote(&config.project.id));
    format!(
        "gcloud builds repositories create {} --remote-uri=https://github.com/OWNER/NAME.git --connection={} \
         --region={region} --project={project}",
        quote(repository),
        quote(connection)
    )
}

/// For a config that names no repository.
pub fn no_source(config: &Config) -> Way {
    let (connection, repository) = ("github", "app");
    let path = format!(
        "projects/{}/locations/{}/connections/{connection}/repositories/{repository}",
        config.project.id, config.project.region
    );
    let how = format!(
        "connect yours (one click) at {} and set ci_cd.github = {{ owner = \"OWNER\", name = \"NAME\" }}; or make a connection with \
         the command below, open the link that it prints, link the repository to it (`{}`), and set ci_cd.connection = \"{path}\"; \
         then run the same command again (a trigger that is there stays as it is)",
        console(config),
        link_repository(config, connection, repository)
    );
    Way { how, command: make_connection(config, connection) }
}

/// For a repository that is configured, but not connected.
pub fn not_connected(config: &Config, source: &Source) -> Error {
    let region = &config.project.region;
    let what = "pushes do not build yet";
    match source {
        Source::GitHub(GitHub { owner, name }) => Error::later(
            what,
            format!("the repository {owner}/{name} is not connected to Cloud Build in {region}"),
            format!("connect it (one click) at {}, then run the same command again", console(config)),
            None,
        ),
        Source::Connection(path) => {
            let (connection, repository) = parts(path);
            Error::later(
                what,
                format!("there is no repository {repository} in the connection {connection} in {region}"),
                format!(
                    "make the connection if it is not there (the command below), open the link that it prints, link the repository \
                     to it (`{}`), then run the same command again",
                    link_repository(config, connection, repository)
                ),
                Some(make_connection(config, connection)),
            )
        }
    }
}

/// Names of the connection and of the repository in it. The config's check has seen the path.
pub fn parts(path: &str) -> (&str, &str) {
    let mut parts = path.split('/').skip(5).step_by(2);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}
