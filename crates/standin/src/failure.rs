//! How gcloud says that something failed.

use crate::google::{Refusal, Trouble};
use crate::yaml;
use serde_json::Value;
use std::io::Write as _;

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong: exit 2.
    Usage(String),
    /// A sentence of gcloud's own: exit 1.
    Said(String),
    /// An exception that gcloud does not catch, with its class: exit 1.
    Crashed(&'static str, String),
    /// Everything is said already: only the exit code is left.
    Silent(u8),
    /// A failure of a named command.
    Of(String, Box<Failure>),
}

impl Failure {
    /// The same, of this command (unless one is named already).
    pub(crate) fn of(self, command: &str) -> Self {
        match self {
            named @ Self::Of(..) => named,
            other => Self::Of(command.to_owned(), Box::new(other)),
        }
    }

    /// `(gcloud.sql.instances.describe) …`
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Usage(text) | Self::Said(text) => format!("(gcloud) {text}"),
            Self::Crashed(class, text) => crashed(class, text),
            Self::Silent(_) => String::new(),
            Self::Of(command, inner) => match &**inner {
                Self::Usage(text) | Self::Said(text) => {
                    let path = format!("gcloud {command}").trim().replace(' ', ".");
                    format!("({path}) {text}")
                }
                other => other.text(),
            },
        }
    }

    /// Prints it on stderr; the exit code.
    pub(crate) fn report(&self) -> u8 {
        let inner = match self {
            Self::Of(_, inner) => inner,
            other => other,
        };
        if let Self::Silent(code) = inner {
            return *code;
        }
        let _ = writeln!(std::io::stderr(), "ERROR: {}", self.text());
        if matches!(inner, Self::Usage(_)) { 2 } else { 1 }
    }
}

fn crashed(class: &str, text: &str) -> String {
    format!(
        "gcloud crashed ({class}): {text}\n\nIf you would like to report this issue, please run the following command:\n  \
         gcloud feedback\n\nTo check gcloud for common problems, please run the following command:\n  gcloud info \
         --run-diagnostics"
    )
}

/// The rendering of a surface that catches nothing by itself: what is still refused after all attempts counts as a
/// trouble of the network.
impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(refusal) if refusal.passing => Self::Said(network_issue(&refusal)),
            Trouble::Refused(refusal) => refusal.into(),
            Trouble::Lost { class, text } => Self::Crashed(class, text),
        }
    }
}

/// The rendering of a surface that catches every refusal (`HttpException` in gcloud's default error format).
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Said(explained(&refusal))
    }
}

/// The rendering of a surface that catches every refusal, 5xx too, and lets only lost connections through.
pub(crate) fn caught(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Refused(refusal) => refusal.into(),
        lost @ Trouble::Lost { .. } => lost.into(),
    }
}

/// Status, message, who called, and the details as YAML.
pub(crate) fn explained(refusal: &Refusal) -> String {
    let message = status_message(refusal);
    let mut text = description(refusal);
    if !message.is_empty() {
        text = format!("{text}: {message}");
    }
    for part in [localized(refusal), help(refusal), rest(refusal)] {
        if !part.is_empty() {
            text = format!("{text}\n{part}");
        }
    }
    for (sign, more) in [(SERVICE_USE, SERVICE_USE_HELP), (SCOPES, SCOPES_HELP)] {
        if text.contains(sign) {
            text = format!("{text}\n\n{more}");
        }
    }
    text
}

const SERVICE_USE: &str = "Grant the caller the Owner or Editor role, or a custom role with the serviceusage.services.use permission";
const SERVICE_USE_HELP: &str = "If you want to invoke the command from a project different from the target resource \
                                project, use `--billing-project` or `billing/quota_project` property.";
const SCOPES: &str = "Request had insufficient authentication scopes";
const SCOPES_HELP: &str = "If you are in a compute engine VM, it is likely that the specified scopes during VM creation \
                           are not enough to run this command.\nSee \
                           https://cloud.google.com/compute/docs/access/service-accounts#accesscopesiam for more \
                           information about access scopes.\nSee \
                           https://cloud.google.com/compute/docs/access/create-enable-service-accounts-for-instances#changeserviceaccountandscopes \
                           for how to update access scopes of the VM.";

/// Google's sentence, and for a refusal that has to do with rights, who called.
pub(crate) fn status_message(refusal: &Refusal) -> String {
    if !refusal.body["error"].is_object() {
        return refusal.text.clone();
    }
    let message = refusal.message();
    if !matches!(refusal.code, 401 | 403 | 404) || message.is_empty() {
        return message.to_owned();
    }
    let caller = refusal.caller.sentence();
    if message.ends_with('.') {
        format!("{message} {caller}")
    } else {
        format!("{message}. {}", caller.trim_end_matches('.'))
    }
}

/// `PERMISSION_DENIED`; where the address names one thing of a kind, a few words about that.
fn description(refusal: &Refusal) -> String {
    if let Some((kind, name)) = named(&refusal.url) {
        let capital = capitalized(kind);
        match refusal.code {
            403 => {
                let account = refusal.caller.account();
                return format!(
                    "[{account}] does not have permission to access {kind} instance [{name}] (or it may not exist)"
                );
            }
            404 => return format!("{capital} instance [{name}] not found"),
            409 if kind == "projects" => {
                return format!("Resource in projects [{name}] is the subject of a conflict");
            }
            409 => return format!("{capital} instance [{name}] is the subject of a conflict"),
            _ => {}
        }
    }
    match refusal.status_name() {
        "" => format!("HTTPError {}", refusal.code),
        name => name.trim_end_matches('.').to_owned(),
    }
}

