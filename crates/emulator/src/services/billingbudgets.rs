//! Cloud Billing Budget API. Requests are charged to a project that must be named, and that must have the API on.

use super::{roles, unserved};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use serde_json::{Value, json};

/// The project of gcloud's own client, which a request is charged to when it names none [messages of Google's users].
const GCLOUDS_OWN: &str = "32555940559";

/// The permission that a method asks for: this API checks for itself.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    charged(call)?;
    let account = account(call, id)?;
    let collection = format!("billingbudgets/billingAccounts/{account}/budgets");
    let key = format!("{collection}/{}", call.param("budgetsId"));
    match id {
        "billingAccounts.budgets.list" => {
            let rows = call.world.list(&collection);
            Ok(call.page("budgets", rows.into_iter().map(|(_, budget)| budget.clone()).collect()))
        }
        "billingAccounts.budgets.get" => call.world.get(&key).cloned().map(Reply::from).ok_or_else(not_found),
        "billingAccounts.budgets.create" => {
            let budget = checked(call, &account, call.input())?;
            create(call, &collection, budget)
        }
        "billingAccounts.budgets.patch" => patch(call, &account, &key),
        "billingAccounts.budgets.delete" => {
            call.world.remove(&key).map(|_| Reply::empty()).ok_or_else(not_found)
        }
        _ => unserved(id),
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("Requested entity was not found.")
}

/// Google's only text for whatever is wrong with a budget [facts].
fn invalid() -> ApiError {
    ApiError::invalid("Request contains an invalid argument.")
}

/// The project that pays for the request must have the API on, and let the caller use it.
fn charged(call: &Call) -> Result<(), ApiError> {
    let (title, api) = ("Cloud Billing Budget API", "billingbudgets.googleapis.com");
    let Some(named) = call.headers.get("x-goog-user-project") else {
        return Err(ApiError::service_disabled(title, api, GCLOUDS_OWN));
    };
    let project = call.world.project_id(named);
    let may = project.as_ref().is_some_and(|project| {
        let key = format!("cloudresourcemanager/projects/{project}");
        roles::allowed(call.world, call.principal.as_deref(), &key, "serviceusage.services.use")
    });
    let Some(project) = project.filter(|_| may) else {
        return Err(ApiError::permission_denied(format!(
            "Caller does not have required permission to use project {named}. Grant the caller the \
             roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use \
             permission, by visiting https://console.developers.google.com/iam-admin/iam/project?project={named} and \
             then retry. Propagation of the new permission may take a few minutes."
        ))
        .detail(json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "USER_PROJECT_DENIED",
                       "domain": "googleapis.com", "metadata": {"service": api, "consumer": format!("projects/{named}")}})));
    };
    if !call.world.api_enabled(&project, api) {
        let number = call.world.project_number(&project).unwrap_or_default();
        return Err(ApiError::service_disabled(title, api, &number));
    }
    Ok(())
}

/// The billing account in the path, if the caller may see its budgets or change them.
fn account(call: &Call, method: &str) -> Result<String, ApiError> {
    let id = call.param("billingAccountsId").to_owned();
    let verb = method.rsplit('.').next().unwrap_or("");
    let verb = if verb == "patch" { "update" } else { verb };
    let key = format!("cloudbilling/billingAccounts/{id}");
    let permission = format!("billing.budgets.{verb}");
    if call.world.has(&key) && roles::allowed(call.world, call.principal.as_deref(), &key, &permission) {
        Ok(id)
    } else {
        Err(ApiError::permission_denied("The caller does not have permission"))
    }
}

/// A budget as Google keeps it: checked, projects by number, defaults filled in.
fn checked(call: &Call, account: &str, mut budget: Value) -> Result<Value, ApiError> {
    if budget["displayName"].as_str().is_some_and(|name| name.chars().count() > 60) {
        return Err(invalid());
    }
    let amount = &budget["amount"];
    if amount["specifiedAmount"].is_object() == amount["lastPeriodAmount"].is_object() {
        return Err(invalid());
    }
    if amount["specifiedAmount"].is_object() {
        let account = call.world.get(&format!("cloudbilling/billingAccounts/{account}"));
        let currency = account.map_or(Value::Null, |a| a["currencyCode"].clone());
        let currency = currency.as_str().unwrap_or("USD").to_owned();
        let money = &mut budget["amount"]["specifiedAmount"];
        match money["currencyCode"].as_str().unwrap_or("") {
            "" => money["currencyCode"] = json!(currency),
            same if same == currency => {}
            _ => return Err(invalid()),
        }
        if let Some(units) = money["units"].as_i64() {
            money["units"] = json!(units.to_string());
        }
        if money["nanos"] == 0 {
            money.as_object_mut().map(|m| m.remove("nanos"));
        }
    }
    for rule in budget["thresholdRules"].as_array_mut().into_iter().flatten() {
        if rule["thresholdPercent"].as_f64().is_none_or(|percent| percent < 0.0) {
            return Err(invalid());
        }
        if rule["spendBasis"].as_str().is_none_or(|basis| basis == "BASIS_UNSPECIFIED") {
            rule["spendBasis"] = json!("CURRENT_SPEND");
        }
    }
    if !budget["budgetFilter"].is_object() {
        budget["budgetFilter"] = json!({});
    }
    let filter = &mut budget["budgetFilter"];
    for project in filter["projects"].as_array_mut().into_iter().flatten() {
        let named = project.as_str().and_then(|p| p.strip_prefix("projects/")).unwrap_or("");
        let number = call.world.project_id(named).and_then(|id| call.world.project_number(&id));
        *project = json!(format!("projects/{}", number.ok_or_else(invalid)?));
    }
    if filter["calendarPeriod"].is_null() && filter["customPeriod"].is_null() {
        filter["calendarPeriod"] = json!("MONTH");
    }
    if filter["creditTypesTreatment"].is_null() {
        filter["creditTypesTreatment"] = json!("INCLUDE_ALL_CREDITS");
    }
    if !budget["notificationsRule"].is_object() {
        budget["notificationsRule"] = json!({});
    }
    // What is false or empty is not sent back.
    if let Some(rule) = budget["notificationsRule"].as_object_mut() {
        rule.retain(|_, value| *value != json!(false) && *value != json!("") && *value != json!([]));
    }
    Ok(budget)
}

