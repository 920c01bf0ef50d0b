//! `gcloud monitoring …`: alert policies (alpha), notification channels (beta), uptime checks, dashboards.

mod uptime;

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use crate::{content, labels, pages, typed};
use serde_json::{Map, Value, json};

const HOST: &str = "monitoring.googleapis.com";

/// What differs between the four kinds.
struct Kind {
    /// `v3/projects/P/alertPolicies`: version and collection.
    version: &'static str,
    collection: &'static str,
    /// What the grammar calls the name, in `describe` and `delete`, and in `update`.
    word: &'static str,
    update_word: &'static str,
    /// What the message after `delete` calls it.
    deleted: &'static str,
}

const POLICIES: Kind = Kind {
    version: "v3",
    collection: "alertPolicies",
    word: "POLICY",
    update_word: "ALERT_POLICY",
    deleted: "policy",
};

const CHANNELS: Kind = Kind {
    version: "v3",
    collection: "notificationChannels",
    word: "CHANNEL",
    update_word: "CHANNEL",
    deleted: "notification_channel",
};

const UPTIME: Kind = Kind {
    version: "v3",
    collection: "uptimeCheckConfigs",
    word: "CHECK_ID",
    update_word: "CHECK_ID",
    deleted: "uptime check or synthetic monitor",
};

const DASHBOARDS: Kind = Kind {
    version: "v1",
    collection: "dashboards",
    word: "DASHBOARD",
    update_word: "DASHBOARD",
    deleted: "dashboard",
};

/// Fields that hold doubles.
const DOUBLES: &[&str] = &["thresholdValue", "percent", "value", "lowerBound", "upperBound"];

pub(super) fn handle(call: &Call, kind: &str, verb: &str) -> Result<Answer, Failure> {
    let mut answer = handled(call, kind, verb)?;
    match &mut answer {
        Answer::Value(value) | Answer::Yaml(value) => typed::settle(value, DOUBLES),
        Answer::List(items) => items.iter_mut().for_each(|item| typed::settle(item, DOUBLES)),
        Answer::Nothing => {}
    }
    Ok(answer)
}

/// What a file or an inline text holds, as gcloud would send it.
fn content(call: &Call, flag: &str, inline: &str) -> Result<Option<Value>, Failure> {
    let mut read = content::of(call, flag, Some(inline))?;
    read.iter_mut().for_each(|value| typed::settle(value, DOUBLES));
    Ok(read)
}

fn handled(call: &Call, kind: &str, verb: &str) -> Result<Answer, Failure> {
    let of = match kind {
        "policies" => &POLICIES,
        "channels" => &CHANNELS,
        "uptime" => &UPTIME,
        "dashboards" => &DASHBOARDS,
        _ => return Err(unknown(call)),
    };
    call.takes(flags(kind, verb))?;
    match (kind, verb) {
        (_, "describe") => {
            Ok(Answer::Value(call.send(&Request::new("GET", HOST, of.path(call, of.word)?))?))
        }
        (_, "list" | "list-configs") => list(call, of),
        (_, "delete") => delete(call, of),
        ("policies", "create") => create_policy(call),
        ("policies", "update") => update_policy(call),
        ("channels", "create") => create_channel(call),
        ("channels", "update") => update_channel(call),
        ("dashboards", "create") => create_dashboard(call),
        ("dashboards", "update") => update_dashboard(call),
        ("uptime", "create") => uptime::create(call),
        ("uptime", "update") => uptime::update(call),
        _ => Err(unknown(call)),
    }
}

