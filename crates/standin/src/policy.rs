//! IAM policies: a binding is added or taken away in the policy as it was read.

use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Refusal, Request, Trouble};
use crate::typed;
use serde_json::{Map, Value, json};

/// What `--condition` says.
#[derive(Debug, PartialEq)]
enum Condition {
    /// It was not given.
    Unsaid,
    /// `None`: a binding without a condition.
    None,
    /// One with these words.
    Some(Value),
}

/// Adds the binding that `--member`, `--role` and `--condition` name.
pub(crate) fn add(call: &Call, policy: &mut Value) -> Result<(), Failure> {
    let condition = condition(call)?;
    if has_conditions(policy) && condition == Condition::Unsaid {
        let text = "Adding a binding without specifying a condition to a policy containing conditions is prohibited in \
                    non-interactive mode. Run the command again with `--condition=None`";
        return Err(Failure::Said(text.to_owned()));
    }
    if let (false, Condition::Some(_)) = (has_conditions(policy), &condition) {
        call.say(
            "WARNING: Adding binding with condition to a policy without condition will change the behavior of \
             add-iam-policy-binding and remove-iam-policy-binding commands.",
        );
    }
    let (member, role) = wanted(call);
    put(policy, member, role, &condition.value());
    Ok(())
}

/// Takes the binding away that `--member`, `--role` and `--condition` (or `--all`) name.
pub(crate) fn remove(call: &Call, policy: &mut Value) -> Result<(), Failure> {
    let condition = condition(call)?;
    let all = call.on("--all") == Some(true);
    if !all && has_conditions(policy) && condition == Condition::Unsaid {
        let text = "Removing a binding without specifying a condition from a policy containing conditions is prohibited \
                    in non-interactive mode. Run the command again with `--condition=None` to remove a binding without \
                    condition or run command with `--all` to remove all bindings of the specified principal and role.";
        return Err(Failure::Said(text.to_owned()));
    }
    let (member, role) = wanted(call);
    let condition = condition.value();
    if take(policy, member, role, (!all).then_some(&condition)) {
        if let Some(policy) = policy.as_object_mut().filter(|policy| policy["bindings"] == json!([])) {
            policy.remove("bindings");
        }
        return Ok(());
    }
    let text = if all {
        "Policy bindings with the specified principal and role not found!"
    } else {
        "Policy binding with the specified principal, role, and condition not found!"
    };
    Err(Failure::Said(text.to_owned()))
}

/// Adds or takes away, as the command's verb says, and sends the policy back; for the commands that gcloud makes from
/// declarations (projects, service accounts, repositories, services of Cloud Run). `set` is the request that the policy is sent with.
pub(crate) fn declared(
    call: &Call,
    kind: &str,
    name: &str,
    get: &Request,
    set: Request,
) -> Result<Value, Failure> {
    let mut policy = call.send(get)?;
    if removes(call) {
        remove(call, &mut policy)?;
    } else {
        add(call, &mut policy)?;
    }
    policy["version"] = json!(3);
    store(call, kind, name, set, &policy)
}

/// The same for commands that know no conditions (Pub/Sub): they look past those of a policy, and name no version.
pub(crate) fn declared_without_conditions(
    call: &Call,
    kind: &str,
    name: &str,
    get: &Request,
    set: Request,
) -> Result<Value, Failure> {
    let mut policy = call.message(get)?;
    let (member, role) = wanted(call);
    if !removes(call) {
        put_anywhere(&mut policy, member, role);
    } else if !take_once(&mut policy, member, role) {
        return Err(Failure::Said(
            "Policy binding with the specified principal and role not found!".to_owned(),
        ));
    }
    // What is empty is left out of a message.
    typed::settle(&mut policy, &[]);
    store(call, kind, name, set, &policy)
}

fn removes(call: &Call) -> bool {
    call.command.ends_with("remove-iam-policy-binding")
}

fn store(call: &Call, kind: &str, name: &str, set: Request, policy: &Value) -> Result<Value, Failure> {
    let answer = call.google.send(&set.body(json!({ "policy": policy })));
    if let (false, Err(Trouble::Refused(Refusal { code: 400, .. }))) = (removes(call), &answer) {
        call.say(
            "ERROR: Policy modification failed. For a binding with condition, run \"gcloud alpha iam policies \
             lint-condition\" to identify issues in condition.",
        );
    }
    let answer = answer?;
    say_updated(call, kind, name);
    Ok(answer)
}

/// Says what gcloud says of a policy that it has sent.
pub(crate) fn say_updated(call: &Call, kind: &str, name: &str) {
    call.say(&format!("Updated IAM policy for {kind} [{name}]."));
}

fn wanted(call: &Call) -> (&str, &str) {
    (call.one("--member").unwrap_or_default(), call.one("--role").unwrap_or_default())
}

impl Condition {
    /// As it stands in a binding; null for none.
    fn value(self) -> Value {
        match self {
            Self::Some(value) => value,
            Self::None | Self::Unsaid => Value::Null,
        }
    }
}

fn condition(call: &Call) -> Result<Condition, Failure> {
    if let Some(path) = call.one("--condition-from-file") {
        let text = crate::args::read(path)
            .map_err(|e| Failure::Said(format!("Unable to read file [{path}]: {e}")))?;
        return yaml_serde::from_str(&text)
            .map(Condition::Some)
            .map_err(|e| Failure::Said(format!("Failed to parse YAML from [{path}]: {e}")));
    }
    let Some(pairs) = call.dict("--condition") else { return Ok(Condition::Unsaid) };
    if let [(word, value)] = pairs.as_slice()
        && word == "None"
        && value.is_empty()
    {
        return Ok(Condition::None);
    }
    Ok(Condition::Some(
        pairs.into_iter().map(|(key, value)| (key, Value::String(value))).collect::<Map<_, _>>().into(),
    ))
}

