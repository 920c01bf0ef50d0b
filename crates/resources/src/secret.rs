use crate::rotation::next_rotation;
use crate::{Rotation, UNDERWAY, label_diffs, labelled, pairs, way_of_rotation};
use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use engine::{Action, Address, Diff, Error, Finding, Need, Reader, Resource, Result, State, Way, Writer};
use gcloud::{Command, Secret, gcloud};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The newest version of a secret.
#[derive(Clone, Debug)]
pub struct Latest {
    /// The version's number, `3`.
    pub version: String,
    /// What it holds.
    pub value: Secret,
}

/// One list for all secrets: existence, labels and annotations in one process.
fn list() -> Command {
    gcloud!["secrets list"]
}

fn access(name: &str) -> Command {
    gcloud!["secrets versions access latest", "--secret={name}", "--format=json"].without_format()
}

/// The secret as the list shows it: labels, annotations, no value. `None` where there is none of this name.
pub(crate) fn listed(cloud: &Reader, name: &str) -> Result<Option<Value>> {
    let ending = format!("/secrets/{name}");
    let secrets = cloud.list(list())?;
    Ok(secrets.into_iter().find(|secret| secret["name"].as_str().is_some_and(|full| full.ends_with(&ending))))
}

/// Whether there is a secret of this name. Reads the list that serves all secrets.
pub fn secret_exists(cloud: &Reader, name: &str) -> Result<bool> {
    Ok(listed(cloud, name)?.is_some())
}

/// The newest version and its number. `None` where the secret is absent, or has no version yet.
pub fn latest(cloud: &Reader, name: &str) -> Result<Option<Latest>> {
    match cloud.find_secret(access(name))? {
        Some(answer) => {
            let Latest { version, value } = parse(name, &answer)?;
            let plain = gcloud!["secrets versions access latest", "--secret={name}"];
            Ok(Some(Latest { version, value: cloud.printed_by(value, &variable(name), plain) }))
        }
        None => Ok(None),
    }
}

/// `{"name": "projects/1/secrets/S/versions/3", "payload": {"data": base64 of either alphabet}}`.
fn parse(name: &str, answer: &Secret) -> Result<Latest> {
    let wrong =
        |problem: &str| Error::answer(format!("secrets versions access latest --secret={name}"), problem);
    let json: Value = serde_json::from_str(answer.expose()).map_err(|_| wrong("the answer is not JSON"))?;
    let version = json["name"].as_str().and_then(|full| full.rsplit('/').next()).unwrap_or_default();
    if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("the answer has no version number"));
    }
    // An empty version has no payload data at all.
    let data = json["payload"]["data"].as_str().unwrap_or_default().replace('-', "+").replace('_', "/");
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&alphabet::STANDARD, lenient)
        .decode(data)
        .map_err(|_| wrong("the payload is not base64"))?;
    let value = String::from_utf8(bytes).map_err(|_| wrong("the payload is not UTF-8"))?;
    Ok(Latest { version: version.to_owned(), value: Secret::new(value) })
}

/// The annotations of a secret; empty where there is none.
pub fn annotations(cloud: &Reader, name: &str) -> Result<BTreeMap<String, String>> {
    Ok(listed(cloud, name)?.map(|secret| strings(&secret["annotations"])).unwrap_or_default())
}

