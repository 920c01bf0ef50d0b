//! What a recovered run is held against. Only functions of what the emulator tells.

use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What is wrong with a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The kill did not strike where it was meant to.
    Missed,
    /// The recovering run failed.
    Failed,
    /// Something was made twice.
    Duplicate,
    /// Something is missing.
    Loss,
    /// Something is other than in the undisturbed run.
    Difference,
    /// A process was left behind.
    Survivor,
    /// The run after the recovery still changed something.
    Restless,
}

/// One defect, with all that is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// Of which kind.
    pub kind: Kind,
    /// What was seen.
    pub text: String,
}

impl Defect {
    /// A defect.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// A request that changed something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// A regular expression that it matches, and that it would match in another run.
    pub pattern: String,
    /// How many operations it started.
    pub operations: usize,
    /// What it made; none where it changed what there was.
    pub creates: Option<String>,
}

/// What a server or gcloud draws anew in each run.
static DRAWN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[^/?:]*(\d{6,}|[0-9a-f]{16,})[^/?:]*").expect("a valid pattern"));

/// Whether two command lines are the same but for what is drawn anew in each run.
pub fn same_command(a: &str, b: &str) -> bool {
    static RUN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"/runs/[^/]+/|-health-[\w-]{11}|\d{6,}|[0-9a-f]{16,}").expect("a valid pattern")
    });
    RUN.replace_all(a, "*") == RUN.replace_all(b, "*")
}

/// The requests that changed something, each kind of one command once.
pub fn changes(entries: &[Value]) -> Vec<Request> {
    let mut found: Vec<Request> = Vec::new();
    for entry in entries.iter().filter(|entry| changed(entry)) {
        let (method, path) = (text(&entry["method"]), text(&entry["path"]));
        let path = DRAWN.replace_all(&regex::escape(path), "[^/?]+").into_owned();
        let pattern = format!("^{method} {}{path}\\?", regex::escape(text(&entry["host"])));
        let operations = entry["operations"].as_array().map_or(0, Vec::len);
        match found.iter_mut().find(|request| request.pattern == pattern && request.creates == creates(entry))
        {
            Some(known) => known.operations += operations,
            None => found.push(Request { pattern, operations, creates: creates(entry) }),
        }
    }
    found
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn changed(entry: &Value) -> bool {
    entry["applied"] == true && !matches!(text(&entry["method"]), "GET" | "CONNECT")
}

/// What a request made: the collection and the name that the client gave. `None`: it made nothing new.
pub fn creates(entry: &Value) -> Option<String> {
    let (host, path) = (text(&entry["host"]), text(&entry["path"]));
    let last = path.rsplit('/').next().unwrap_or_default();
    // `...:setIamPolicy` and the like change what is there, except for a new version of a secret.
    // An upload that begins has made nothing yet.
    let made = entry["made"].as_array().is_some_and(|made| made.iter().any(|key| !is_upload(text(key))));
    if !made || entry["method"] != "POST" || (last.contains(':') && !last.ends_with(":addVersion")) {
        return None;
    }
    let query = text(&entry["query"]).split('&').filter_map(|pair| pair.split_once('='));
    let id = query
        .filter(|(name, _)| name.ends_with("Id") || name.ends_with("_id") || *name == "name")
        .map(|(_, id)| id.to_owned())
        .next();
    let body = &entry["request_body"];
    let named =
        ["name", "displayName", "accountId", "projectId"].into_iter().find_map(|field| body[field].as_str());
    let nested = || {
        let objects = body.as_object().into_iter().flat_map(serde_json::Map::values);
        objects.filter_map(|value| value["displayName"].as_str().or(value["name"].as_str())).next()
    };
    let name = id.or(named.or_else(nested).map(str::to_owned)).unwrap_or_default();
    let path = DRAWN.replace_all(path, "ID");
    Some(format!("{host}{path} {}", DRAWN.replace_all(&name, "ID")))
}

fn is_upload(key: &str) -> bool {
    key.starts_with("storage/uploads/")
}

fn counted<'a>(names: impl IntoIterator<Item = &'a String>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    names.into_iter().for_each(|name| *counts.entry(name.as_str()).or_default() += 1);
    counts
}

/// What was made more often than in the undisturbed run.
pub fn made_twice(wanted: &[String], made: &[String]) -> Vec<Defect> {
    let wanted = counted(wanted);
    let more =
        counted(made).into_iter().filter(|(name, count)| *count > wanted.get(name).copied().unwrap_or(0));
    more.map(|(name, count)| {
        let wanted = wanted.get(name).copied().unwrap_or(0);
        Defect::new(Kind::Duplicate, format!("made {count} times, not {wanted}: {name}"))
    })
    .collect()
}

