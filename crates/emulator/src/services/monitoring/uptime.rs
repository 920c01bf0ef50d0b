//! Uptime checks.

use super::field::{Field, check_user_labels, seconds, without_nulls};
use super::{asked, found, key};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use crate::services::serviceusage::identity;
use serde_json::{Value, json};

/// Most checks that a project may have (Google's quota page).
const MOST: usize = 100;

/// What can be checked, and the labels that each needs besides `project_id` (Google's list of monitored resources).
const RESOURCES: &[(&str, &[&str])] = &[
    ("uptime_url", &["host"]),
    ("cloud_run_revision", &["location", "service_name"]),
    ("gce_instance", &["instance_id", "zone"]),
    ("gae_app", &["module_id"]),
    ("k8s_service", &["location", "cluster_name", "namespace_name", "service_name"]),
    ("servicedirectory_service", &["location", "namespace_name", "service_name"]),
    ("aws_ec2_instance", &["instance_id", "region"]),
    ("aws_elb_load_balancer", &["name", "region"]),
];

fn check(call: &Call, check: &mut Value) -> Result<(), ApiError> {
    let field = Field::new("uptime_check_config");
    if check["displayName"].as_str().is_none_or(str::is_empty) {
        return Err(field.below("display_name").invalid("", "An uptime check must have a display name."));
    }
    check_user_labels(&field.below("user_labels"), &check["userLabels"])?;
    let resource =
        field.one_of(check, "resource", &["monitoredResource", "resourceGroup", "syntheticMonitor"])?;
    let request = field.one_of(check, "check_request_type", &["httpCheck", "tcpCheck"])?;
    match resource {
        None => {
            return Err(ApiError::invalid(
                "One of monitored_resource, resource_group and synthetic_monitor must be set.",
            ));
        }
        Some("monitoredResource") => monitored(call, &mut check["monitoredResource"])?,
        _ => {}
    }
    match request {
        None if resource != Some("syntheticMonitor") => {
            return Err(ApiError::invalid("One of http_check and tcp_check must be set."));
        }
        Some("httpCheck") => http(&field.below("http_check"), &mut check["httpCheck"])?,
        Some(_) => port(&field.below("tcp_check"), &check["tcpCheck"])?,
        None => {}
    }
    if check["period"].is_null() {
        check["period"] = json!("60s");
    }
    let period = check["period"].as_str().unwrap_or("");
    if !["60s", "300s", "600s", "900s"].contains(&period) {
        return Err(field
            .below("period")
            .invalid(period, "The only supported values are 60s, 300s, 600s and 900s."));
    }
    let timeout = seconds(&check["timeout"]).unwrap_or(0.0);
    if !(1.0..=60.0).contains(&timeout) {
        return Err(field
            .below("timeout")
            .invalid(&format!("{timeout}s"), "must be between 1 and 60 seconds"));
    }
    regions(&field, check)?;
    for (index, matcher) in check["contentMatchers"].as_array().into_iter().flatten().enumerate() {
        if matcher["content"].as_str().is_some_and(|c| c.len() > 1024) {
            let field = field.below("content_matchers").at(index).below("content");
            return Err(field.invalid("...", "The content must not exceed 1024 bytes."));
        }
    }
    if matches!(check["checkerType"].as_str(), None | Some("CHECKER_TYPE_UNSPECIFIED")) {
        check["checkerType"] = json!("STATIC_IP_CHECKERS");
    }
    let inside = check["monitoredResource"]["type"] == "servicedirectory_service";
    if (check["checkerType"] == "VPC_CHECKERS") != inside && check["monitoredResource"].is_object() {
        return Err(ApiError::invalid(
            "VPC_CHECKERS are for the resource type servicedirectory_service, and only they are.",
        ));
    }
    Ok(())
}