fn strings(map: &Value) -> BTreeMap<String, String> {
    let pairs = map.as_object().into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Makes a secret without a version. With the data in the same command, a crash between gcloud's two requests would
/// leave a secret that "already exists" and has no value.
pub fn create_secret(cloud: &Writer, name: &str, labels: &BTreeMap<String, String>) -> Result<()> {
    let command = gcloud!["secrets create", name, "--replication-policy=automatic"];
    let command = command.arg_if(!labels.is_empty(), format!("--labels={}", pairs(labels)));
    change_listed(cloud, name, command, |secret| secret["labels"] = json!(labels))
}

/// Changes a secret. gcloud prints the secret as it is then, so that the list need not be read again; `change` says what of
/// it changes.
pub(crate) fn change_listed(
    cloud: &Writer,
    name: &str,
    command: Command,
    change: impl FnOnce(&mut Value),
) -> Result<()> {
    let rows = cloud.known_list(&list());
    let secret = cloud.change_to(command, |_| {
        let ending = format!("/secrets/{name}");
        let is_it = |row: &&Value| row["name"].as_str().is_some_and(|full| full.ends_with(&ending));
        let found = rows.iter().flatten().find(is_it).cloned();
        let mut secret = found.unwrap_or_else(|| json!({"name": format!("projects/-{ending}")}));
        change(&mut secret);
        secret
    })?;
    cloud.remember_row(&list(), rows, secret);
    Ok(())
}

/// Adds a version, on stdin. The answer is its number.
pub fn add_version(cloud: &Writer, name: &str, value: &Secret) -> Result<String> {
    let command = gcloud!["secrets versions add", name, "--data-file=-"].stdin(value.clone());
    let answer = cloud.change_to(command, |printed| {
        let number = printed.number(&format!("{}_VERSION", variable(name)), "name");
        json!({"name": format!("projects/-/secrets/{name}/versions/{number}")})
    })?;
    cloud.foretell_secret(&access(name), |_| {
        let data = STANDARD.encode(value.expose());
        Secret::new(json!({"name": answer["name"], "payload": {"data": data}}).to_string())
    });
    let version = answer["name"].as_str().and_then(|full| full.rsplit('/').next()).unwrap_or_default();
    if version.is_empty() {
        return Err(Error::answer(
            format!("secrets versions add {name}"),
            "the answer has no version number",
        ));
    }
    Ok(version.to_owned())
}

/// Sets one annotation of a secret. gcloud's `--update-annotations` leaves none of the others, so that all are named.
pub fn annotate(cloud: &Writer, name: &str, key: &str, value: &str) -> Result<()> {
    annotate_with(cloud, name, key, value, None)
}

/// The same, in one command with the time of the next rotation, where the secret has a schedule: it begins anew.
pub(crate) fn annotate_and_restart(cloud: &Writer, name: &str, key: &str, value: &str) -> Result<()> {
    let next = listed(cloud, name)?.and_then(|secret| next_rotation(&secret));
    annotate_with(cloud, name, key, value, next)
}

fn annotate_with(cloud: &Writer, name: &str, key: &str, value: &str, next: Option<String>) -> Result<()> {
    let mut all = annotations(cloud, name)?;
    all.insert(key.to_owned(), value.to_owned());
    let command = gcloud!["secrets update", name, format!("--update-annotations={}", dictionary(&all))];
    let time = next.iter().map(|time| format!("--next-rotation-time={time}"));
    let command = time.fold(command, |command, time| command.arg(time));
    change_listed(cloud, name, command, |secret| {
        secret["annotations"] = json!(all);
        next.iter().for_each(|time| secret["rotation"]["nextRotationTime"] = json!(time));
    })
}

/// What a script calls it.
fn variable(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// What a value that follows from other resources holds.
const AGREES: &str = "what follows from the resources as they are now";

/// What Secret Manager says of a version that holds nothing any more.
fn is_unusable(said: &str) -> bool {
    said.contains("DISABLED state") || said.contains("DESTROYED state")
}

/// `A=1,B=2`. gcloud splits at commas, unless the value begins by naming something else to split at: `^;;^A=1;;B=2,3`.
fn dictionary(map: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = map.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if !pairs.iter().any(|pair| pair.contains(',')) {
        return pairs.join(",");
    }
    let clear = |mark: &String| !pairs.iter().any(|pair| pair.contains(mark.as_str()));
    let mark = (0..).map(|number| format!("<{number}>")).find(clear).unwrap_or_default();
    format!("^{mark}^{}", pairs.join(&mark))
}

/// Where a secret's value comes from.
enum Source {
    /// Made once, from the operating system's randomness, and then kept.
    Generated(usize),
    /// Follows from what else exists. `None`: not known yet.
    Computed(Compute),
}

type Compute = Box<dyn Fn(&Reader) -> Result<Option<Secret>> + Send + Sync>;

/// A secret and its value. A new version is added only when the value changed.
pub struct SecretValue {
    name: String,
    labels: BTreeMap<String, String>,
    source: Source,
    needs: Vec<Need>,
    public: bool,
    wanted: bool,
    told_as: Option<&'static str>,
    rotated: Option<(Rotation, &'static str)>,
}

/// The field that differs where a new version is needed.
const VALUE: &str = "value";

/// The annotation that holds the digest of a value that is no secret, so that a check need not read the value.
const DIGEST: &str = "content-sha256";

fn digest(value: &Secret) -> String {
    Sha256::digest(value.expose()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl SecretValue {
    fn new(name: &str, source: Source) -> Self {
        let needs = vec![Need::Api("secretmanager.googleapis.com")];
        Self {
            name: name.to_owned(),
            labels: BTreeMap::new(),
            source,
            needs,
            public: false,
            wanted: true,
            told_as: None,
            rotated: None,
        }
    }

    /// A value of this many characters, generated when there is none.
    pub fn generated(name: &str, characters: usize) -> Self {
        Self::new(name, Source::Generated(characters))
    }

    /// A value that follows from what else exists; `None` while that is not known.
    pub fn computed(
        name: &str,
        value: impl Fn(&Reader) -> Result<Option<Secret>> + Send + Sync + 'static,
    ) -> Self {
        Self::new(name, Source::Computed(Box::new(value)))
    }

    /// Sets the labels that it must have (others are left alone).
    pub fn labels(mut self, labels: impl IntoIterator<Item = (String, String)>) -> Self {
        self.labels.extend(labels);
        self
    }

    /// Adds what must be there first.
    pub fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// Says that the value may be known to anyone (a certificate): its digest is then kept in an annotation, and while
    /// that is the wanted one, a check reads no value, which saves a process.
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }

    /// Names the output that tells what the secret is called: `database.url_secret`.
    pub fn told_as(mut self, output: &'static str) -> Self {
        self.told_as = Some(output);
        self
    }

    /// Says that this command rotates it: while a rotation is under way, nothing else is planned.
    pub fn rotated_by(mut self, rotation: Rotation, command: &'static str) -> Self {
        self.rotated = Some((rotation, command));
        self
    }

    /// False: the secret is deleted where it is there.
    pub fn wanted(mut self, wanted: bool) -> Self {
        self.wanted = wanted;
        self
    }

    /// The address under which a secret of this name is kept.
    pub fn address_of(name: &str) -> Address {
        Address::new("secret", name)
    }

    fn add_value(&self, cloud: &Writer) -> Result<()> {
        let value = match &self.source {
            Source::Generated(characters) => cloud.generate_secret(*characters),
            Source::Computed(compute) => compute(cloud)?.ok_or_else(|| {
                Error::person(
                    format!("secret {} has no value yet", self.name),
                    "what its value is made from could not be read",
                    "run the command again in a few minutes",
                )
            })?,
        };
        add_version(cloud, &self.name, &value)?;
        if self.public {
            // After the version: a crash in between is seen, and costs one more read but no second version.
            annotate(cloud, &self.name, DIGEST, &digest(&value))?;
        }
        Ok(())
    }

    /// What is wrong with the value of a secret that is there.
    fn compare(&self, cloud: &Reader, secret: &Value) -> Result<Option<Diff>> {
        let wanted = match &self.source {
            Source::Generated(_) => None,
            Source::Computed(compute) => compute(cloud)?,
        };
        let noted = secret["annotations"][DIGEST].as_str();
        if self.public && wanted.as_ref().is_some_and(|wanted| noted == Some(&digest(wanted))) {
            return Ok(None);
        }
        Ok(match (latest(cloud, &self.name)?, &self.source) {
            (None, _) => Some(Diff::new(VALUE, "(none)", "(secret)")),
            (Some(_), Source::Generated(_)) => None,
            (Some(latest), Source::Computed(_)) if wanted.as_ref() == Some(&latest.value) => {
                self.public.then(|| Diff::new("digest", noted.unwrap_or("(none)"), digest(&latest.value)))
            }
            (Some(_), Source::Computed(_)) => Some(Diff::secret(VALUE)),
        })
    }
}

impl Resource for SecretValue {
    fn address(&self) -> Address {
        Self::address_of(&self.name)
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.clone()
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(secret) = listed(cloud, &self.name)? else { return Ok(State::Absent) };
        if !self.wanted {
            return Ok(State::Present);
        }
        if let Some((rotation, _)) = &self.rotated
            && let Some(unsettled) = rotation.unsettled(cloud)?
        {
            return Ok(unsettled);
        }
        let mut diffs = label_diffs(&secret["labels"], &self.labels);
        diffs.extend(self.compare(cloud, &secret)?);
        Ok(State::from_diffs(diffs))
    }

    /// Values are compared in memory; neither is ever shown.
    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let latest = match latest(cloud, &self.name) {
            // gcloud gives no data of a version that was disabled or destroyed.
            Err(error) if error.failure().is_some_and(|failure| is_unusable(&failure.said)) => None,
            latest => latest?,
        };
        let found = latest.as_ref().map_or("none".to_owned(), |latest| format!("version {}", latest.version));
        let mut findings = vec![
            Finding::new("value", "an enabled newest version", found, latest.is_some()).todo(format!(
                "look at its versions: `gcloud secrets versions list {}`; `deploy-all` makes a new one where there is none",
                self.name
            )),
        ];
        if let Some((rotation, command)) = &self.rotated
            && rotation.is_underway(cloud)?
        {
            findings.push(
                Finding::new("holds", AGREES, UNDERWAY, false).todo(format!("finish it: run `{command}`")),
            );
        } else if let (Source::Computed(compute), Some(latest)) = (&self.source, latest) {
            let wanted = compute(cloud)?;
            let (found, same) = match &wanted {
                None => ("what it follows from cannot be read yet", false),
                Some(wanted) if *wanted == latest.value => (AGREES, true),
                Some(_) => ("something else", false),
            };
            findings.push(Finding::new("holds", AGREES, found, same).todo("run `deploy-all`"));
        }
        Ok(findings)
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        create_secret(cloud, &self.name, &self.labels)?;
        self.add_value(cloud)
    }

    fn way(&self, diffs: &[Diff]) -> Way {
        let way = self.rotated.as_ref().and_then(|(_, command)| way_of_rotation(diffs, command));
        way.unwrap_or(Way::InPlace)
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        if diffs.iter().any(|diff| diff.field.starts_with("labels.")) {
            let (name, labels) = (&self.name, pairs(&self.labels));
            let command = gcloud!["secrets update", name, "--update-labels={labels}"];
            change_listed(cloud, name, command, |secret| {
                self.labels.iter().for_each(|(key, value)| secret["labels"][key] = json!(value));
            })?;
        }
        if diffs.iter().any(|diff| diff.field == VALUE) {
            self.add_value(cloud)?;
        }
        if let Some(diff) = diffs.iter().find(|diff| diff.field == "digest") {
            annotate(cloud, &self.name, DIGEST, &diff.new)?;
        }
        Ok(())
    }

    /// Who has read it has the old value.
    fn renews(&self, action: Action, diffs: &[Diff]) -> bool {
        match action {
            Action::Create | Action::Replace | Action::Adopt => true,
            Action::Update => diffs.iter().any(|diff| diff.field == VALUE),
            Action::Delete | Action::None => false,
        }
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        Ok(listed(cloud, &self.name)?.is_some_and(|secret| labelled(&secret, &self.labels)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["secrets delete", self.name])?;
        Ok(())
    }

    fn output_names(&self) -> &[&'static str] {
        self.told_as.as_slice()
    }

    /// What it is called, never what it holds.
    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let there = secret_exists(cloud, &self.name)?;
        let told = self.told_as.filter(|_| there).map(|output| (output.to_owned(), self.name.clone()));
        Ok(told.into_iter().collect())
    }

    /// Deleting it loses the password that the database has. What anybody may know is made from what else exists.
    fn holds_data(&self) -> bool {
        !self.public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_is_read_in_both_alphabets_and_with_or_without_padding() {
        // "??>>é" has a 62nd and a 63rd digit.
        for data in ["Pz8-PsOp", "Pz8+PsOp"] {
            let answer =
                format!(r#"{{"name":"projects/1/secrets/s/versions/12","payload":{{"data":"{data}"}}}}"#);
            let latest = parse("s", &Secret::new(answer)).unwrap();
            assert_eq!(latest.version, "12");
            assert_eq!(latest.value.expose(), "??>>é");
        }
        let unpadded = r#"{"name":"projects/1/secrets/s/versions/1","payload":{"data":"YQ"}}"#;
        assert_eq!(parse("s", &Secret::new(unpadded)).unwrap().value.expose(), "a");
    }

    #[test]
    fn annotations_with_commas_are_not_split() {
        let map = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(dictionary(&map(&[("a", "1/2"), ("b", "")])), "a=1/2,b=");
        assert_eq!(dictionary(&map(&[("a", "1,<0>"), ("b", "2")])), "^<1>^a=1,<0><1>b=2");
    }

    #[test]
    fn an_answer_without_a_version_number_is_refused() {
        for answer in
            ["", "[]", r#"{"payload":{"data":"YQ=="}}"#, r#"{"name":"projects/1/secrets/s/versions/latest"}"#]
        {
            assert!(parse("s", &Secret::new(answer)).is_err(), "{answer}");
        }
    }
}