/// Two worlds, one line an object, each line beginning with the object's key.
pub fn worlds(wanted: &[String], found: &[String]) -> Vec<Defect> {
    let key = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let (wanted_counts, found_counts) = (counted(wanted), counted(found));
    let missing: Vec<&str> = wanted_counts
        .iter()
        .filter(|(line, n)| found_counts.get(*line) < Some(*n))
        .map(|(line, _)| *line)
        .collect();
    let extra: Vec<&str> = found_counts
        .iter()
        .filter(|(line, n)| wanted_counts.get(*line) < Some(*n))
        .map(|(line, _)| *line)
        .collect();
    let mut defects = Vec::new();
    for line in &missing {
        match extra.iter().find(|other| key(other) == key(line)) {
            Some(other) => defects.push(Defect::new(Kind::Difference, difference(line, other))),
            None => defects.push(Defect::new(Kind::Loss, format!("is not there: {line}"))),
        }
    }
    for line in extra.iter().filter(|line| !missing.iter().any(|other| key(other) == key(line))) {
        defects.push(Defect::new(Kind::Duplicate, format!("is there, and should not be: {line}")));
    }
    defects
}

/// Where two lines part.
fn difference(wanted: &str, found: &str) -> String {
    let same = wanted.chars().zip(found.chars()).take_while(|(a, b)| a == b).count();
    let part = |line: &str| line.chars().skip(same.saturating_sub(80)).take(240).collect::<String>();
    let key = wanted.split(' ').next().unwrap_or_default();
    format!("{key}: wanted ...{}..., found ...{}...", part(wanted), part(found))
}

/// The passwords that must agree: of the database's user and of the cache, in the world as the emulator keeps it.
pub fn secrets(world: &Value) -> Vec<Defect> {
    let objects = &world["world"]["objects"];
    let Some(objects) = objects.as_object() else {
        return vec![Defect::new(Kind::Difference, "the world that was kept has no objects")];
    };
    let ending = |end: &str| -> Vec<(&String, &Value)> {
        let pattern = Regex::new(end).expect("a valid pattern");
        objects.iter().filter(|(key, _)| pattern.is_match(key)).collect()
    };
    // The last version is what is used.
    let latest = |secret: &str| -> Option<String> {
        let versions = ending(&format!("/secrets/{secret}/versions/\\d+$"));
        let number = |key: &str| key.rsplit('/').next().and_then(|n| n.parse::<u32>().ok());
        let (_, object) = versions.into_iter().max_by_key(|(key, _)| number(key))?;
        strings(&object["hidden"]).into_iter().next()
    };
    let hidden = |end: &str| -> Vec<String> {
        ending(end).into_iter().flat_map(|(_, object)| strings(&object["hidden"])).collect()
    };
    let mut defects = Vec::new();
    let users: Vec<String> = hidden("^sqladmin/.*/users/");
    if let Some(password) = latest("db-password") {
        if !users.is_empty() && !users.contains(&password) {
            defects.push(Defect::new(
                Kind::Difference,
                "the secret db-password is not the password of the database's user",
            ));
        }
        let other = |url: String| login(&url).is_none_or(|(_, found)| found != password);
        if latest("database-url").is_some_and(other) {
            defects.push(Defect::new(
                Kind::Difference,
                "the secret database-url has another password than db-password",
            ));
        }
    }
    // Who connects by the URL: a user with this password, and the second one acts as the first.
    if let Some(url) = latest("database-url")
        && let Some((user, password)) = login(&url)
    {
        let found = ending(&format!("^sqladmin/.*/users/{user}$"));
        let hidden = found.first().map(|(_, object)| &object["hidden"]);
        if hidden.is_none_or(|hidden| hidden["password"] != password.as_str()) {
            defects.push(Defect::new(Kind::Difference, format!("{user} cannot log in by database-url")));
        }
        let acts = user.strip_suffix("-b").is_none_or(|first| hidden.is_some_and(|h| h["acts_as"] == first));
        if !acts {
            defects.push(Defect::new(Kind::Difference, format!("{user} does not act as the first user")));
        }
    }
    // One without AUTH has no password, and its URL has none either.
    let caches = ending("^redis/.*/instances/[^/]+$").into_iter().map(|(_, object)| object);
    let fits = |cache: &Value, url: &str| match cache["data"]["authEnabled"] == true {
        true => strings(&cache["hidden"]).iter().any(|password| url.contains(password.as_str())),
        false => !url.contains('@'),
    };
    if let Some(url) = latest("redis-url")
        && !caches.clone().any(|cache| fits(cache, &url))
    {
        defects
            .push(Defect::new(Kind::Difference, "the secret redis-url has another password than the cache"));
    }
    defects
}