fn monitored(call: &Call, resource: &mut Value) -> Result<(), ApiError> {
    let kind = resource["type"].as_str().unwrap_or("").to_owned();
    let Some((_, labels)) = RESOURCES.iter().find(|(known, _)| *known == kind) else {
        return Err(Field::new("uptime_check_config.monitored_resource.type")
            .invalid(&kind, "The resource type cannot be checked."));
    };
    let project = call.project();
    if resource["labels"]["project_id"].is_null() {
        resource["labels"]["project_id"] = json!(project);
    }
    let given = resource["labels"]["project_id"].as_str().unwrap_or("");
    if call.world.project_id(given).as_deref() != Some(project) {
        return Err(ApiError::invalid(format!(
            "The project_id label must be the project of the check, was {given}."
        )));
    }
    for label in *labels {
        if resource["labels"][label].as_str().is_none_or(str::is_empty) {
            return Err(ApiError::invalid(format!("{kind} check is missing the label '{label}'")));
        }
    }
    if kind == "uptime_url" {
        let host = resource["labels"]["host"].as_str().unwrap_or("");
        if host.contains('/') {
            // Google's text, from pull request 1241 of oss-test-infra.
            return Err(ApiError::invalid(
                "A host name should not contain '/'. Consider moving everything following the first '/' to the 'path' \
                 field.;\nuptime_url check has malformed host",
            ));
        }
        let fits = host.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c))
            && host.contains(['.', ':']);
        if !fits {
            return Err(ApiError::invalid("uptime_url check has malformed host"));
        }
    }
    Ok(())
}

fn port(field: &Field, check: &Value) -> Result<(), ApiError> {
    let port = check["port"].as_i64().unwrap_or(0);
    if (1..=65_535).contains(&port) {
        Ok(())
    } else {
        Err(field.below("port").invalid(&port.to_string(), "must be a port"))
    }
}

/// The rules are those of the description of `HttpCheck`.
fn http(field: &Field, http: &mut Value) -> Result<(), ApiError> {
    let path = http["path"].as_str().unwrap_or("");
    if !path.starts_with('/') {
        http["path"] = json!(format!("/{path}"));
    }
    let ssl = http["useSsl"] == true;
    if http["port"].as_i64().unwrap_or(0) == 0 {
        http["port"] = json!(if ssl { 443 } else { 80 });
    }
    port(field, http)?;
    if matches!(http["requestMethod"].as_str(), None | Some("METHOD_UNSPECIFIED")) {
        http["requestMethod"] = json!("GET");
    }
    let get = http["requestMethod"] == "GET";
    let content = http["contentType"].as_str().unwrap_or("TYPE_UNSPECIFIED").to_owned();
    if get && content != "TYPE_UNSPECIFIED" {
        return Err(field.below("content_type").invalid(&content, "A GET request has no content type."));
    }
    if !get && content == "TYPE_UNSPECIFIED" {
        return Err(field.below("content_type").invalid(&content, "A POST request needs a content type."));
    }
    if content == "TYPE_UNSPECIFIED"
        && let Some(map) = http.as_object_mut()
    {
        // An unset enum is not shown.
        map.remove("contentType");
    }
    if get && http["body"].as_str().is_some_and(|b| !b.is_empty()) {
        return Err(field.below("body").invalid("...", "A GET request has no body."));
    }
    if http["headers"].as_object().is_some_and(|h| h.len() > 100) {
        return Err(field.below("headers").invalid("", "The maximum number of headers allowed is 100."));
    }
    let agent = !http["serviceAgentAuthentication"].is_null();
    let basic = http["authInfo"]
        .as_object()
        .is_some_and(|a| a.values().any(|v| v.as_str().is_some_and(|v| !v.is_empty())));
    // gcloud always sends an empty `authInfo`, so an empty one is none.
    if agent && basic {
        return Err(field.invalid("", "Do not set both auth_method and auth_info."));
    }
    if agent && !ssl {
        return Err(field
            .below("service_agent_authentication")
            .invalid("", "A token is only sent over HTTPS."));
    }
    for status in http["acceptedResponseStatusCodes"].as_array().into_iter().flatten() {
        field.below("accepted_response_status_codes").one_of(
            status,
            "status_code",
            &["statusValue", "statusClass"],
        )?;
    }
    Ok(())
}

