//! What would send gcloud's calls, and the secrets in them, to somebody else than Google. To this machine's own
//! loopback it is a rehearsal; anything else is refused.

use crate::Info;
use std::collections::BTreeMap;
use std::fmt;
use url::{Host, Url};

/// Variables that gcloud's HTTP library obeys, beside gcloud's own properties.
const PROXIES: &[&str] =
    &["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
const EXCEPTIONS: &[&str] = &["NO_PROXY", "no_proxy"];

/// Properties that name a host.
const HOSTS: &[&str] = &["auth/auth_host", "auth/token_host", "auth/mtls_token_host", "core/universe_domain"];

/// Properties that weaken the check of who answers; harmless only towards loopback.
const TRUST: &[&str] =
    &["core/custom_ca_certs_file", "auth/disable_ssl_validation", "auth/disable_credentials"];

/// What was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redirections {
    /// What to tell the person: `proxy/address = 127.0.0.1 (environment)`.
    pub shown: Vec<String>,
    /// The variables to pass on to every child.
    pub variables: BTreeMap<String, String>,
    /// Where the calls go: the proxy's or the first endpoint's `HOST:PORT`. `None`: to Google.
    pub target: Option<String>,
}

/// One redirection that is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The property or the variable.
    pub name: String,
    /// Its value, without a password.
    pub value: String,
    /// Why it is refused.
    pub why: &'static str,
    /// What to do.
    pub todo: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}: {}", self.name, self.value, self.why)
    }
}

impl std::error::Error for Refused {}

/// One candidate: where it comes from, what it says.
struct Setting {
    name: String,
    value: String,
    variable: Option<String>,
}

impl Setting {
    fn refused(&self, why: &'static str) -> Refused {
        let todo = match &self.variable {
            Some(variable) => format!("unset {variable}"),
            None => format!("gcloud config unset {}", self.name),
        };
        Refused { name: self.name.clone(), value: without_password(&self.value), why, todo }
    }
}

