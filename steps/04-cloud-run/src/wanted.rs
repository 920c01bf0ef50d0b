//! What the config asks of the service, in the words of gcloud's flags.

use config::model::Egress;
use config::{Config, names};
use gcloud::Command;
use std::collections::BTreeMap;

/// Where the file with Redis's certificates is: a mounted secret hides all else in its folder.
const REDIS_CA_FILE: &str = "/secrets/redis-ca/ca.pem";

/// Plain variables. asyncpg and psycopg2 disagree on how a URL asks for TLS; PGSSLMODE is read by both.
pub fn variables(config: &Config) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from([("PGSSLMODE".to_owned(), "require".to_owned())]);
    if config.redis.tls {
        variables.insert("REDIS_CA_FILE".to_owned(), REDIS_CA_FILE.to_owned());
    }
    variables.extend(config.cloud_run.env.clone());
    variables
}

/// Variables that hold a secret: variable to secret.
pub fn secret_variables(config: &Config) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::from([
        ("DATABASE_URL".to_owned(), names::DATABASE_URL.to_owned()),
        ("REDIS_URL".to_owned(), names::REDIS_URL.to_owned()),
    ]);
    variables.extend(config.cloud_run.secrets.clone());
    variables
}

/// Files that hold a secret: path to secret.
pub fn mounts(config: &Config) -> BTreeMap<String, String> {
    let ca = config.redis.tls.then(|| (REDIS_CA_FILE.to_owned(), names::REDIS_CA.to_owned()));
    ca.into_iter().collect()
}

/// Every setting of the service but its image, as flags of `run deploy` and `run services update`.
pub fn flags(config: &Config, command: Command) -> Command {
    let run = &config.cloud_run;
    let latest = |(place, secret): (String, String)| (place, format!("{secret}:latest"));
    let secrets = secret_variables(config).into_iter().chain(mounts(config)).map(latest).collect();
    let command = command
        .arg(format!("--region={}", config.project.region))
        .arg(format!("--service-account={}", config.run_account_email()))
        .arg(format!("--cpu={}", run.cpu))
        .arg(format!("--memory={}", run.memory))
        .arg(format!("--concurrency={}", run.concurrency))
        .arg(format!("--timeout={}", run.timeout))
        .arg(format!("--min-instances={}", run.min_instances))
        .arg(format!("--max-instances={}", run.max_instances))
        .arg(format!("--set-env-vars={}", dictionary(&variables(config))))
        .arg(format!("--set-secrets={}", dictionary(&secrets)));
    let labels = &config.project.labels;
    let command = command.arg_if(!labels.is_empty(), format!("--update-labels={}", dictionary(labels)));
    let command = match run.egress {
        Egress::Connector => command.arg(format!("--vpc-connector={}", run.connector.name)),
        Egress::Direct => command
            .arg(format!("--network={}", config.network.name))
            .arg(format!("--subnet={}", config.network.subnet)),
    };
    command.arg("--vpc-egress=private-ranges-only")
}

/// `A=1,B=2`. gcloud splits at commas, unless the value begins by naming something else to split at: `^@@^A=1@@B=2,3`.
pub fn dictionary(map: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let free = |mark: &str| pairs.iter().all(|pair| !pair.contains(mark));
    if free(",") {
        return pairs.join(",");
    }
    // A mark that ends like a value begins, or the other way round, would be cut in the wrong place.
    let marks = ["@@", "##", "||", ";;", "::"].map(str::to_owned).into_iter();
    let numbered = (0..).map(|number| format!("<{number}>"));
    let inside = |mark: &&String| {
        free(mark) && pairs.iter().all(|p| !p.ends_with(&mark[..1]) && !p.starts_with(&mark[..1]))
    };
    let mark = marks.chain(numbered).find(|mark| inside(&mark)).unwrap_or_default();
    format!("^{mark}^{}", pairs.join(&mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gcloud::gcloud;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn values_with_commas_are_not_split() {
        assert_eq!(dictionary(&map(&[("A", "1"), ("B", "")])), "A=1,B=");
        assert_eq!(dictionary(&map(&[("A", "1,2"), ("B", "x")])), "^@@^A=1,2@@B=x");
        assert_eq!(dictionary(&map(&[("A", "1,2@"), ("B", "x")])), "^##^A=1,2@##B=x");
        assert_eq!(dictionary(&map(&[("A", "1,@@##||;;::")])), "^<0>^A=1,@@##||;;::");
    }

    #[test]
    fn the_flags_say_everything_that_is_configured() {
        let mut config = Config::default();
        config.cloud_run.env = map(&[("PGSSLMODE", "verify-full"), ("CORS", "a,b")]);
        config.cloud_run.secrets = map(&[("SECRET_KEY", "app-secret-key")]);
        let command = flags(&config, gcloud!["run deploy"]);
        let text = command.args().join("\n");
        for part in [
            "--set-env-vars=^@@^CORS=a,b@@PGSSLMODE=verify-full@@REDIS_CA_FILE=/secrets/redis-ca/ca.pem",
            "--set-secrets=/secrets/redis-ca/ca.pem=redis-ca:latest,DATABASE_URL=database-url:latest,\
             REDIS_URL=redis-url:latest,SECRET_KEY=app-secret-key:latest",
            "--vpc-connector=codementor-connector\n--vpc-egress=private-ranges-only",
            "--update-labels=app=codementor,managed-by=deploy-all",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        config.cloud_run.egress = Egress::Direct;
        config.redis.tls = false;
        let text = flags(&config, gcloud!["run deploy"]).args().join("\n");
        assert!(
            text.contains("--network=codementor-vpc\n--subnet=codementor-subnet") && !text.contains("ca.pem")
        );
    }
}