/// "enough regions must be provided to include a minimum of 3 locations": the USA have three, every other one.
fn regions(field: &Field, check: &Value) -> Result<(), ApiError> {
    let regions: Vec<&str> =
        check["selectedRegions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let locations: usize = regions.iter().map(|r| if *r == "USA" { 3 } else { 1 }).sum();
    if !regions.is_empty() && locations < 3 {
        return Err(field.below("selected_regions").invalid(
            &regions.join(","),
            "Enough regions must be provided to include a minimum of 3 locations.",
        ));
    }
    Ok(())
}

/// Keeps the password beside, not in what is shown.
fn store(call: &mut Call, key: &str, mut check: Value) -> Value {
    if let Some(password) = check["httpCheck"]["authInfo"]["password"].as_str().map(str::to_owned) {
        check["httpCheck"]["authInfo"]["password"] = json!("******");
        call.world.put(key, check.clone());
        if password != "******" {
            call.world.hide(key, json!({"password": password}));
        }
    } else {
        call.world.put(key, check.clone());
    }
    check
}

/// The agent that probes with a token comes into being with its first use.
fn make_agent(call: &mut Call, check: &Value) {
    let project = call.project().to_owned();
    let number = call.project_number();
    if !check["httpCheck"]["serviceAgentAuthentication"].is_null()
        && let Some(agent) = identity::agent("monitoring.googleapis.com")
    {
        for effect in agent.effects(call.world, &project, &number) {
            call.world.apply(effect);
        }
    }
}

/// `create`
pub fn create(call: &mut Call) -> Answer {
    let mut config = without_nulls(call.input());
    check(call, &mut config)?;
    if call.world.list(&format!("monitoring/projects/{}/uptimeCheckConfigs", call.project())).len() >= MOST {
        // Google's text, from issue 7054 of 2i2c-org/infrastructure.
        return Err(ApiError::exhausted("Error creating uptime check config: too many configs in project"));
    }
    let slug: String = config["displayName"]
        .as_str()
        .unwrap_or("")
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let tail = call.world.alphanumeric(11);
    let id = format!("{}-{tail}", slug.trim_matches('-'));
    config["name"] = json!(format!("projects/{}/uptimeCheckConfigs/{id}", call.project()));
    make_agent(call, &config);
    let key = key(call, "uptimeCheckConfigs", &id);
    Ok(store(call, &key, config).into())
}

/// `patch`: without a mask the whole check is replaced; what it checks cannot change.
pub fn patch(call: &mut Call) -> Answer {
    let old = found(call, "uptimeCheckConfigs")?;
    let input = without_nulls(call.input());
    let mut config = match call.query("updateMask").filter(|m| !m.is_empty()) {
        None => input,
        Some(mask) => {
            let mut merged = old.clone();
            mask::apply(call.route.api, "UptimeCheckConfig", &mut merged, &input, mask)?;
            merged
        }
    };
    check(call, &mut config)?;
    for field in ["monitoredResource", "resourceGroup", "syntheticMonitor"] {
        if config[field] != old[field] {
            return Err(ApiError::invalid(format!(
                "The resource of an uptime check cannot be changed ({field})."
            )));
        }
    }
    for field in ["httpCheck", "tcpCheck"] {
        if config[field].is_null() != old[field].is_null() {
            return Err(ApiError::invalid("The type of the request of an uptime check cannot be changed."));
        }
    }
    config["name"] = old["name"].clone();
    make_agent(call, &config);
    let key = asked(call, "uptimeCheckConfigs");
    Ok(store(call, &key, config).into())
}

/// `delete`: refused while a policy watches it.
pub fn delete(call: &mut Call) -> Answer {
    found(call, "uptimeCheckConfigs")?;
    let id = call.param("uptimeCheckConfigsId").to_owned();
    let policies = call.world.list(&format!("monitoring/projects/{}/alertPolicies", call.project()));
    if policies.iter().any(|(_, policy)| policy["conditions"].to_string().contains(&id)) {
        return Err(ApiError::invalid(format!(
            "Cannot delete check {id}. One or more alerting policies is using it.Delete the policy's conditions before \
             deleting the check."
        )));
    }
    let key = asked(call, "uptimeCheckConfigs");
    call.world.remove(&key);
    Ok(Reply::empty())
}

/// `uptimeCheckIps.list`: addresses out of the ranges for documentation, since no probe will come.
pub fn ips(call: &Call) -> Answer {
    let rows = [
        ("USA", "Virginia", "192.0.2.1"),
        ("USA", "Oregon", "192.0.2.2"),
        ("USA", "Iowa", "192.0.2.3"),
        ("EUROPE", "Belgium", "198.51.100.1"),
        ("SOUTH_AMERICA", "Sao Paulo, Brazil", "198.51.100.2"),
        ("ASIA_PACIFIC", "Singapore", "203.0.113.1"),
    ];
    let rows =
        rows.map(|(region, location, ip)| json!({"region": region, "location": location, "ipAddress": ip}));
    Ok(call.page("uptimeCheckIps", rows.to_vec()))
}
