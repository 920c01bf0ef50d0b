//! Running a file of SQL that lies in a bucket, as a user of the database.

use super::operations::{self, Change};
use super::statement::{self, Statement};
use super::{invalid, serving};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Effect, Failure};
use crate::services::roles;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// From this version on, only who has the ADMIN OPTION on a role may hand it out, be it one's own [PostgreSQL 16, release
/// notes].
const STRICT: u32 = 16;

pub fn import(call: &mut Call) -> Answer {
    let (key, instance) = serving(call)?;
    let context = call.body["importContext"].clone();
    let text = |field: &str| context[field].as_str().unwrap_or_default().to_owned();
    if text("fileType") != "SQL" {
        return Err(invalid("Only files of SQL can be imported into the emulated database"));
    }
    if context["sqlImportOptions"]["parallel"] == true {
        return Err(invalid(
            "A parallel import takes a directory, which the emulated database does not read",
        ));
    }
    let sql = file(call, &instance, &text("uri"))?;
    let database = text("database");
    if database.is_empty() || !call.world.has(&format!("{key}/databases/{database}")) {
        // The shape of Google's other refusals about databases [guess].
        return Err(invalid(format!("failed to import. Detail: database \"{database}\" does not exist")));
    }
    let statements = statement::parse(&sql)
        .map_err(|what| invalid(format!("The emulated database does not understand this SQL: {what}")))?;
    let version = instance["databaseVersion"].as_str().unwrap_or_default();
    let mut session = Session::begin(call, &key, &text("importUser"), version);
    let failure = statements.iter().try_for_each(|statement| session.run(statement)).err();
    // What ran before the one that failed has happened.
    let effects = session.effects();
    let (effects, failure_effects) =
        if failure.is_some() { (Vec::new(), effects) } else { (effects, Vec::new()) };
    let failure = failure.map(|said| Failure {
        code: 3,
        name: "ERROR_RDBMS".to_owned(),
        // What psql says, in the words that Google puts before it [guess].
        message: format!("exit status: 3, stderr: ERROR:  {said}"),
    });
    let name = call.param("instance").to_owned();
    let change = Change { instance: &name, kind: "IMPORT", seconds: 30.0, effects, failure_effects };
    operations::start_or_fail(call, change, failure)
}

/// What the file holds, as far as the instance's own account may read it.
fn file(call: &Call, instance: &Value, uri: &str) -> Result<String, ApiError> {
    let parts = uri.strip_prefix("gs://").and_then(|rest| rest.split_once('/'));
    let Some((bucket, object)) = parts.filter(|(bucket, object)| !bucket.is_empty() && !object.is_empty())
    else {
        return Err(invalid(format!("Invalid URI ({uri})")));
    };
    let account = instance["serviceAccountEmailAddress"].as_str().unwrap_or_default();
    let principal = format!("serviceAccount:{account}");
    let key = format!("storage/b/{bucket}/o/{object}");
    let may = roles::allowed(call.world, Some(&principal), &key, "storage.objects.get");
    if !call.world.has(&format!("storage/b/{bucket}")) || !may {
        // As people quote it who forgot the right.
        return Err(ApiError::permission_denied(
            "The service account does not have the required permissions for the bucket.",
        ));
    }
    if !call.world.has(&key) {
        return Err(ApiError::not_found(format!("The file {uri} does not exist."))); // guess
    }
    let content = call.world.hidden(&key)["content"].as_str().unwrap_or_default();
    let bytes = STANDARD.decode(content).unwrap_or_default();
    String::from_utf8(bytes).map_err(|_| invalid(format!("The file {uri} is not text")))
}

/// A session of psql: the roles as it finds them and leaves them.
struct Session {
    /// Who has logged in.
    user: String,
    strict: bool,
    users: String,
    /// Each user with what is hidden of it: `member_of` and `acts_as` besides the password.
    roles: BTreeMap<String, (Value, Value)>,
    changed: BTreeSet<String>,
}

impl Session {
    fn begin(call: &Call, key: &str, user: &str, version: &str) -> Self {
        let users = format!("{key}/users");
        let rows = call.world.list(&users).into_iter();
        let roles = rows.filter_map(|(path, shown)| {
            let hidden = call.world.hidden(path).clone();
            Some((shown["name"].as_str()?.to_owned(), (shown.clone(), hidden)))
        });
        let number = version.split('_').nth(1).and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
        let user = if user.is_empty() { "postgres" } else { user };
        Self {
            user: user.to_owned(),
            strict: number >= STRICT,
            users,
            roles: roles.collect(),
            changed: BTreeSet::new(),
        }
    }

    /// Runs one statement. All users that Cloud SQL makes have CREATEROLE [Google, "PostgreSQL users"].
    fn run(&mut self, statement: &Statement) -> Result<(), String> {
        self.known(&self.user)?;
        match statement {
            Statement::Grant { role, member } => {
                self.known(role)?;
                self.known(member)?;
                if self.strict {
                    return Err(format!(
                        "permission denied to grant role \"{role}\"\nDETAIL:  Only roles with the ADMIN option on role \
                         \"{role}\" may grant this role."
                    ));
                }
                if role == member || self.is_member(role, member) {
                    return Err(format!("role \"{role}\" is a member of role \"{member}\""));
                }
                let (_, hidden) = self.change(member);
                let mut roles = hidden["member_of"].as_array().cloned().unwrap_or_default();
                if !roles.contains(&json!(role)) {
                    roles.push(json!(role));
                }
                hidden["member_of"] = Value::Array(roles);
            }
            Statement::ActAs { name, role } => {
                self.known(name)?;
                self.known(role)?;
                if self.strict && *name != self.user {
                    return Err("permission denied to alter role".to_owned());
                }
                self.change(name).1["acts_as"] = json!(role);
            }
        }
        Ok(())
    }

    fn known(&self, name: &str) -> Result<(), String> {
        match self.roles.contains_key(name) {
            true => Ok(()),
            false => Err(format!("role \"{name}\" does not exist")),
        }
    }

    /// Whether `name` is a member of `role`, be it through others.
    fn is_member(&self, name: &str, role: &str) -> bool {
        let of = self.roles.get(name).map(|(_, hidden)| &hidden["member_of"]);
        let of = of.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        of.into_iter().any(|one| one == role || self.is_member(one, role))
    }

    fn change(&mut self, name: &str) -> &mut (Value, Value) {
        self.changed.insert(name.to_owned());
        let role = self.roles.entry(name.to_owned()).or_default();
        if !role.1.is_object() {
            role.1 = json!({});
        }
        role
    }

    fn effects(&self) -> Vec<Effect> {
        let changed = self.changed.iter().filter_map(|name| Some((name, self.roles.get(name)?)));
        let put = |(name, (data, hidden)): (&String, &(Value, Value))| Effect::Put {
            key: format!("{}/{name}", self.users),
            data: data.clone(),
            hidden: hidden.clone(),
        };
        changed.map(put).collect()
    }
}
