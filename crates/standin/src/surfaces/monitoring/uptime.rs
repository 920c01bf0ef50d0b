//! `gcloud monitoring uptime create|update`: a check made of flags.

use super::{HOST, UPTIME, map, name, text};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::labels;
use crate::print::Answer;
use serde_json::{Value, json};

/// What is understood of `create`.
pub(super) const CREATE: &[&str] = &[
    "--resource-type",
    "--resource-labels",
    "--protocol",
    "--regions",
    "--user-labels",
    "--headers",
    "--status-classes",
    "--status-codes",
    "--path",
    "--port",
    "--period",
    "--timeout",
    "--validate-ssl",
    "--mask-headers",
    "--custom-content-type",
    "--content-type",
    "--request-method",
    "--username",
    "--password",
    "--pings-count",
    "--service-agent-auth",
    "--matcher-content",
    "--matcher-type",
    "--json-path",
    "--json-path-matcher-type",
];

/// What is understood of `update`.
pub(super) const UPDATE: &[&str] = &[
    "--display-name",
    "--set-regions",
    "--add-regions",
    "--remove-regions",
    "--clear-regions",
    "--set-status-classes",
    "--add-status-classes",
    "--remove-status-classes",
    "--clear-status-classes",
    "--set-status-codes",
    "--add-status-codes",
    "--remove-status-codes",
    "--clear-status-codes",
    "--update-user-labels",
    "--remove-user-labels",
    "--clear-user-labels",
    "--update-headers",
    "--remove-headers",
    "--clear-headers",
    "--path",
    "--port",
    "--period",
    "--timeout",
    "--validate-ssl",
    "--mask-headers",
    "--custom-content-type",
    "--content-type",
    "--request-method",
    "--username",
    "--password",
    "--pings-count",
    "--service-agent-auth",
    "--matcher-content",
    "--matcher-type",
    "--json-path",
    "--json-path-matcher-type",
];

/// What a TCP check cannot have.
const HTTP_ONLY: &[&str] = &[
    "--path",
    "--validate-ssl",
    "--mask-headers",
    "--custom-content-type",
    "--username",
    "--password",
    "--body",
    "--request-method",
    "--content-type",
    "--service-agent-auth",
];

/// Lists and labels, as flags give them for a new check or change those that are there.
struct Lists {
    regions: Option<Vec<String>>,
    user_labels: Option<Value>,
    headers: Option<Value>,
    status_classes: Option<Vec<String>>,
    status_codes: Option<Vec<String>>,
}

pub(super) fn create(call: &Call) -> Result<Answer, Failure> {
    let mut check = json!({"timeout": "60s", "period": "60s", "displayName": call.word("DISPLAY_NAME")});
    if let Some(labels) = map(call, "--resource-labels") {
        let kind = call.one("--resource-type").unwrap_or("uptime-url").replace('-', "_");
        check["monitoredResource"] = json!({"type": kind, "labels": labels});
    } else {
        return Err(Failure::Said("gcloud-standin makes checks of --resource-labels only".to_owned()));
    }
    let lists = Lists {
        regions: call.list("--regions"),
        user_labels: map(call, "--user-labels"),
        headers: map(call, "--headers"),
        status_classes: call.list("--status-classes"),
        status_codes: call.list("--status-codes"),
    };
    modify(call, &mut check, lists, true)?;
    let made = call.send(&Request::new("POST", HOST, UPTIME.all(call)?).body(check))?;
    call.say(&format!("Created uptime [{}].", name(&made)));
    Ok(Answer::Value(made))
}

/// Read, changed, and sent back as a whole, without a mask.
pub(super) fn update(call: &Call) -> Result<Answer, Failure> {
    let path = UPTIME.path(call, UPTIME.update_word)?;
    let mut check = call.send(&Request::new("GET", HOST, &path))?;
    if let Some(name) = text(call, "--display-name") {
        check["displayName"] = name;
    }
    let regions = strings(&check["selectedRegions"], |region| region.to_lowercase().replace('_', "-"));
    let codes = check["httpCheck"]["acceptedResponseStatusCodes"].as_array().cloned().unwrap_or_default();
    let class = |code: &Value| {
        code["statusClass"].as_str().map(|class| class.rsplit('_').next().unwrap_or_default().to_lowercase())
    };
    let classes = codes.iter().filter_map(class).collect();
    let numbers =
        codes.iter().filter_map(|code| code["statusValue"].as_i64()).map(|n| n.to_string()).collect();
    let lists = Lists {
        regions: changed(call, "regions", regions),
        user_labels: labels::changed(call, "user-labels", &check["userLabels"]),
        headers: labels::changed(call, "headers", &check["httpCheck"]["headers"]),
        status_classes: changed(call, "status-classes", classes),
        status_codes: changed(call, "status-codes", numbers),
    };
    modify(call, &mut check, lists, false)?;
    let updated = call.send(&Request::new("PATCH", HOST, path).body(check))?;
    call.say(&format!("Updated uptime [{}].", name(&updated)));
    Ok(Answer::Value(updated))
}

fn strings(list: &Value, read: impl Fn(&str) -> String) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(read).collect()
}

/// `--set-`, `--add-`, `--remove-` and `--clear-` of a list; none where no flag speaks of it.
fn changed(call: &Call, name: &str, found: Vec<String>) -> Option<Vec<String>> {
    let flag = |verb: &str| format!("--{verb}-{name}");
    if let Some(set) = call.list(&flag("set")) {
        return Some(set);
    }
    if let Some(add) = call.list(&flag("add")) {
        let new: Vec<String> = add.into_iter().filter(|item| !found.contains(item)).collect();
        return Some([found, new].concat());
    }
    if let Some(remove) = call.list(&flag("remove")) {
        return Some(found.into_iter().filter(|item| !remove.contains(item)).collect());
    }
    call.given(&flag("clear")).then(Vec::new)
}

