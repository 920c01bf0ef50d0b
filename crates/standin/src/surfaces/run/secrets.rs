//! Variables and files of a container: `--set-env-vars`, `--set-secrets` and what belongs to them.

use crate::call::Call;
use crate::failure::Failure;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A secret and its version, as `NAME:VERSION`.
struct Secret {
    name: String,
    version: String,
}

impl Secret {
    fn parse(at: &str, given: &str) -> Result<Self, Failure> {
        let Some((name, version)) = given.split_once(':') else {
            return Err(Failure::Said(format!(
                "No secret version specified for {at}. Use {at}:latest to reference the latest version."
            )));
        };
        if name.contains('/') {
            return Err(Failure::Said("gcloud-standin mounts secrets of the same project only".to_owned()));
        }
        Ok(Self { name: name.to_owned(), version: version.to_owned() })
    }
}

/// What flags say of one kind of thing.
struct Wish {
    update: Vec<(String, String)>,
    remove: Vec<String>,
    /// What is not named goes.
    clear: bool,
}

impl Wish {
    fn of(call: &Call, name: &str) -> Option<Self> {
        let trim = |(key, value): (String, String)| (key.trim_start().to_owned(), value);
        let set = call.dict(&format!("--set-{name}"));
        let update = call.dict(&format!("--update-{name}"));
        let remove = call.list(&format!("--remove-{name}"));
        let clear = call.on(&format!("--clear-{name}")) == Some(true);
        if set.is_none() && update.is_none() && remove.is_none() && !clear {
            return None;
        }
        let clear = clear || set.as_ref().is_some_and(|set| !set.is_empty());
        let update = update.or(set).unwrap_or_default().into_iter().map(trim).collect();
        Some(Self { update, remove: remove.unwrap_or_default(), clear })
    }

    fn keeps(&self, key: &str) -> bool {
        !self.clear && !self.remove.iter().any(|removed| removed == key)
    }
}

/// Whether flags speak of variables or secrets.
pub(super) fn are_given(call: &Call) -> bool {
    Wish::of(call, "env-vars").is_some() || Wish::of(call, "secrets").is_some()
}

