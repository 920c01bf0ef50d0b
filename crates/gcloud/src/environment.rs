//! The environment of every child: an allowlist, and what is forced.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// What a child gets as it is: where things are, and who the person is to gcloud.
const PASSED: &[&str] = &[
    "PATH",
    "HOME",
    "TMPDIR",
    "CLOUDSDK_CONFIG",
    "CLOUDSDK_ACTIVE_CONFIG_NAME",
    "CLOUDSDK_PYTHON",
    "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
    "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE",
    "CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",
    "CLOUDSDK_BILLING_QUOTA_PROJECT",
    // How fast the stand-in for gcloud waits; nothing to a real one.
    "GCLOUD_STANDIN_WAIT_SCALE",
];

/// What every child gets, whatever the person's configuration says: no prompt, no log file (it would hold argv and
/// secrets in clear), no print of HTTP bodies, no report home, texts in English and without escape sequences.
const FORCED: &[(&str, &str)] = &[
    ("LANG", "C.UTF-8"),
    ("LC_ALL", "C.UTF-8"),
    ("TERM", "dumb"),
    ("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "true"),
    ("CLOUDSDK_CORE_DISABLE_FILE_LOGGING", "true"),
    ("CLOUDSDK_CORE_DISABLE_PROMPTS", "1"),
    ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true"),
    ("CLOUDSDK_CORE_LOG_HTTP", "false"),
    ("CLOUDSDK_CORE_SHOW_STRUCTURED_LOGS", "never"),
    ("CLOUDSDK_CORE_USER_OUTPUT_ENABLED", "true"),
    ("CLOUDSDK_CORE_VERBOSITY", "warning"),
];

/// What a child gets to see of the environment.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<OsString, OsString>);

impl Environment {
    /// Out of this process's own environment, with these redirections, which the preflight has accepted.
    pub fn from_process(redirections: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::from_variables(std::env::vars_os(), redirections)
    }

    /// Out of any environment.
    pub fn from_variables(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        redirections: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        let passed = |(name, _): &(OsString, OsString)| PASSED.iter().any(|passed| name == passed);
        let mut kept: BTreeMap<_, _> = variables.into_iter().filter(passed).collect();
        kept.extend(redirections.into_iter().map(|(name, value)| (name.into(), value.into())));
        kept.extend(FORCED.iter().map(|(name, value)| (name.into(), value.into())));
        Self(kept)
    }

    /// This process's whole environment, with what is forced: for `gcloud info`, which tells what the person has set.
    pub fn whole() -> Self {
        let forced = FORCED.iter().map(|(name, value)| (name.into(), value.into()));
        Self(std::env::vars_os().chain(forced).collect())
    }

    /// The variables, for a command with this argv.
    pub(crate) fn for_command(&self, args: &[String]) -> BTreeMap<OsString, OsString> {
        let mut variables = self.0.clone();
        // `run deploy` enables APIs by itself when prompts are off, unless it may not even ask. Everywhere else the
        // default stays, since without it compute leaves out the reason of a 403.
        if args.first().is_some_and(|group| group == "run") {
            variables.insert("CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API".into(), "false".into());
        }
        variables
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(environment: &Environment, path: &str) -> BTreeMap<OsString, OsString> {
        environment.for_command(crate::Command::new(path).args())
    }

    #[test]
    fn nothing_is_inherited_by_chance() {
        let person = [
            ("HOME", "/home/ada"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("REQUESTS_CA_BUNDLE", "/x.pem"),
            ("CLOUDSDK_CORE_LOG_HTTP", "true"),
            ("CLOUDSDK_CORE_PROJECT", "other"),
            ("HTTPS_PROXY", "http://evil.example"),
        ];
        let person = person.map(|(name, value)| (name.into(), value.into()));
        let accepted = ("HTTP_PROXY".to_owned(), "http://127.0.0.1:1".to_owned());
        let environment = Environment::from_variables(person, [accepted]);
        let kept = variables(&environment, "projects list");
        let names: Vec<_> = kept.keys().filter_map(|name| name.to_str()).collect();
        let forced = FORCED.iter().map(|(name, _)| *name);
        let mut wanted: Vec<_> = forced.chain(["HOME", "HTTP_PROXY"]).collect();
        wanted.sort_unstable();
        assert_eq!(names, wanted);
        assert_eq!(kept[&OsString::from("CLOUDSDK_CORE_LOG_HTTP")], "false");
    }

    #[test]
    fn run_does_not_enable_apis_by_itself_and_compute_says_why_it_fails() {
        let environment = Environment::from_variables([], []);
        let name = OsString::from("CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API");
        assert!(variables(&environment, "run deploy").contains_key(&name));
        assert!(!variables(&environment, "compute networks list").contains_key(&name));
    }
}