/// User and password of `postgresql://user:password@...`.
fn login(url: &str) -> Option<(&str, String)> {
    let (user, password) = url.strip_prefix("postgresql://")?.split_once('@')?.0.split_once(':')?;
    Some((user, percent_encoding::percent_decode_str(password).decode_utf8_lossy().into_owned()))
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Object(map) => map.values().flat_map(strings).collect(),
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    fn kinds(defects: &[Defect]) -> Vec<Kind> {
        defects.iter().map(|defect| defect.kind).collect()
    }

    #[test]
    fn a_world_is_held_against_the_other_object_by_object() {
        let wanted = lines(&["a {1}", "b {1}", "c {1}"]);
        assert_eq!(worlds(&wanted, &wanted), []);
        let found = lines(&["a {1}", "b {2}", "d {1}"]);
        assert_eq!(
            kinds(&worlds(&wanted, &found)),
            [Kind::Difference, Kind::Loss, Kind::Duplicate],
            "b differs, c is lost, d should not be"
        );
        let twice = lines(&["a {1}", "a {1}", "b {1}", "c {1}"]);
        assert_eq!(kinds(&worlds(&wanted, &twice)), [Kind::Duplicate], "the same line twice");
    }

    #[test]
    fn what_is_made_more_often_than_in_the_undisturbed_run_is_a_duplicate() {
        let wanted = lines(&["secret x", "policy p", "policy p"]);
        assert_eq!(made_twice(&wanted, &wanted), []);
        assert_eq!(made_twice(&wanted, &wanted[..1]), [], "fewer is the worlds' business");
        assert_eq!(kinds(&made_twice(&wanted, &lines(&["secret x", "secret x"]))), [Kind::Duplicate]);
        assert_eq!(kinds(&made_twice(&[], &lines(&["secret x"]))), [Kind::Duplicate]);
    }

    #[test]
    fn only_requests_that_made_something_new_count_as_creations() {
        let made = json!({"method": "POST", "host": "h", "path": "/v1/projects/p/secrets", "query": "secretId=s&alt=json",
                          "made": ["k"], "request_body": {}});
        assert_eq!(creates(&made).as_deref(), Some("h/v1/projects/p/secrets s"));
        let refused = json!({"method": "POST", "host": "h", "path": "/v1/x", "made": [], "request_body": {"name": "n"}});
        assert_eq!(creates(&refused), None);
        let policy = json!({"method": "POST", "host": "h", "path": "/v1/x:setIamPolicy", "made": ["k"], "request_body": {}});
        assert_eq!(creates(&policy), None);
        let version = json!({"method": "POST", "host": "h", "path": "/v1/s:addVersion", "made": ["k"], "request_body": {}});
        assert!(creates(&version).is_some());
        let drawn = json!({"method": "POST", "host": "h", "path": "/v3/projects/p/alertPolicies", "made": ["k"],
                           "request_body": {"policy": {"displayName": "too slow"}}});
        assert_eq!(creates(&drawn).as_deref(), Some("h/v3/projects/p/alertPolicies too slow"));
    }

    #[test]
    fn passwords_must_agree_with_the_last_version_of_their_secrets() {
        let world = |user: &str, secret: &str, url: &str, auth: &str| {
            json!({"world": {"objects": {
                "sqladmin/projects/p/instances/i/users/app": {"hidden": {"password": user}},
                "secretmanager/projects/p/secrets/db-password/versions/1": {"hidden": {"data": "old"}},
                "secretmanager/projects/p/secrets/db-password/versions/10": {"hidden": {"data": secret}},
                "secretmanager/projects/p/secrets/database-url/versions/2": {"hidden": {"data": url}},
                "secretmanager/projects/p/secrets/redis-url/versions/1": {"hidden": {"data": "rediss://:auth@h"}},
                "redis/projects/p/locations/l/instances/c": {"data": {"authEnabled": true}, "hidden": {"auth": auth}},
            }}})
        };
        assert_eq!(secrets(&world("new", "new", "postgresql://app:new@h", "auth")), []);
        // A password that the user does not have is also one that the URL does not log in with.
        for (wrong, defects) in [
            (world("old", "new", "postgresql://app:new@h", "auth"), 2),
            (world("new", "new", "postgresql://app:old@h", "auth"), 2),
            (world("new", "new", "postgresql://app:new@h", "other"), 1),
        ] {
            assert_eq!(kinds(&secrets(&wrong)), vec![Kind::Difference; defects], "{wrong}");
        }
        assert_eq!(
            kinds(&secrets(&json!({}))),
            [Kind::Difference],
            "a world that says nothing proves nothing"
        );
    }

    #[test]
    fn commands_are_the_same_but_for_what_is_drawn_anew() {
        let line = |id: &str, size: &str| format!("gcloud monitoring policies delete {id} --size={size}");
        assert!(same_command(
            &line("projects/p/alertPolicies/123456789", "1"),
            &line("projects/p/alertPolicies/987654321", "1")
        ));
        assert!(!same_command(&line("a", "1"), &line("a", "2")));
    }
}