fn taken(object: &mut Value, field: &str) -> Vec<Value> {
    match object[field].take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// Changes the template's only container and its volumes.
pub(super) fn apply(call: &Call, spec: &mut Value) -> Result<(), Failure> {
    if let Some(wish) = Wish::of(call, "env-vars") {
        let literal = |variable: &Value| variable["valueFrom"].is_null();
        let make = |value: &str| Ok(("value", json!(value)));
        variables(spec, &wish, literal, make, "string literal")?;
    }
    let Some(wish) = Wish::of(call, "secrets") else { return Ok(()) };
    let (files, names): (Vec<_>, Vec<_>) = wish.update.into_iter().partition(|(at, _)| at.starts_with('/'));
    let (file_removals, name_removals): (Vec<_>, Vec<_>) =
        wish.remove.into_iter().partition(|at| at.starts_with('/'));
    for (at, given) in names.iter().chain(&files) {
        Secret::parse(at, given)?;
    }
    let names = Wish { update: names, remove: name_removals, clear: wish.clear };
    let of_secret = |variable: &Value| variable["valueFrom"]["secretKeyRef"].is_object();
    let at = |given: &str| {
        let Secret { name, version } = Secret::parse("", given)?;
        Ok(("valueFrom", json!({"secretKeyRef": {"key": version, "name": name}})))
    };
    variables(spec, &names, of_secret, at, "the given type")?;
    volumes(spec, &Wish { update: files, remove: file_removals, clear: wish.clear })
}

/// Variables of one kind among all the others, whose places stay.
fn variables(
    spec: &mut Value,
    wish: &Wish,
    is_kind: impl Fn(&Value) -> bool,
    make: impl Fn(&str) -> Result<(&'static str, Value), Failure>,
    kind: &str,
) -> Result<(), Failure> {
    let container = &mut spec["containers"][0];
    let mut all = taken(container, "env");
    all.retain(|variable| !is_kind(variable) || wish.keeps(text(variable, "name")));
    for (name, given) in &wish.update {
        let (field, value) = make(given)?;
        match all.iter_mut().find(|variable| text(variable, "name") == name) {
            Some(variable) if is_kind(variable) => variable[field] = value,
            Some(_) => {
                let how = if kind == "string literal" { "to string literal" } else { "to the given type" };
                return Err(Failure::Said(format!(
                    "Cannot update environment variable [{name}] {how} because it has already been set with a \
                     different type."
                )));
            }
            None => all.push(json!({"name": name, field: value})),
        }
    }
    container["env"] = Value::Array(all);
    Ok(())
}

/// Files: a volume a folder, made anew where the folder had none.
fn volumes(spec: &mut Value, wish: &Wish) -> Result<(), Failure> {
    let mut volumes = taken(spec, "volumes");
    let mut mounts = taken(&mut spec["containers"][0], "volumeMounts");
    let secret_volumes: Vec<String> = volumes
        .iter()
        .filter(|volume| volume["secret"].is_object())
        .map(|volume| text(volume, "name").to_owned())
        .collect();
    let of_secret = |mount: &Value| secret_volumes.iter().any(|name| name == text(mount, "name"));
    if wish.clear {
        mounts.retain(|mount| !of_secret(mount));
    }
    for path in &wish.remove {
        remove_file(path, &mut mounts, &mut volumes);
    }
    let mut wanted: BTreeMap<String, (usize, Value)> = BTreeMap::new();
    for (order, (path, given)) in wish.update.iter().enumerate() {
        let secret = Secret::parse(path, given)?;
        let (folder, file) = folder_of(path)?;
        let source = &mut wanted
            .entry(folder.to_owned())
            .or_insert_with(|| (order, json!({"items": [], "secretName": secret.name})))
            .1;
        if text(source, "secretName") != secret.name {
            return Err(Failure::Said(format!(
                "Cannot update secret at [{path}] because a different secret is already mounted in the same directory."
            )));
        }
        if let Some(items) = source["items"].as_array_mut() {
            items.push(json!({"key": secret.version, "path": file}));
        }
    }
    let mut wanted: Vec<(String, (usize, Value))> = wanted.into_iter().collect();
    wanted.sort_by_key(|(_, (order, _))| *order);
    for (folder, (_, source)) in wanted {
        mount(&folder, source, &mut mounts, &mut volumes)?;
    }
    let used = |name: &str| mounts.iter().any(|mount| text(mount, "name") == name);
    volumes.retain(|volume| !volume["secret"].is_object() || used(text(volume, "name")));
    spec["volumes"] = Value::Array(volumes);
    spec["containers"][0]["volumeMounts"] = Value::Array(mounts);
    Ok(())
}

fn folder_of(path: &str) -> Result<(&str, &str), Failure> {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    match path.rsplit_once('/') {
        Some(parts) if segments.len() > 1 && segments.iter().all(|s| !matches!(*s, "" | "." | "..")) => {
            Ok(parts)
        }
        _ => Err(Failure::Said(format!("Mount path [{path}] must be in the form /<mountPath>/<path>"))),
    }
}

fn remove_file(path: &str, mounts: &mut Vec<Value>, volumes: &mut [Value]) {
    let Some((folder, file)) = path.rsplit_once('/') else { return };
    let Some(mount) = mounts.iter().find(|mount| text(mount, "mountPath") == folder) else { return };
    let name = text(mount, "name").to_owned();
    let volume = volumes.iter_mut().find(|volume| text(volume, "name") == name);
    let Some(items) = volume.and_then(|volume| volume["secret"]["items"].as_array_mut()) else { return };
    items.retain(|item| text(item, "path") != file);
    if items.is_empty() {
        mounts.retain(|mount| text(mount, "mountPath") != folder);
    }
}

/// Mounts it: a folder that is mounted keeps its volume, with the files that are not named again.
fn mount(
    folder: &str,
    mut source: Value,
    mounts: &mut Vec<Value>,
    volumes: &mut Vec<Value>,
) -> Result<(), Failure> {
    let mounted = mounts.iter().find(|mount| text(mount, "mountPath") == folder);
    let Some(name) = mounted.map(|mount| text(mount, "name").to_owned()) else {
        let name = format!("{}-{}", text(&source, "secretName"), drawn_name());
        mounts.push(json!({"mountPath": folder, "name": name}));
        volumes.push(json!({"name": name, "secret": source}));
        return Ok(());
    };
    let Some(volume) = volumes.iter_mut().find(|volume| text(volume, "name") == name) else { return Ok(()) };
    let old = volume["secret"]["items"].as_array().cloned().unwrap_or_default();
    let named = |item: &Value| {
        source["items"].as_array().into_iter().flatten().any(|new| text(new, "path") == text(item, "path"))
    };
    let left: Vec<Value> = old.into_iter().filter(|item| !named(item)).collect();
    if text(&volume["secret"], "secretName") == text(&source, "secretName") {
        if let Some(items) = source["items"].as_array_mut() {
            items.extend(left);
        }
    } else if !left.is_empty() {
        return Err(Failure::Said(format!(
            "Multiple secrets are specified for directory [{folder}]. Cloud Run only supports one secret per directory"
        )));
    }
    volume["secret"] = source;
    Ok(())
}

/// `kay-xug-yem`.
fn drawn_name() -> String {
    let one = |letters: &[u8]| char::from(letters[rand::random_range(0..letters.len())]);
    let (consonants, vowels) = (b"bcdfghjklmnpqrstvwxyz", b"aeiou");
    let syllable = |_| [one(consonants), one(vowels), one(consonants)].iter().collect::<String>();
    (0..3).map(syllable).collect::<Vec<_>>().join("-")
}