/// gcloud takes labels only together with regions, and then takes away those that are there.
fn modify(call: &Call, check: &mut Value, lists: Lists, new: bool) -> Result<(), Failure> {
    if let Some(timeout) = call.one("--timeout") {
        check["timeout"] = json!(format!("{timeout}s"));
    }
    if let Some(minutes) = call.one("--period").and_then(|period| period.parse::<u32>().ok()) {
        check["period"] = json!(format!("{}s", minutes * 60));
    }
    if let Some(regions) = &lists.regions {
        let upper = regions.iter().map(|region| json!(region.to_uppercase().replace('-', "_")));
        check["selectedRegions"] = upper.collect();
        match &lists.user_labels {
            Some(labels) => check["userLabels"] = labels.clone(),
            None => drop(check.as_object_mut().and_then(|fields| fields.remove("userLabels"))),
        }
    }
    matcher(call, check);
    let tcp = if new { call.one("--protocol") == Some("tcp") } else { check["tcpCheck"].is_object() };
    if tcp {
        return tcp_check(call, check, &lists);
    }
    http_check(call, check, lists, new);
    Ok(())
}

fn matcher(call: &Call, check: &mut Value) {
    let Some(content) = call.one("--matcher-content") else { return };
    let how =
        |flag: &str, default: &str| json!(call.one(flag).unwrap_or(default).to_uppercase().replace('-', "_"));
    let mut matcher = json!({"content": content, "matcher": how("--matcher-type", "contains-string")});
    if let Some(path) = call.one("--json-path") {
        let json_matcher = how("--json-path-matcher-type", "exact-match");
        matcher["jsonPathMatcher"] = json!({"jsonPath": path, "jsonMatcher": json_matcher});
    }
    check["contentMatchers"] = json!([matcher]);
}

fn number(call: &Call, flag: &str) -> Option<Value> {
    call.one(flag).and_then(|number| number.parse::<i64>().ok()).map(|number| json!(number))
}

fn tcp_check(call: &Call, check: &mut Value, lists: &Lists) -> Result<(), Failure> {
    let port = number(call, "--port");
    if port.is_none() && check["tcpCheck"].is_null() {
        return Err(Failure::Said("Missing required field \"port\"".to_owned()));
    }
    let refused = |flag: &str, how: &str| {
        Failure::Said(format!("Invalid value for [{flag}]: Should not be {how} for TCP Uptime Check."))
    };
    if let Some(flag) = HTTP_ONLY.iter().find(|flag| call.given(flag)) {
        return Err(refused(flag, "set"));
    }
    let lists = [
        ("headers", lists.headers.is_some()),
        ("status-classes", lists.status_classes.is_some()),
        ("status-codes", lists.status_codes.is_some()),
    ];
    if let Some((name, _)) = lists.iter().find(|(_, given)| *given) {
        return Err(refused(name, "set or updated"));
    }
    if let Some(port) = port {
        check["tcpCheck"]["port"] = port;
    }
    if let Some(pings) = number(call, "--pings-count") {
        check["tcpCheck"]["pingConfig"] = json!({"pingsCount": pings});
    }
    Ok(())
}

fn http_check(call: &Call, check: &mut Value, lists: Lists, new: bool) {
    let http = &mut check["httpCheck"];
    if http.is_null() {
        *http = json!({});
    }
    let mut put = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            http[field] = value;
        }
    };
    put("path", text(call, "--path"));
    // Python's bool("false") is true.
    put("validateSsl", call.one("--validate-ssl").map(|given| json!(!given.is_empty())));
    put("maskHeaders", call.one("--mask-headers").map(|given| json!(!given.is_empty())));
    put("customContentType", text(call, "--custom-content-type"));
    put("pingConfig", number(call, "--pings-count").map(|pings| json!({"pingsCount": pings})));
    put(
        "serviceAgentAuthentication",
        call.one("--service-agent-auth").map(|_| json!({"type": "OIDC_TOKEN"})),
    );
    put("port", number(call, "--port"));
    put("requestMethod", call.one("--request-method").map(|method| json!(method.to_uppercase())));
    put("contentType", call.one("--content-type").map(content_type));
    if http["authInfo"].is_null() {
        http["authInfo"] = json!({});
    }
    for (flag, field) in [("--username", "username"), ("--password", "password")] {
        if let Some(value) = text(call, flag) {
            http["authInfo"][field] = value;
        }
    }
    let tls = http["useSsl"] == true || new && call.one("--protocol") == Some("https");
    http["useSsl"] = json!(tls);
    for (field, default) in [
        ("port", json!(if tls { 443 } else { 80 })),
        ("requestMethod", json!("GET")),
        ("contentType", json!("TYPE_UNSPECIFIED")),
    ] {
        if http[field].is_null() {
            http[field] = default;
        }
    }
    match lists.headers {
        Some(headers) => http["headers"] = headers,
        None => drop(http.as_object_mut().and_then(|fields| fields.remove("headers"))),
    }
    if let Some(classes) = lists.status_classes {
        let codes = classes
            .iter()
            .map(|class| json!({"statusClass": format!("STATUS_CLASS_{}", class.to_uppercase())}));
        http["acceptedResponseStatusCodes"] = codes.collect();
    } else if let Some(codes) = lists.status_codes {
        let codes =
            codes.iter().filter_map(|code| code.parse::<i64>().ok()).map(|code| json!({"statusValue": code}));
        http["acceptedResponseStatusCodes"] = codes.collect();
    }
}

fn content_type(given: &str) -> Value {
    match given {
        "unspecified" => json!("TYPE_UNSPECIFIED"),
        other => json!(other.to_uppercase().replace('-', "_")),
    }
}