/// What is understood here.
fn flags(kind: &str, verb: &str) -> &'static [&'static str] {
    match (kind, verb) {
        ("policies", "create") => {
            &["--policy", "--policy-from-file", "--display-name", "--enabled", "--user-labels"]
        }
        ("policies", "update") => &[
            "--policy",
            "--policy-from-file",
            "--display-name",
            "--enabled",
            "--fields",
            "--set-notification-channels",
            "--add-notification-channels",
            "--remove-notification-channels",
            "--clear-notification-channels",
            "--update-user-labels",
            "--remove-user-labels",
            "--clear-user-labels",
        ],
        ("channels", "list") => &["--type"],
        ("channels", "delete") => &["--force"],
        ("channels", "create") => &[
            "--channel-content",
            "--channel-content-from-file",
            "--channel-labels",
            "--user-labels",
            "--type",
            "--display-name",
            "--description",
            "--enabled",
        ],
        ("channels", "update") => &[
            "--channel-content",
            "--channel-content-from-file",
            "--type",
            "--display-name",
            "--description",
            "--enabled",
            "--fields",
            "--update-user-labels",
            "--remove-user-labels",
            "--clear-user-labels",
            "--update-channel-labels",
            "--remove-channel-labels",
            "--clear-channel-labels",
        ],
        ("dashboards", "create") => &["--config", "--config-from-file", "--validate-only"],
        ("dashboards", "update") => &["--config", "--config-from-file"],
        ("uptime", "create") => uptime::CREATE,
        ("uptime", "update") => uptime::UPDATE,
        _ => &[],
    }
}

impl Kind {
    /// `/v3/projects/P/alertPolicies`.
    fn all(&self, call: &Call) -> Result<String, Failure> {
        Ok(format!("/{}/projects/{}/{}", self.version, call.project()?, self.collection))
    }

    /// The path of one, which may be given by its id or by its whole name.
    fn path(&self, call: &Call, word: &str) -> Result<String, Failure> {
        let given = call.word(word);
        if given.starts_with("projects/") {
            return Ok(format!("/{}/{given}", self.version));
        }
        Ok(format!("{}/{given}", self.all(call)?))
    }
}

fn list(call: &Call, of: &Kind) -> Result<Answer, Failure> {
    if call.settings.project.is_none() {
        let text = "Error parsing [project].\nThe [project] resource is not properly specified.\nFailed to find \
                    attribute [project]. The attribute can be set in the following ways: \n- provide the argument \
                    `--project` on the command line\n- set the property `core/project`";
        return Err(Failure::Said(text.to_owned()));
    }
    let mut request = Request::new("GET", HOST, of.all(call)?);
    if of.collection == CHANNELS.collection {
        let kind = call.one("--type").map(|kind| format!("type=\"{kind}\""));
        request = kind.into_iter().fold(request, |request, kind| request.with("filter", kind));
    }
    Ok(Answer::List(pages::all(call, &request, of.collection)?))
}

fn delete(call: &Call, of: &Kind) -> Result<Answer, Failure> {
    let path = of.path(call, of.word)?;
    let id = path.rsplit('/').next().unwrap_or_default().to_owned();
    let mut request = Request::new("DELETE", HOST, path);
    if of.collection == CHANNELS.collection {
        request = request.with("force", if call.on("--force") == Some(true) { "True" } else { "False" });
    }
    let gone = call.send(&request)?;
    call.say(&format!("Deleted {} [{id}].", of.deleted));
    Ok(Answer::Value(gone))
}

/// Puts what flags say into the object; the fields, as update masks name them.
fn set(body: &mut Value, pairs: &[(&'static str, &'static str, Option<Value>)]) -> Vec<&'static str> {
    let mut mask = Vec::new();
    for (field, name, value) in pairs {
        if let Some(value) = value {
            body[*field] = value.clone();
            mask.push(*name);
        }
    }
    mask
}

fn text(call: &Call, flag: &str) -> Option<Value> {
    call.one(flag).map(|text| json!(text))
}

fn switch(call: &Call, flag: &str) -> Option<Value> {
    call.on(flag).map(|on| json!(on))
}

fn map(call: &Call, flag: &str) -> Option<Value> {
    let pairs = call.dict(flag)?.into_iter().map(|(key, value)| (key, json!(value)));
    Some(Value::Object(pairs.collect::<Map<String, Value>>()))
}

/// Where nothing was given that could make one.
fn at_least_one(flags: &[&str]) -> Failure {
    Failure::Said(format!("One of [{}] must be supplied.", flags.join(", ")))
}

