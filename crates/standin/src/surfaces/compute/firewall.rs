//! `gcloud compute firewall-rules …`.

use super::changes::{self, Change};
use super::networks::dot;
use super::{get, list, network_link, once, project};
use crate::call::Call;
use crate::failure::Failure;
use crate::print::Answer;
use crate::surfaces::unknown;
use serde_json::{Map, Value, json};

/// Flags that are lists, and their fields.
const LISTS: [(&str, &str); 6] = [
    ("--source-ranges", "sourceRanges"),
    ("--source-tags", "sourceTags"),
    ("--target-tags", "targetTags"),
    ("--destination-ranges", "destinationRanges"),
    ("--source-service-accounts", "sourceServiceAccounts"),
    ("--target-service-accounts", "targetServiceAccounts"),
];
/// What create and update take besides.
const OTHERS: [&str; 6] =
    ["--allow", "--rules", "--description", "--priority", "--disabled", "--enable-logging"];

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "update" => update(call),
        "delete" => delete(call),
        "describe" => {
            call.takes(&[])?;
            Ok(Answer::Value(get(call, path(call)?)?))
        }
        "list" => {
            call.takes(&[])?;
            list::of_place(call, "global/firewalls").map(Answer::List)
        }
        _ => Err(unknown(call)),
    }
}

fn collection(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/global/firewalls", project(call)?))
}

fn path(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/{}", collection(call)?, call.word("NAME")))
}

fn takes(call: &Call, more: &[&str]) -> Result<(), Failure> {
    let lists = LISTS.iter().map(|(flag, _)| *flag);
    call.takes(&lists.chain(OTHERS).chain(more.iter().copied()).collect::<Vec<_>>())
}

fn create(call: &Call) -> Result<Answer, Failure> {
    takes(call, &["--network", "--direction", "--action"])?;
    let (action, rules, allow) = (call.one("--action"), call.list("--rules"), call.list("--allow"));
    if rules.is_some() && allow.is_some() {
        return Err(Failure::Said("Can NOT specify --rules and --allow in the same request.".to_owned()));
    }
    if action.is_some() != rules.is_some() {
        return Err(Failure::Said("Must specify --rules with --action.".to_owned()));
    }
    let out = call.one("--direction").is_some_and(|d| matches!(d.to_uppercase().as_str(), "EGRESS" | "OUT"));
    let mut body = json!({
        "name": call.word("NAME"),
        "network": network_link(call, call.one("--network").unwrap_or("default"))?,
        "direction": if out { "EGRESS" } else { "INGRESS" },
    });
    let denies = action.is_some_and(|action| action.eq_ignore_ascii_case("deny"));
    let field = if denies { "denied" } else { "allowed" };
    body[field] = parse_rules(&rules.or(allow).unwrap_or_default())?;
    given(call, &mut body);
    for (flag, field) in LISTS {
        if let Some(list) = call.list(flag).filter(|list| !list.is_empty()) {
            body[field] = json!(list);
        }
    }
    let collection = collection(call)?;
    let change = Change { request: once("POST", collection.clone()).body(body), collection };
    call.say("Creating firewall...");
    let made = changes::make(call, vec![change], &dot);
    call.say(if made.is_ok() { "done." } else { "failed." });
    made.map(Answer::List)
}

/// Fields that are one value, where they are given.
fn given(call: &Call, body: &mut Value) {
    if let Some(text) = call.one("--description") {
        body["description"] = text.into();
    }
    if let Some(priority) = call.one("--priority").and_then(|priority| priority.parse::<u32>().ok()) {
        body["priority"] = priority.into();
    }
    if let Some(on) = call.on("--disabled") {
        body["disabled"] = on.into();
    }
    if let Some(on) = call.on("--enable-logging") {
        body["logConfig"] = json!({ "enable": on });
    }
}