fn bindings(policy: &mut Value) -> Option<&mut Vec<Value>> {
    let list = policy.as_object_mut()?.entry("bindings").or_insert_with(|| json!([]));
    list.as_array_mut()
}

fn has_conditions(policy: &Value) -> bool {
    policy["bindings"]
        .as_array()
        .is_some_and(|list| list.iter().any(|binding| binding["condition"].is_object()))
}

fn same_condition(binding: &Value, condition: &Value) -> bool {
    ["expression", "title", "description"].iter().all(|key| binding["condition"][key] == condition[key])
}

fn members(binding: &mut Value) -> Option<&mut Vec<Value>> {
    binding["members"].as_array_mut()
}

fn put(policy: &mut Value, member: &str, role: &str, condition: &Value) {
    let Some(list) = bindings(policy) else { return };
    for binding in list.iter_mut().filter(|b| b["role"] == role) {
        if same_condition(binding, condition) {
            if let Some(members) = members(binding).filter(|members| !members.contains(&json!(member))) {
                members.push(json!(member));
            }
            return;
        }
    }
    let mut binding = json!({"members": [member], "role": role});
    if condition.is_object() {
        binding["condition"] = condition.clone();
    }
    list.push(binding);
}

/// The member joins the first binding of the role, unless it stands in any.
fn put_anywhere(policy: &mut Value, member: &str, role: &str) {
    let Some(list) = bindings(policy) else { return };
    let mut of_role: Vec<&mut Vec<Value>> =
        list.iter_mut().filter(|b| b["role"] == role).filter_map(members).collect();
    if of_role.iter().any(|members| members.contains(&json!(member))) {
        return;
    }
    match of_role.first_mut() {
        Some(members) => members.push(json!(member)),
        None => list.push(json!({"members": [member], "role": role})),
    }
}

/// Whether the member was taken out of a binding of the role: the first that it stands in.
fn take_once(policy: &mut Value, member: &str, role: &str) -> bool {
    let Some(list) = bindings(policy) else { return false };
    let of_role = list.iter_mut().filter(|b| b["role"] == role).filter_map(members);
    let found =
        of_role.filter_map(|members| Some((members.iter().position(|m| m == member)?, members))).next();
    let Some((at, members)) = found else { return false };
    members.remove(at);
    list.retain(|binding| binding["members"].as_array().is_some_and(|members| !members.is_empty()));
    true
}

/// Whether anything was taken away; `None` as the condition stands for any.
fn take(policy: &mut Value, member: &str, role: &str, condition: Option<&Value>) -> bool {
    let Some(list) = bindings(policy) else { return false };
    let mut taken = false;
    for binding in list.iter_mut().filter(|b| b["role"] == role) {
        if condition.is_some_and(|condition| !same_condition(binding, condition)) {
            continue;
        }
        if let Some(members) = members(binding)
            && let Some(at) = members.iter().position(|m| m == member)
        {
            members.remove(at);
            taken = true;
            if condition.is_some() {
                break;
            }
        }
    }
    list.retain(|binding| binding["members"].as_array().is_some_and(|members| !members.is_empty()));
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_joins_the_binding_of_its_role_and_condition() {
        let mut policy = json!({"bindings": [
            {"role": "r", "members": ["a"], "condition": {"title": "t", "expression": "e"}},
            {"role": "r", "members": ["a"]},
        ]});
        put(&mut policy, "b", "r", &Value::Null);
        put(&mut policy, "b", "r", &Value::Null);
        put(&mut policy, "c", "s", &json!({"title": "t", "expression": "e"}));
        assert_eq!(policy["bindings"][0]["members"], json!(["a"]));
        assert_eq!(policy["bindings"][1]["members"], json!(["a", "b"]));
        assert_eq!(
            policy["bindings"][2],
            json!({"role": "s", "members": ["c"], "condition": {"title": "t", "expression": "e"}})
        );
    }

    #[test]
    fn a_binding_without_members_goes() {
        let mut policy = json!({"etag": "x"});
        put(&mut policy, "a", "r", &Value::Null);
        assert!(!take(&mut policy, "b", "r", None));
        assert!(take(&mut policy, "a", "r", Some(&Value::Null)));
        assert_eq!(policy, json!({"etag": "x", "bindings": []}));
    }

    #[test]
    fn without_conditions_any_binding_of_the_role_will_do() {
        let mut policy = json!({"bindings": [
            {"role": "r", "members": ["a"], "condition": {"title": "t", "expression": "e"}},
            {"role": "r", "members": ["b"]},
        ]});
        let before = policy.clone();
        put_anywhere(&mut policy, "b", "r");
        assert_eq!(policy, before);
        put_anywhere(&mut policy, "c", "r");
        put_anywhere(&mut policy, "c", "s");
        assert_eq!(policy["bindings"][0]["members"], json!(["a", "c"]));
        assert_eq!(policy["bindings"][2], json!({"role": "s", "members": ["c"]}));
        assert!(take_once(&mut policy, "b", "r") && !take_once(&mut policy, "b", "r"));
        assert_eq!(policy["bindings"].as_array().unwrap().len(), 2);
    }
}