fn policy_fields(call: &Call, policy: &mut Value) -> Vec<&'static str> {
    set(
        policy,
        &[
            ("displayName", "display_name", text(call, "--display-name")),
            ("enabled", "enabled", switch(call, "--enabled")),
            ("userLabels", "user_labels", map(call, "--user-labels")),
        ],
    )
}

fn create_policy(call: &Call) -> Result<Answer, Failure> {
    let given = content(call, "--policy-from-file", "--policy")?;
    if given.is_none() && call.one("--display-name").is_none() {
        return Err(at_least_one(&["--display-name", "--policy", "--policy-from-file"]));
    }
    let mut policy = given.unwrap_or_else(|| json!({}));
    policy_fields(call, &mut policy);
    let made = call.send(&Request::new("POST", HOST, POLICIES.all(call)?).body(policy))?;
    call.say(&format!("Created alert policy [{}].", name(&made)));
    Ok(Answer::Value(made))
}

fn update_policy(call: &Call) -> Result<Answer, Failure> {
    let channels = channels_changed(call)?;
    let given = content(call, "--policy-from-file", "--policy")?;
    let flags = ["--display-name", "--enabled", "--no-enabled", "--fields"];
    let labels = ["--update-user-labels", "--remove-user-labels", "--clear-user-labels"];
    let said = |flag: &&str| call.given(flag);
    if given.is_none() && channels.is_none() && !flags.iter().chain(&labels).any(said) {
        return Err(Failure::Said("Did not specify any flags for updating the policy.".to_owned()));
    }
    let path = POLICIES.path(call, POLICIES.update_word)?;
    let whole = given.is_some();
    let mut policy = match given {
        Some(policy) => policy,
        None => call.send(&Request::new("GET", HOST, &path))?,
    };
    let mut mask = policy_fields(call, &mut policy);
    if let Some(channels) = channels {
        let found = policy["notificationChannels"].as_array().cloned().unwrap_or_default();
        policy["notificationChannels"] = Value::Array(channels(found));
        mask.push("notification_channels");
    }
    if let Some(labels) = labels::changed(call, "user-labels", &policy["userLabels"]) {
        policy["userLabels"] = labels;
        mask.push("user_labels");
    }
    patch(call, path, policy, mask, whole)
}

/// What `--set-`, `--add-`, `--remove-` and `--clear-notification-channels` do to the channels that are there.
#[allow(clippy::type_complexity)]
fn channels_changed(call: &Call) -> Result<Option<Box<dyn Fn(Vec<Value>) -> Vec<Value>>>, Failure> {
    let prefix = format!("projects/{}/notificationChannels/", call.project()?);
    let names = |flag: &str| {
        let whole = |id: String| if id.contains('/') { json!(id) } else { json!(format!("{prefix}{id}")) };
        call.list(flag).map(|ids| ids.into_iter().map(whole).collect::<Vec<_>>())
    };
    if let Some(set) = names("--set-notification-channels") {
        return Ok(Some(Box::new(move |_| set.clone())));
    }
    if call.on("--clear-notification-channels") == Some(true) {
        return Ok(Some(Box::new(|_| Vec::new())));
    }
    if let Some(add) = names("--add-notification-channels") {
        return Ok(Some(Box::new(move |found| {
            let new = add.iter().filter(|id| !found.contains(id)).cloned();
            found.iter().cloned().chain(new).collect()
        })));
    }
    Ok(names("--remove-notification-channels").map(|remove| {
        let kept = move |found: Vec<Value>| found.into_iter().filter(|id| !remove.contains(id)).collect();
        Box::new(kept) as Box<dyn Fn(Vec<Value>) -> Vec<Value>>
    }))
}

/// A whole object replaces what is there; fields that flags name go with a mask of just these.
fn patch(
    call: &Call,
    path: String,
    mut body: Value,
    mut mask: Vec<&str>,
    whole: bool,
) -> Result<Answer, Failure> {
    let mut request = Request::new("PATCH", HOST, path);
    if let Some(fields) = call.list("--fields") {
        request = request.with("updateMask", fields.join(","));
    } else if !whole {
        mask.sort_unstable();
        request = request.with("updateMask", mask.join(","));
    }
    typed::settle(&mut body, DOUBLES);
    Ok(Answer::Value(call.send(&request.body(body))?))
}

