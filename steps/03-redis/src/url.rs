use config::Config;
use engine::{Reader, Result};
use gcloud::{Command, Secret, gcloud};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use resources::RedisEndpoint;

/// All that a URL may carry as it is (RFC 3986, unreserved).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URL that the instance, as it is now, is reached at. `None` while it is not ready, or not yet as the
/// config wants it.
pub fn redis_url(config: &Config) -> impl Fn(&Reader) -> Result<Option<Secret>> + Send + Sync + 'static {
    let (name, region) = (config.redis.instance.clone(), config.project.region.clone());
    let wanted = config.redis.auth;
    move |cloud| {
        let Some(endpoint) = resources::redis_endpoint(cloud, &name, &region)? else { return Ok(None) };
        // The instance is about to be changed: the URL is another one then.
        if endpoint.auth != wanted {
            return Ok(None);
        }
        let auth = match endpoint.auth {
            true => match auth_string(cloud, &name, &region)? {
                None => return Ok(None),
                auth => auth,
            },
            false => None,
        };
        Ok(Some(Secret::new(url(endpoint, auth.as_ref().map(Secret::expose)))))
    }
}

/// Raw: gcloud's JSON would have to be parsed, and says nothing more.
fn auth_string(cloud: &Reader, name: &str, region: &str) -> Result<Option<Secret>> {
    let command = auth_string_command(name, region);
    let answer = cloud.find_secret(command.clone())?;
    let auth = answer.map(|text| Secret::new(text.expose().trim())).filter(|auth| !auth.expose().is_empty());
    Ok(auth.map(|auth| cloud.printed_by(auth, "REDIS_AUTH", command)))
}

/// The command that prints what clients must show.
pub fn auth_string_command(name: &str, region: &str) -> Command {
    gcloud!["redis instances get-auth-string", name, "--region={region}", "--format=value(authString)"]
        .without_format()
}

/// `rediss://:AUTH@host:6378/0`: a client that knows TLS by the scheme, the first database, no query.
fn url(endpoint: RedisEndpoint, auth: Option<&str>) -> String {
    let RedisEndpoint { host, port, tls, .. } = endpoint;
    let scheme = if tls { "rediss" } else { "redis" };
    let auth = auth.map(|auth| format!(":{}@", utf8_percent_encode(auth, KEPT))).unwrap_or_default();
    format!("{scheme}://{auth}{host}:{port}/0")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn the_url_says_whether_there_is_tls_and_auth() {
        let endpoint = RedisEndpoint { host: Ipv4Addr::new(10, 20, 0, 4), port: 6378, tls: true, auth: true };
        assert_eq!(url(endpoint, Some("a-1/ü")), "rediss://:a-1%2F%C3%BC@10.20.0.4:6378/0");
        assert_eq!(url(endpoint, None), "rediss://10.20.0.4:6378/0");
        let plain = RedisEndpoint { port: 6379, tls: false, ..endpoint };
        assert_eq!(url(plain, Some("a")), "redis://:a@10.20.0.4:6379/0");
    }
}
