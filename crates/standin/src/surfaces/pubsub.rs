//! `gcloud pubsub topics …` (Pub/Sub, v1).

use super::unknown;
use crate::call::Call;
use crate::failure::{self, Failure};
use crate::google::{Request, Trouble};
use crate::print::{self, Answer};
use crate::{labels, pages, policy, typed};
use serde_json::{Map, Value, json};

const HOST: &str = "pubsub.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    refuse_number(call)?;
    match verb {
        "create" => create(call),
        "delete" => delete(call),
        "update" => update(call),
        "describe" => {
            call.takes(&[])?;
            Ok(Answer::Yaml(call.message(&request("GET", &only(call)?))?))
        }
        "list" => list(call),
        "get-iam-policy" => {
            call.takes(&[])?;
            Ok(Answer::Yaml(call.message(&get_policy(&only(call)?))?))
        }
        "add-iam-policy-binding" | "remove-iam-policy-binding" => change_policy(call),
        _ => Err(unknown(call)),
    }
}

fn request(method: &'static str, name: &str) -> Request {
    Request::new(method, HOST, format!("/v1/{name}"))
}

/// `projects/p/topics/t` for the topic of a command that takes one.
fn only(call: &Call) -> Result<String, Failure> {
    named(call.settings.project.as_deref(), call.word("TOPIC"))
}

/// `projects/p/topics/t` for a word that is that, or `t`.
fn named(project: Option<&str>, word: &str) -> Result<String, Failure> {
    if let ["projects", _, "topics", _] = word.split('/').collect::<Vec<_>>().as_slice() {
        return Ok(word.to_owned());
    }
    let missing = |attribute: &str, ways: &[&str]| {
        let ways: Vec<String> = ways.iter().map(|way| format!("\n- {way}")).collect();
        Failure::Said(format!(
            "Error parsing [topic].\nThe [topic] resource is not properly specified.\nFailed to find attribute \
             [{attribute}]. The attribute can be set in the following ways: {}",
            ways.concat()
        ))
    };
    if word.is_empty() {
        return Err(missing("topic", &["provide the argument `topic` on the command line"]));
    }
    let project = project.ok_or_else(|| {
        let ways = [
            "provide the argument `topic` on the command line with a fully specified name",
            "provide the argument `--project` on the command line",
            "set the property `core/project`",
        ];
        missing("project", &ways)
    })?;
    Ok(format!("projects/{project}/topics/{word}"))
}

/// This surface wants a project's name, even where it is not used.
fn refuse_number(call: &Call) -> Result<(), Failure> {
    let project = call.settings.project.as_deref().unwrap_or_default();
    if project.is_empty() || !project.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    let text = if call.given("--project") {
        "The value of ``--project'' flag was set to Project number.To use this command, set it to PROJECT ID instead."
    } else {
        "The value of ``core/project'' property is set to project number.To use this command, set ``--project'' flag \
         to PROJECT ID or set ``core/project'' property to PROJECT ID."
    };
    Err(Failure::Said(text.to_owned()))
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--labels"])?;
    let labels = call.dict("--labels").map(|pairs| {
        Value::Object(pairs.into_iter().map(|(key, value)| (key, json!(value))).collect::<Map<_, _>>())
    });
    each(call, "create", |name| {
        let mut topic = json!({ "name": name });
        if let Some(labels) = &labels {
            topic["labels"] = labels.clone();
        }
        request("PUT", name).body(topic)
    })
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    each(call, "delete", |name| request("DELETE", name))
}