fn channel_content(call: &Call) -> Result<Option<Value>, Failure> {
    let mut given = content(call, "--channel-content-from-file", "--channel-content")?;
    if let Some(Value::Object(fields)) = &mut given
        && let Some(labels) = fields.remove("channelLabels")
    {
        fields.insert("labels".to_owned(), labels);
    }
    Ok(given)
}

fn channel_fields(call: &Call, channel: &mut Value) -> Vec<&'static str> {
    set(
        channel,
        &[
            ("type", "type", text(call, "--type")),
            ("displayName", "display_name", text(call, "--display-name")),
            ("description", "description", text(call, "--description")),
            ("enabled", "enabled", switch(call, "--enabled")),
        ],
    )
}

fn create_channel(call: &Call) -> Result<Answer, Failure> {
    let given = channel_content(call)?;
    if given.is_none() && call.one("--display-name").is_none() {
        let flags = ["--display-name", "--channel-content", "--channel-content-from-file"];
        return Err(at_least_one(&flags));
    }
    let mut channel = given.unwrap_or_else(|| json!({}));
    channel_fields(call, &mut channel);
    let labels = [("userLabels", map(call, "--user-labels")), ("labels", map(call, "--channel-labels"))];
    for (field, labels) in labels {
        if let Some(labels) = labels {
            channel[field] = labels;
        }
    }
    let made = call.send(&Request::new("POST", HOST, CHANNELS.all(call)?).body(channel))?;
    call.say(&format!("Created notification channel [{}].", name(&made)));
    Ok(Answer::Value(made))
}

fn update_channel(call: &Call) -> Result<Answer, Failure> {
    let given = channel_content(call)?;
    let flags = ["--display-name", "--enabled", "--no-enabled", "--type", "--description", "--fields"];
    let labels = ["--update-user-labels", "--remove-user-labels", "--clear-user-labels"];
    let own = ["--update-channel-labels", "--remove-channel-labels", "--clear-channel-labels"];
    let said = |flag: &&str| call.given(flag);
    if given.is_none() && !flags.iter().chain(&labels).chain(&own).any(said) {
        return Err(Failure::Said("Did not specify any flags for updating the channel.".to_owned()));
    }
    let path = CHANNELS.path(call, CHANNELS.update_word)?;
    let whole = given.is_some();
    let mut channel = match given {
        Some(channel) => channel,
        None => call.send(&Request::new("GET", HOST, &path))?,
    };
    let mut mask = channel_fields(call, &mut channel);
    for (flag, field, masked) in
        [("user-labels", "userLabels", "user_labels"), ("channel-labels", "labels", "labels")]
    {
        if let Some(labels) = labels::changed(call, flag, &channel[field]) {
            channel[field] = labels;
            mask.push(masked);
        }
    }
    patch(call, path, channel, mask, whole)
}

fn create_dashboard(call: &Call) -> Result<Answer, Failure> {
    let config = content(call, "--config-from-file", "--config")?.unwrap_or_default();
    let only = if call.on("--validate-only") == Some(true) { "True" } else { "False" };
    let request = Request::new("POST", HOST, DASHBOARDS.all(call)?).with("validateOnly", only);
    let made = call.send(&request.body(config))?;
    call.say(&format!("Created [{}].", name(&made).rsplit('/').next().unwrap_or_default()));
    Ok(Answer::Value(made))
}

fn update_dashboard(call: &Call) -> Result<Answer, Failure> {
    let config = content(call, "--config-from-file", "--config")?.unwrap_or_default();
    let path = DASHBOARDS.path(call, DASHBOARDS.update_word)?;
    let updated = call.send(&Request::new("PATCH", HOST, &path).body(config))?;
    call.say(&format!("Updated dashboard [{}].", path.rsplit('/').next().unwrap_or_default()));
    Ok(Answer::Value(updated))
}

fn name(object: &Value) -> &str {
    object["name"].as_str().unwrap_or_default()
}