/// `Serviceaccounts`: one capital, as Python does it.
fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().to_lowercase().chars()).collect()
}

/// The kind and the name in an address that ends in `/v1/KIND/NAME` or `/v1/KIND/NAME/MORE`.
fn named(url: &str) -> Option<(&str, &str)> {
    let path = url.trim_start_matches("https:").trim_matches('/');
    let is_version = |token: &&str| {
        ["alpha", "beta", "v1", "v2", "v3", "v4", "dogfood", "head"]
            .iter()
            .any(|version| token.contains(version))
    };
    let tokens: Vec<&str> = path.split('/').collect();
    let version = tokens.iter().position(is_version)?;
    match tokens.get(version + 1..)? {
        [kind, name] | [kind, name, _] => {
            Some((*kind, name.split('?').next().unwrap_or_default())).filter(|(_, name)| !name.is_empty())
        }
        _ => None,
    }
}

fn details(refusal: &Refusal) -> impl Iterator<Item = &Value> {
    refusal.body["error"]["details"].as_array().into_iter().flatten()
}

fn is(detail: &Value, kind: &str) -> bool {
    detail["@type"].as_str().unwrap_or_default().ends_with(&format!("google.rpc.{kind}"))
}

fn localized(refusal: &Refusal) -> String {
    let messages = details(refusal).filter(|detail| is(detail, "LocalizedMessage"));
    let messages: Vec<&str> = messages.filter_map(|detail| detail["message"].as_str()).collect();
    messages.join("\n")
}

fn help(refusal: &Refusal) -> String {
    let helps = details(refusal).filter(|detail| is(detail, "Help"));
    let links = helps.filter_map(|detail| detail["links"].as_array()).flatten();
    let lines: Vec<&str> =
        links.flat_map(|link| [&link["description"], &link["url"]]).filter_map(Value::as_str).collect();
    lines.join("\n")
}

fn rest(refusal: &Refusal) -> String {
    let rest: Vec<Value> =
        details(refusal).filter(|d| !is(d, "LocalizedMessage") && !is(d, "Help")).cloned().collect();
    if rest.is_empty() { String::new() } else { yaml::text(&Value::Array(rest)) }
}

/// What apitools says of an answer that it gave up on.
pub(crate) fn network_issue(refusal: &Refusal) -> String {
    let headers: Vec<String> =
        refusal.headers.iter().map(|(name, value)| format!("'{name}': '{value}', ")).collect();
    let content: String = refusal.text.chars().map(|c| if c.is_ascii() { c } else { '\u{fffd}' }).collect();
    format!(
        "HttpError accessing <{}>: response: <{{{}'status': {}}}>, content <{content}>\nThis may be due to network \
         connectivity issues. Please check your network settings, and the status of the service you are trying to reach.",
        refusal.url,
        headers.concat(),
        refusal.code
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Caller;
    use serde_json::json;

    fn refusal(code: u16, url: &str, body: Value) -> Refusal {
        Refusal {
            code,
            url: url.to_owned(),
            text: body.to_string(),
            body,
            headers: Vec::new(),
            passing: code >= 500,
            caller: Box::new(Caller::TokenFile("/t".to_owned())),
        }
    }

    #[test]
    fn a_refusal_names_what_the_address_names() {
        let body =
            |code: u16, status: &str| json!({"error": {"code": code, "status": status, "message": "No"}});
        let said = |code, path: &str, status: &str| {
            explained(&refusal(code, &format!("https://h.googleapis.com{path}"), body(code, status)))
        };
        let token = "This command is authenticated with an access token from /t specified by the \
                     [auth/access_token_file] property";
        assert_eq!(
            said(403, "/v1/projects/p?alt=json", "PERMISSION_DENIED"),
            format!(
                "[None] does not have permission to access projects instance [p] (or it may not exist): No. {token}"
            )
        );
        assert_eq!(
            said(404, "/v1/services/s:connections", "NOT_FOUND").split(':').next(),
            Some("Services instance [s")
        );
        assert_eq!(
            said(409, "/v1/projects/p/secrets?secretId=s", "ALREADY_EXISTS"),
            "Resource in projects [p] is the subject of a conflict: No"
        );
        assert_eq!(said(404, "/v1/projects/p/secrets/s", "NOT_FOUND"), format!("NOT_FOUND: No. {token}"));
        assert_eq!(said(429, "/v1/projects/p", "RESOURCE_EXHAUSTED"), "RESOURCE_EXHAUSTED: No");
        assert_eq!(said(400, "/compute/v1/projects/p/global/networks", ""), "HTTPError 400: No");
    }

    #[test]
    fn details_follow_as_yaml_without_help_and_translations() {
        let body = json!({"error": {"code": 400, "status": "FAILED_PRECONDITION", "message": "No.", "details": [
            {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"description": "Why", "url": "https://why"}]},
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "R", "metadata": {}},
        ]}});
        assert_eq!(
            explained(&refusal(400, "https://h/v1/a", body)),
            "FAILED_PRECONDITION: No.\nWhy\nhttps://why\n- '@type': type.googleapis.com/google.rpc.ErrorInfo\n  \
             metadata: {}\n  reason: R"
        );
    }

    #[test]
    fn what_is_not_json_is_shown_as_it_is() {
        let mut refused = refusal(404, "https://h/v1/a/b/c/d", Value::String("<html>".to_owned()));
        refused.text = "<html>".to_owned();
        assert_eq!(explained(&refused), "HTTPError 404: <html>");
    }
}