/// Does it for each topic that is named, whatever becomes of the others. What was done is printed, as a list, also where
/// something failed.
fn each(call: &Call, verb: &str, request: impl Fn(&str) -> Request) -> Result<Answer, Failure> {
    let project = call.settings.project.as_deref();
    let names: Result<Vec<String>, _> = call.words("TOPIC").iter().map(|word| named(project, word)).collect();
    let names = names.inspect_err(|_| print::empty_list(call))?;
    let (mut done, mut failed) = (Vec::new(), Vec::new());
    for name in names {
        match call.google.send(&request(&name)) {
            Ok(mut answer) => {
                typed::settle(&mut answer, &[]);
                done.push(answer);
                let past = if verb == "create" { "Created" } else { "Deleted" };
                call.say(&format!("{past} topic [{name}]."));
            }
            Err(Trouble::Refused(refusal)) if !refusal.is_of_api() => {
                let message = failure::status_message(&refusal);
                let message = if message.is_empty() { "Internal Error" } else { &message };
                let dot = if message.ends_with('.') { "" } else { "." };
                call.say(&format!("ERROR: Failed to {verb} topic [{name}]: {message}{dot}"));
                failed.push(name.rsplit('/').next().unwrap_or_default().to_owned());
            }
            // An API that is off ends it, as a lost connection does.
            Err(other) => {
                print::answer(call, Answer::List(done))?;
                return Err(other.into());
            }
        }
    }
    if failed.is_empty() {
        return Ok(Answer::List(done));
    }
    print::answer(call, Answer::List(done))?;
    Err(Failure::Said(format!("Failed to {verb} the following: [{}].", failed.join(","))))
}

/// gcloud reads the labels, and sends them if they are others afterwards.
fn update(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--update-labels", "--remove-labels", "--clear-labels"])?;
    let name = only(call)?;
    let (update, remove, clear) =
        (call.dict("--update-labels"), call.list("--remove-labels"), call.on("--clear-labels"));
    if update.is_none() && remove.is_none() && clear.is_none() {
        return Err(Failure::Said("Must specify at least one field to update.".to_owned()));
    }
    let mut changed = None;
    if update.is_some_and(|pairs| !pairs.is_empty())
        || remove.is_some_and(|keys| !keys.is_empty())
        || clear == Some(true)
    {
        let found = call.message(&request("GET", &name))?;
        changed = labels::changed(call, "labels", &found["labels"]);
    }
    let Some(labels) = changed else {
        call.say("No update to perform.");
        return Ok(Answer::List(Vec::new()));
    };
    let topic = json!({ "labels": labels, "name": name });
    let patch = request("PATCH", &name).body(json!({ "topic": topic, "updateMask": "labels" }));
    let after = call.message(&patch)?;
    call.say(&format!("Updated topic [{name}]."));
    Ok(Answer::Value(after))
}

fn list(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--page-size"])?;
    let project = call.project().inspect_err(|_| print::empty_list(call))?;
    let mut request = request("GET", &format!("projects/{project}/topics"));
    if let Some(size) = call.one("--page-size") {
        request = request.with("pageSize", size);
    }
    Ok(Answer::Yaml(Value::Array(pages::all(call, &request, "topics")?)))
}

/// The policy is asked for without a version: these commands know no conditions.
fn get_policy(name: &str) -> Request {
    request("GET", &format!("{name}:getIamPolicy"))
}

fn change_policy(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--member", "--role"])?;
    let name = only(call)?;
    let set = request("POST", &format!("{name}:setIamPolicy"));
    let id = name.rsplit('/').next().unwrap_or_default();
    let after = policy::declared_without_conditions(call, "topic", id, &get_policy(&name), set)?;
    Ok(Answer::Yaml(after))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_topic_is_named_in_full_or_in_the_project() {
        let of = |project, word| named(project, word).map_err(|failure| failure.text());
        assert_eq!(of(Some("p"), "t").as_deref(), Ok("projects/p/topics/t"));
        assert_eq!(of(None, "projects/q/topics/t").as_deref(), Ok("projects/q/topics/t"));
        assert!(of(None, "t").unwrap_err().contains("Failed to find attribute [project]."));
        assert!(
            of(Some("p"), "").unwrap_err().ends_with("- provide the argument `topic` on the command line")
        );
    }
}
