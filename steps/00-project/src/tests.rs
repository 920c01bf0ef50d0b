//! What the step makes of gcloud's answers, without a process.

use crate::step;
use config::Config;
use engine::testing::{Events, Gcloud, Reply, deps};
use engine::{Engine, Error, Selection};
use serde_json::{Value, json};
use std::sync::Arc;

const DENIED: &str = "[None] does not have permission to access projects instance [proj-one] (or it may not exist): The caller does not have permission";
const TAKEN: &str = "Project creation failed. The project ID you specified is already in use by another project. Please try an alternative ID.";

fn config() -> Config {
    let mut config = Config::default();
    config.project.id = "proj-one".to_owned();
    config
}

fn account(id: &str, currency: &str) -> Value {
    json!({"name": format!("billingAccounts/{id}"), "open": true, "currencyCode": currency})
}

/// A complete project.
fn complete() -> Gcloud {
    let apis: Vec<Value> = crate::REQUIRED.iter().map(|api| json!({"config": {"name": api}})).collect();
    let agent = |domain: &str, role: &str| json!({"role": role, "members": [format!("serviceAccount:service-111@{domain}")]});
    let bindings = json!([
        agent("service-networking.iam.gserviceaccount.com", "roles/servicenetworking.serviceAgent"),
        agent("gcp-sa-cloud-sql.iam.gserviceaccount.com", "roles/cloudsql.serviceAgent"),
        agent("cloud-redis.iam.gserviceaccount.com", "roles/redis.serviceAgent"),
    ]);
    Gcloud::new()
        .on("projects describe", Reply::json(json!({"projectId": "proj-one", "projectNumber": "111", "lifecycleState": "ACTIVE", "name": "x"})))
        .on("billing projects describe", Reply::json(json!({"billingAccountName": "billingAccounts/A", "billingEnabled": true})))
        .on("billing accounts list", Reply::json(json!([account("A", "USD")])))
        .on("services list", Reply::json(json!(apis)))
        .on("projects get-iam-policy", Reply::json(json!({ "bindings": bindings })))
}

/// Plans and applies: the plan's lines, and what a person is told where it fails.
fn run(gcloud: Gcloud, config: &Config) -> (Vec<String>, Option<String>, Arc<Gcloud>) {
    let gcloud = Arc::new(gcloud);
    let engine = Engine::new(deps(&gcloud, &Arc::new(Events::default()), None));
    let steps = [step(config)];
    let told = |error: &Error| {
        let problem = error.explain("proj-one", "it failed".to_owned());
        format!("{}: {}; {}", problem.what, problem.why, problem.todo)
    };
    let plan = match engine.plan(&steps, &Selection::of(["00-project"])) {
        Ok(plan) => plan,
        Err(error) => return (Vec::new(), Some(told(&error)), gcloud),
    };
    let lines = plan.items.iter().filter(|item| item.skipped.is_none());
    let lines = lines.map(|item| format!("{} {}", item.action.symbol(), item.resource)).collect();
    let (_, result) = engine.apply(&steps, &plan);
    (lines, result.err().map(|error| told(&error)), gcloud)
}

#[test]
fn what_is_complete_stays_as_it_is_and_costs_four_processes() {
    let (plan, error, gcloud) = run(complete(), &config());
    assert_eq!(error, None);
    assert_eq!(
        plan,
        ["= project/proj-one", "= billing-link/proj-one", "= apis/required", "= service-agents/required"]
    );
    assert_eq!(gcloud.calls().len(), 4, "{:?}", gcloud.calls());
}

#[test]
fn an_id_that_somebody_else_has_needs_a_person() {
    let gcloud = Gcloud::new()
        .on("projects describe", Reply::error(DENIED))
        .on("projects list", Reply::json(json!([])))
        .on("billing accounts list", Reply::json(json!([account("A", "USD")])))
        .on("projects create", Reply::error(TAKEN));
    let (_, error, gcloud) = run(gcloud, &config());
    let error = error.expect("it fails");
    assert!(
        error.contains("the name belongs to somebody else; choose another name in the config"),
        "{error}"
    );
    assert!(gcloud.calls_of("billing projects link").is_empty());
}

#[test]
fn a_project_that_cannot_be_read_is_no_absent_project() {
    let gcloud = Gcloud::new()
        .on("projects describe", Reply::error(DENIED))
        .on("projects list", Reply::json(json!([{"projectId": "proj-one"}])));
    let (_, error, gcloud) = run(gcloud, &config());
    assert!(error.is_some());
    assert!(gcloud.calls_of("projects create").is_empty());
}

#[test]
fn a_project_that_was_deleted_is_brought_back_by_a_person() {
    let deleted =
        json!({"projectId": "proj-one", "projectNumber": "111", "lifecycleState": "DELETE_REQUESTED"});
    let (_, error, gcloud) = run(Gcloud::new().on("projects describe", Reply::json(deleted)), &config());
    assert!(error.expect("it fails").contains("gcloud projects undelete proj-one"));
    assert_eq!(gcloud.calls().len(), 1);
}

#[test]
fn a_project_elsewhere_is_not_moved() {
    let mut config = config();
    config.project.folder = Some("7".to_owned());
    let (_, error, _) = run(complete(), &config);
    let error = error.expect("it fails");
    assert!(error.contains("gcloud beta projects move proj-one --folder=7"), "{error}");
}

