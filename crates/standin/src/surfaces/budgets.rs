//! `gcloud billing budgets …`

use super::{billing, unknown};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::Answer;
use serde_json::{Map, Value, json};

const HOST: &str = "billingbudgets.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "list" => {
            let request = Request::new("GET", HOST, format!("/v1/{}/budgets", parent(call)));
            Ok(Answer::List(pages::all(call, &request, "budgets")?))
        }
        "describe" => Ok(Answer::Value(call.send(&Request::new("GET", HOST, path(call)?))?)),
        "update" => update(call),
        "delete" => {
            call.send(&Request::new("DELETE", HOST, path(call)?))?;
            call.say(&format!("Deleted budget [{}].", id(call)));
            Ok(Answer::Value(json!({})))
        }
        _ => Err(unknown(call)),
    }
}

fn parent(call: &Call) -> String {
    billing::account(call.one("--billing-account").unwrap_or_default())
}

fn id(call: &Call) -> &str {
    call.word("BUDGET").rsplit('/').next().unwrap_or_default()
}

fn path(call: &Call) -> Result<String, Failure> {
    let budget = call.word("BUDGET");
    match budget.split('/').collect::<Vec<_>>().as_slice() {
        ["billingAccounts", _, "budgets", _] => Ok(format!("/v1/{budget}")),
        [_] if call.one("--billing-account").is_some() => {
            Ok(format!("/v1/{}/budgets/{budget}", parent(call)))
        }
        _ => Err(unknown(call)),
    }
}

/// The budget that the flags say, and what of it they say.
fn asked(call: &Call, threshold: &str) -> Result<(Value, Vec<&'static str>), Failure> {
    let mut body = json!({});
    let mut mask = Vec::new();
    if let Some(text) = call.one("--budget-amount") {
        body["amount"] = json!({ "specifiedAmount": money(text)? });
        mask.push("amount.specifiedAmount");
    }
    if let Some(period) = call.one("--calendar-period") {
        body["budgetFilter"]["calendarPeriod"] = json!(period.replace('-', "_").to_uppercase());
        mask.push("budgetFilter.calendarPeriod");
    }
    if let Some(projects) = call.list("--filter-projects") {
        body["budgetFilter"]["projects"] = json!(projects);
        mask.push("budgetFilter.projects");
    }
    if let Some(name) = call.one("--display-name") {
        body["displayName"] = json!(name);
        mask.push("displayName");
    }
    // Its default is sent too, though no mask names it.
    let quiet = call.on("--disable-default-iam-recipients") == Some(true);
    body["notificationsRule"] = json!({ "disableDefaultIamRecipients": quiet });
    if quiet {
        mask.push("notificationsRule.disableDefaultIamRecipients");
    }
    let rules = call.all(threshold).iter().map(|text| rule(text)).collect::<Result<Vec<_>, _>>()?;
    if !rules.is_empty() {
        body["thresholdRules"] = rules.into();
    }
    Ok((body, mask))
}

fn create(call: &Call) -> Result<Answer, Failure> {
    let (body, _) = asked(call, "--threshold-rule")?;
    let request = Request::new("POST", HOST, format!("/v1/{}/budgets", parent(call))).body(body);
    let made = call.send(&request)?;
    let name = made["name"].as_str().unwrap_or_default();
    call.say(&format!("Created [{}].", name.rsplit('/').next().unwrap_or_default()));
    Ok(Answer::Value(made))
}

fn update(call: &Call) -> Result<Answer, Failure> {
    let path = path(call)?;
    let (mut body, mut mask) = asked(call, "--add-threshold-rule")?;
    let before = call.send(&Request::new("GET", HOST, &path))?;
    let clear = call.on("--clear-threshold-rules") == Some(true);
    let added = body.as_object_mut().and_then(|body| body.remove("thresholdRules"));
    if clear || added.is_some() {
        let mut rules =
            if clear { Vec::new() } else { before["thresholdRules"].as_array().cloned().unwrap_or_default() };
        for rule in added.iter().flat_map(|rules| rules.as_array()).flatten() {
            if !rules.contains(rule) {
                rules.push(rule.clone());
            }
        }
        body["thresholdRules"] = rules.into();
        mask.push("thresholdRules");
    }
    let request = Request::new("PATCH", HOST, path).with("updateMask", mask.join(",")).body(body);
    let updated = call.send(&request)?;
    call.say(&format!("Updated budget [{}].", id(call)));
    Ok(Answer::Value(updated))
}

/// `100USD`, `12.5`; the part behind the point is sent as nanos just as it stands, which is a mistake of gcloud's.
fn money(text: &str) -> Result<Value, Failure> {
    let letters = text.len().checked_sub(3).and_then(|at| text.split_at_checked(at));
    let (number, currency) = match letters {
        Some((number, currency)) if currency.chars().all(|c| c.is_ascii_alphabetic()) => (number, currency),
        _ => (text, ""),
    };
    let (units, nanos) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit());
    if !digits(units) || !digits(nanos) || text.is_empty() {
        return Err(Failure::Usage(format!("argument --budget-amount: Bad value [{text}]")));
    }
    let whole = |part: &str| part.parse::<i64>().unwrap_or_default();
    let mut money = json!({"nanos": whole(nanos), "units": whole(units).to_string()});
    if !currency.is_empty() {
        money["currencyCode"] = json!(currency);
    }
    Ok(money)
}

/// `percent=0.5,basis=forecasted-spend`
fn rule(text: &str) -> Result<Value, Failure> {
    let mut rule = Map::new();
    for part in text.split(',') {
        match part.split_once('=') {
            Some(("percent", value)) => {
                let percent: f64 = value.parse().map_err(|_| {
                    Failure::Usage(format!(
                        "argument --threshold-rule: Failed to parse [{value}] as a number"
                    ))
                })?;
                rule.insert("thresholdPercent".to_owned(), json!(percent));
            }
            Some(("basis", value)) => {
                rule.insert("spendBasis".to_owned(), json!(value.replace('-', "_").to_uppercase()));
            }
            _ => return Err(Failure::Usage(format!("argument --threshold-rule: [{part}] is not known"))),
        }
    }
    Ok(rule.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_units_and_a_currency() {
        assert_eq!(money("100USD").unwrap(), json!({"units": "100", "nanos": 0, "currencyCode": "USD"}));
        assert_eq!(money("100").unwrap(), json!({"units": "100", "nanos": 0}));
        assert!(money("x").is_err() && money("").is_err());
    }

    #[test]
    fn a_rule_has_a_percentage_and_a_basis() {
        assert_eq!(
            rule("percent=0.5,basis=forecasted-spend").unwrap(),
            json!({"thresholdPercent": 0.5, "spendBasis": "FORECASTED_SPEND"})
        );
        assert!(rule("percent=x").is_err() && rule("what").is_err());
    }
}