impl Redirections {
    /// Looks through gcloud's properties and the environment. Either all of it is accepted, or it is said what is not.
    pub fn find(
        info: &Info,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<Refused>> {
        let settings = settings(info, environment);
        let named = |name: &str| settings.iter().find(|setting| setting.name == name);
        let mut refused = Vec::new();
        let mut target = None;
        let mut accepted = Vec::new();

        let proxies: Vec<_> = settings.iter().filter(|setting| is_proxy(&setting.name)).collect();
        for proxy in &proxies {
            match loopback(&proxy.value) {
                true => {
                    let port = named("proxy/port").filter(|_| proxy.name == "proxy/address");
                    target.get_or_insert(match port {
                        Some(port) => format!("{}:{}", proxy.value, port.value),
                        None => authority(&proxy.value),
                    });
                    accepted.push(*proxy);
                }
                false => refused.push(proxy.refused("a proxy that is not on this machine sees every secret")),
            }
        }
        let behind_proxy = target.is_some();
        for setting in &settings {
            let name = setting.name.as_str();
            if name.starts_with("api_endpoint_overrides/") {
                if loopback(&setting.value) {
                    target.get_or_insert_with(|| authority(&setting.value));
                    accepted.push(setting);
                } else if behind_proxy
                    && host_of(&setting.value).is_some_and(|host| host.ends_with(".googleapis.com"))
                {
                    // Plain HTTP to Google's name, which only the proxy on loopback gets to see.
                    accepted.push(setting);
                } else {
                    refused.push(
                        setting.refused("it sends the calls of this API, secrets included, to another host"),
                    );
                }
            } else if HOSTS.contains(&name) && setting.value != "googleapis.com" {
                match loopback(&setting.value) {
                    true => accepted.push(setting),
                    false => refused.push(setting.refused("it sends the login to another host")),
                }
            }
        }
        for setting in &settings {
            let name = setting.name.as_str();
            if EXCEPTIONS.contains(&name) {
                let all = |entry: &str| entry.trim() == "*" || entry.trim().ends_with("googleapis.com");
                match behind_proxy && setting.value.split(',').any(all) {
                    true => {
                        refused.push(setting.refused("it leads calls around the proxy, to the real Google"))
                    }
                    false => accepted.push(setting),
                }
            } else if TRUST.contains(&name) && setting.value.to_lowercase() != "false" {
                match target.is_some() {
                    true => accepted.push(setting),
                    false => refused.push(setting.refused(
                        "it changes whom gcloud trusts, or who it is, and nothing leads to this machine",
                    )),
                }
            } else if name.starts_with("proxy/") && name != "proxy/address" {
                accepted.push(setting);
            }
        }
        if !refused.is_empty() {
            return Err(refused);
        }
        let redirected = target.is_some();
        let show = |setting: &&Setting| redirected && !EXCEPTIONS.contains(&setting.name.as_str());
        let variables =
            accepted.iter().filter_map(|setting| Some((setting.variable.clone()?, setting.value.clone())));
        Ok(Self {
            shown: accepted.iter().copied().filter(show).map(Setting::shown).collect(),
            variables: variables.collect(),
            target,
        })
    }
}

impl Setting {
    fn shown(&self) -> String {
        let source = if self.variable.is_some() { "environment" } else { "gcloud's configuration" };
        format!("{} = {} ({source})", self.name, without_password(&self.value))
    }
}

fn settings(info: &Info, environment: impl IntoIterator<Item = (String, String)>) -> Vec<Setting> {
    let properties = info.properties.iter().map(|property| Setting {
        name: property.name.clone(),
        value: property.value.clone(),
        variable: property.from_environment.then(|| property.variable()),
    });
    let known = |(name, value): &(String, String)| {
        !value.is_empty() && (PROXIES.contains(&name.as_str()) || EXCEPTIONS.contains(&name.as_str()))
    };
    let variables = environment.into_iter().filter(known);
    let variables =
        variables.map(|(name, value)| Setting { name: name.clone(), value, variable: Some(name) });
    properties.chain(variables).collect()
}

fn is_proxy(name: &str) -> bool {
    name == "proxy/address" || PROXIES.contains(&name)
}

/// A URL, or a bare `HOST` or `HOST:PORT`.
fn parse(value: &str) -> Option<Url> {
    match value.contains("://") {
        true => Url::parse(value).ok(),
        false => Url::parse(&format!("http://{value}")).ok(),
    }
}

fn host_of(value: &str) -> Option<String> {
    Some(parse(value)?.host_str()?.to_owned())
}

fn authority(value: &str) -> String {
    let Some(url) = parse(value) else { return value.to_owned() };
    let port = url.port_or_known_default().map_or(String::new(), |port| format!(":{port}"));
    format!("{}{port}", url.host_str().unwrap_or_default())
}

fn loopback(value: &str) -> bool {
    match parse(value).as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

fn without_password(value: &str) -> String {
    match Url::parse(value) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            // Both fail only for addresses that cannot have a user.
            let _ = url.set_username("");
            let _ = url.set_password(None);
            url.to_string()
        }
        _ => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Property;

    fn find(properties: &[(&str, &str)], environment: &[(&str, &str)]) -> Result<Redirections, Vec<String>> {
        let properties = properties.iter().map(|(name, value)| Property {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            from_environment: true,
        });
        let info = Info { properties: properties.collect(), ..Info::default() };
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Redirections::find(&info, environment)
            .map_err(|refused| refused.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn nothing_set_means_google() {
        assert_eq!(find(&[("core/project", "p")], &[("HOME", "/")]).unwrap(), Redirections::default());
    }

    #[test]
    fn a_rehearsal_on_loopback_is_accepted_and_passed_on_as_a_whole() {
        let found = find(
            &[
                ("proxy/address", "127.0.0.1"),
                ("proxy/port", "4711"),
                ("proxy/type", "http"),
                ("core/custom_ca_certs_file", "/tmp/ca.pem"),
                ("api_endpoint_overrides/sql", "http://sqladmin.googleapis.com/"),
            ],
            &[("NO_PROXY", "localhost")],
        )
        .unwrap();
        assert_eq!(found.target.as_deref(), Some("127.0.0.1:4711"));
        assert_eq!(found.variables["CLOUDSDK_PROXY_PORT"], "4711");
        assert_eq!(found.variables.len(), 6);
        assert!(found.shown.contains(&"core/custom_ca_certs_file = /tmp/ca.pem (environment)".to_owned()));
        let by_variable = find(&[], &[("HTTPS_PROXY", "http://[::1]:9")]).unwrap();
        assert_eq!(by_variable.target.as_deref(), Some("[::1]:9"));
    }

    #[test]
    fn everything_off_loopback_is_refused() {
        let cases: &[(&str, &str)] = &[
            ("proxy/address", "proxy.example.com"),
            ("proxy/address", "127.0.0.1.example.com"),
            ("api_endpoint_overrides/sql", "https://127.0.0.1@evil.example/"),
            ("api_endpoint_overrides/sql", "http://sqladmin.googleapis.com/"),
            ("api_endpoint_overrides/sql", "http://10.0.0.1/"),
            ("auth/token_host", "https://evil.example/token"),
            ("core/universe_domain", "evil.example"),
            ("core/custom_ca_certs_file", "/tmp/ca.pem"),
            ("auth/disable_ssl_validation", "True"),
        ];
        for (name, value) in cases {
            let refused = find(&[(name, value)], &[]).unwrap_err();
            assert_eq!(refused.len(), 1, "{name} = {value}");
        }
        assert!(find(&[], &[("https_proxy", "http://user:pw@proxy.example.com:8080")]).is_err());
        assert!(find(&[], &[("HTTPS_PROXY", "http://127.0.0.1:1"), ("NO_PROXY", "a,*")]).is_err());
    }

    #[test]
    fn a_token_file_alone_is_a_login_and_no_redirection() {
        let found = find(&[("auth/access_token_file", "/run/token")], &[]).unwrap();
        assert_eq!(found, Redirections::default());
    }

    #[test]
    fn a_refusal_shows_no_password_and_says_what_to_do() {
        let info = Info::default();
        let proxy = ("HTTPS_PROXY".to_owned(), "http://ada:hunter22@proxy.example.com:1/".to_owned());
        let refused = Redirections::find(&info, [proxy]).unwrap_err();
        assert_eq!(refused[0].value, "http://proxy.example.com:1/");
        assert_eq!(refused[0].todo, "unset HTTPS_PROXY");
    }
}