fn create(call: &mut Call, collection: &str, mut budget: Value) -> Answer {
    let id = call.world.uuid();
    budget["name"] = json!(format!("{}/{id}", collection.trim_start_matches("billingbudgets/")));
    budget["etag"] = json!(call.world.hex(16));
    call.world.put(&format!("{collection}/{id}"), budget.clone());
    Ok(budget.into())
}

fn patch(call: &mut Call, account: &str, key: &str) -> Answer {
    let mut current = call.world.get(key).cloned().ok_or_else(not_found)?;
    let body = call.input();
    if body["etag"].as_str().is_some_and(|etag| !etag.is_empty() && body["etag"] != current["etag"]) {
        return Err(ApiError::aborted("The budget was changed by another request.")); // guess
    }
    let currency = current["amount"]["specifiedAmount"]["currencyCode"].clone();
    let sent = &body["amount"]["specifiedAmount"]["currencyCode"];
    if sent.as_str().is_some_and(|code| !code.is_empty() && *sent != currency) {
        return Err(invalid());
    }
    let mask = call.query("updateMask").unwrap_or("").to_owned();
    if mask.is_empty() {
        // Without a mask, what is not empty is taken [description].
        for (field, value) in body.as_object().into_iter().flatten() {
            let empty = value.is_null() || *value == json!("") || *value == json!([]) || *value == json!({});
            if !empty {
                current[field] = value.clone();
            }
        }
    } else {
        mask::apply(call.route.api, "GoogleCloudBillingBudgetsV1Budget", &mut current, &body, &mask)?;
    }
    let name = call.world.get(key).map_or(Value::Null, |b| b["name"].clone());
    let mut budget = checked(call, account, current)?;
    budget["name"] = name;
    budget["etag"] = json!(call.world.hex(16));
    call.world.put(key, budget.clone());
    Ok(budget.into())
}

#[cfg(test)]
mod tests {
    use crate::testing::Testing;
    use serde_json::{Value, json};

    const HOST: &str = "billingbudgets.googleapis.com";
    const PATH: &str = "/v1/billingAccounts/000000-000000-000000/budgets";

    fn charged() -> Testing {
        let mut t = Testing::new();
        t.headers.push(("x-goog-user-project".to_owned(), "p".to_owned()));
        t
    }

    fn budget(currency: &str) -> Value {
        json!({"displayName": "b", "amount": {"specifiedAmount": {"currencyCode": currency, "units": "100", "nanos": 0}},
               "thresholdRules": [{"thresholdPercent": 0.5}], "budgetFilter": {"projects": ["projects/p"]},
               "notificationsRule": {"disableDefaultIamRecipients": false}})
    }

    #[test]
    fn a_request_must_say_who_is_charged() {
        let mut t = Testing::new();
        let (status, text) = t.refused("GET", HOST, PATH, Value::Null);
        assert_eq!(status, 403);
        assert!(text.contains("has not been used in project 32555940559"), "{text}");
        t.headers.push(("x-goog-user-project".to_owned(), "nowhere-1".to_owned()));
        assert!(
            t.refused("GET", HOST, PATH, Value::Null)
                .1
                .contains("required permission to use project nowhere-1")
        );
    }

    #[test]
    fn the_currency_is_the_accounts() {
        let mut t = charged();
        let refusal = t.refused("POST", HOST, PATH, budget("EUR"));
        assert_eq!(refusal, (400, "Request contains an invalid argument.".to_owned()));
        let made = t.ok("POST", HOST, PATH, budget("USD"));
        assert_eq!(made["amount"], json!({"specifiedAmount": {"currencyCode": "USD", "units": "100"}}));
        assert_eq!(made["budgetFilter"]["projects"], json!(["projects/111"]));
        assert_eq!(made["thresholdRules"], json!([{"thresholdPercent": 0.5, "spendBasis": "CURRENT_SPEND"}]));
    }

    #[test]
    fn an_update_changes_what_its_mask_names() {
        let mut t = charged();
        let made = t.ok("POST", HOST, PATH, budget("USD"));
        let name = made["name"].as_str().unwrap().to_owned();
        let change = json!({"amount": {"specifiedAmount": {"units": "200"}}, "displayName": "ignored"});
        let changed = t.ok("PATCH", HOST, &format!("/v1/{name}?updateMask=amount.specifiedAmount"), change);
        assert_eq!(changed["amount"]["specifiedAmount"], json!({"currencyCode": "USD", "units": "200"}));
        assert_eq!(changed["displayName"], "b");
        let stale = json!({"displayName": "c", "etag": made["etag"]});
        assert_eq!(t.refused("PATCH", HOST, &format!("/v1/{name}?updateMask=display_name"), stale).0, 409);
        t.ok("DELETE", HOST, &format!("/v1/{name}"), Value::Null);
        assert_eq!(t.ok("GET", HOST, PATH, Value::Null), json!({}));
    }
}