/// `tcp:22` and `icmp`, each an object of its own.
fn parse_rules(rules: &[String]) -> Result<Value, Failure> {
    let rules = rules.iter().map(|rule| {
        let (protocol, ports) = match rule.split_once(':') {
            Some((protocol, ports)) => (protocol, Some(ports)),
            None => (rule.as_str(), None),
        };
        let is_number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let is_range = |ports: &str| match ports.split_once('-') {
            Some((first, last)) => is_number(first) && is_number(last),
            None => is_number(ports),
        };
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
        if protocol.is_empty() || !protocol.chars().all(word) || !ports.is_none_or(is_range) {
            return Err(Failure::Said(format!(
                "Firewall rules must be of the form PROTOCOL[:PORT[-PORT]]; received [{rule}]."
            )));
        }
        Ok(match ports {
            Some(ports) => json!({ "IPProtocol": protocol, "ports": [ports] }),
            None => json!({ "IPProtocol": protocol }),
        })
    });
    rules.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

/// The whole rule is read, changed and sent.
fn update(call: &Call) -> Result<Answer, Failure> {
    takes(call, &[])?;
    let named = LISTS.iter().map(|(flag, _)| *flag).chain(OTHERS);
    let is_given = |flag: &str| call.one(flag).is_some() || call.on(flag).is_some();
    if !named.into_iter().any(is_given) {
        return Err(Failure::Said("At least one property must be modified.".to_owned()));
    }
    if call.one("--rules").is_some() && call.one("--allow").is_some() {
        return Err(Failure::Said("Can NOT specify --rules and --allow in the same request.".to_owned()));
    }
    let collection = collection(call)?;
    let before = get(call, path(call)?)?;
    let mut body = kept(&before);
    given(call, &mut body);
    if call.one("--description") == Some("") {
        body["description"] = Value::Null;
    }
    if let Some(rules) = call.list("--rules").or_else(|| call.list("--allow")) {
        let allows = call.one("--allow").is_some() || before["allowed"].is_array();
        body[if allows { "allowed" } else { "denied" }] = parse_rules(&rules)?;
    }
    for (flag, field) in LISTS {
        // An empty list is sent as such: that clears the field.
        if let Some(list) = call.list(flag) {
            body[field] = json!(list);
        }
    }
    let name = before["name"].as_str().unwrap_or_default();
    let request = once("PATCH", format!("{collection}/{name}")).body(body);
    changes::make(call, vec![Change { request, collection }], &|| ()).map(Answer::List)
}

/// What of a rule is sent again as it is; what it denies is not.
fn kept(before: &Value) -> Value {
    let fields = ["name", "direction", "priority", "allowed", "description", "network", "logConfig"];
    let lists = LISTS.iter().map(|(_, field)| *field);
    let kept = fields.into_iter().chain(lists).filter(|field| !before[*field].is_null());
    Value::Object(kept.map(|field| (field.to_owned(), before[field].clone())).collect::<Map<_, _>>())
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    let collection = collection(call)?;
    let change = |name: &String| Change {
        request: once("DELETE", format!("{collection}/{name}")),
        collection: collection.clone(),
    };
    changes::make(call, call.words("NAME").iter().map(change).collect(), &|| ()).map(Answer::List)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_objects_and_nonsense_is_refused() {
        let rules = ["icmp".to_owned(), "tcp:22".to_owned(), "udp:1-9".to_owned()];
        assert_eq!(
            parse_rules(&rules).unwrap(),
            json!([{ "IPProtocol": "icmp" }, { "IPProtocol": "tcp", "ports": ["22"] }, { "IPProtocol": "udp", "ports": ["1-9"] }])
        );
        assert!(parse_rules(&["tcp:".to_owned()]).is_err() && parse_rules(&["t p".to_owned()]).is_err());
    }

    #[test]
    fn a_rule_is_sent_without_what_only_google_says() {
        let before = json!({ "name": "a", "id": "1", "selfLink": "s", "allowed": [], "disabled": true, "sourceTags": ["x"] });
        assert_eq!(kept(&before), json!({ "name": "a", "allowed": [], "sourceTags": ["x"] }));
    }
}