#[test]
fn a_project_of_ours_gets_its_labels_back_by_alpha() {
    let ours = json!({"projectId": "proj-one", "projectNumber": "111", "lifecycleState": "ACTIVE", "name": "CodeMentor",
                      "labels": {"managed-by": "deploy-all"}});
    let gcloud = complete()
        .on("projects describe", Reply::json(ours))
        .on("alpha projects update", Reply::json(json!({})));
    let (plan, error, gcloud) = run(gcloud, &config());
    assert_eq!((plan[0].as_str(), error), ("~ project/proj-one", None));
    assert_eq!(
        gcloud.calls_of("alpha"),
        [
            "alpha projects update proj-one --name=CodeMentor --update-labels=app=codementor,managed-by=deploy-all"
        ]
    );
}

#[test]
fn more_than_one_account_could_pay() {
    let gcloud = complete()
        .on(
            "billing projects describe",
            Reply::json(json!({"billingAccountName": "", "billingEnabled": false})),
        )
        .on("billing accounts list", Reply::json(json!([account("A", "USD"), account("B", "USD")])));
    let (_, error, _) = run(gcloud, &config());
    assert!(error.expect("it fails").contains("--set project.billing_account=A"));
}

#[test]
fn another_account_is_linked_in_place() {
    let mut config = config();
    config.project.billing_account = Some("B".to_owned());
    let gcloud = complete()
        .on("billing accounts list", Reply::json(json!([account("A", "USD"), account("B", "USD")])))
        .on(
            "billing projects link",
            Reply::json(json!({"billingAccountName": "billingAccounts/B", "billingEnabled": true})),
        );
    let (plan, error, gcloud) = run(gcloud, &config);
    assert_eq!((plan[1].as_str(), error), ("~ billing-link/proj-one", None));
    assert_eq!(
        gcloud.calls_of("billing projects link"),
        ["billing projects link proj-one --billing-account=B"]
    );
}

#[test]
fn an_agent_that_google_gave_no_role_gets_it() {
    let bare = json!({"bindings": []});
    let gcloud = complete()
        .on("projects get-iam-policy", Reply::json(bare))
        .on("beta services identity create", Reply::json(json!({})))
        .on("projects add-iam-policy-binding", Reply::json(json!({"bindings": [], "etag": "x"})));
    let (_, error, gcloud) = run(gcloud, &config());
    assert_eq!(error, None);
    assert_eq!(gcloud.calls_of("beta services identity create").len(), 3);
    let grants = gcloud.calls_of("projects add-iam-policy-binding");
    assert_eq!(
        grants[2],
        "projects add-iam-policy-binding proj-one --member=serviceAccount:service-111@cloud-redis.iam.gserviceaccount.com \
         --role=roles/redis.serviceAgent --condition=None"
    );
}

fn with_budget(currency: Option<&str>) -> Config {
    let mut config = config();
    config.budget.monthly_amount = Some(100);
    config.budget.currency = currency.map(str::to_owned);
    config
}

fn budget(id: &str, units: &str) -> Value {
    json!({"name": format!("billingAccounts/A/budgets/{id}"), "displayName": "proj-one (deploy-all)",
           "amount": {"specifiedAmount": {"currencyCode": "USD", "units": units}},
           "thresholdRules": [{"thresholdPercent": 1.0}, {"thresholdPercent": 0.5}, {"thresholdPercent": 0.9}],
           "budgetFilter": {"projects": ["projects/111"]}})
}

#[test]
fn a_budget_is_known_by_its_name_and_updated_in_place() {
    let others = json!({"name": "billingAccounts/A/budgets/0", "displayName": "somebody's"});
    let gcloud = complete().on("billing budgets list", Reply::json(json!([others, budget("1", "100")])));
    let (plan, error, _) = run(gcloud, &with_budget(None));
    assert_eq!((plan[4].as_str(), error), ("= budget/proj-one", None));
    let gcloud = complete()
        .on("billing budgets list", Reply::json(json!([budget("1", "50")])))
        .on("billing budgets update", Reply::json(json!({})));
    let (plan, error, gcloud) = run(gcloud, &with_budget(None));
    assert_eq!((plan[4].as_str(), error), ("~ budget/proj-one", None));
    assert_eq!(
        gcloud.calls_of("billing budgets update"),
        [
            "billing budgets update billingAccounts/A/budgets/1 --budget-amount=100USD --billing-project=proj-one"
        ]
    );
}

#[test]
fn a_budget_in_another_currency_is_a_mistake_in_the_config() {
    let (_, error, _) = run(complete(), &with_budget(Some("EUR")));
    let error = error.expect("it fails");
    assert!(
        error.contains("budget.currency is EUR; A is billed in USD; set budget.currency to USD"),
        "{error}"
    );
}

#[test]
fn several_budgets_of_one_name_that_are_not_ours_need_a_person() {
    let gcloud =
        complete().on("billing budgets list", Reply::json(json!([budget("1", "100"), budget("2", "100")])));
    let (_, error, gcloud) = run(gcloud, &with_budget(None));
    assert!(error.expect("it fails").contains("billingAccounts/A/budgets/1, billingAccounts/A/budgets/2"));
    assert!(gcloud.calls_of("billing budgets delete").is_empty());
}

#[test]
fn without_an_amount_the_budget_is_left_out_visibly() {
    let items = step(&config()).items;
    let Some(engine::Item::Skip { address, command, .. }) = items.last() else { panic!("a skip") };
    assert_eq!(address.as_str(), "budget/proj-one");
    assert_eq!(command.as_deref(), Some("deploy-all --set budget.monthly_amount=100"));
}
