//! The step by the real gcloud, against the emulator.

use config::Config;
use resources::lab::{Lab, PROJECT, Run};
use serde_json::{Value, json};
use step_project::doctor::{self, Level};

const CRM: &str = "cloudresourcemanager.googleapis.com";
const ACCOUNT: &str = "cloudbilling/billingAccounts/000000-000000-000000";

fn config() -> Config {
    let mut config = Config::default();
    config.project.id = PROJECT.to_owned();
    config
}

fn with_budget(amount: u64, thresholds: &[u32]) -> Config {
    let mut config = config();
    config.budget.monthly_amount = Some(amount);
    config.budget.thresholds = thresholds.to_vec();
    config
}

fn apply(lab: &Lab, config: &Config) -> Run {
    lab.apply(&[step_project::step(config)])
}

/// What a person is told: what, why, what to do.
fn problem(run: &Run) -> String {
    let error = run.result.as_ref().expect_err("the run was refused");
    let problem = error.explain(PROJECT, "checking failed".to_owned());
    format!("{} / {} / {} / {}", problem.what, problem.said, problem.why, problem.todo)
}

fn budgets(lab: &Lab) -> Vec<Value> {
    let world = lab.world();
    let rows = world.as_object().expect("objects").iter();
    rows.filter(|(key, _)| key.starts_with("billingbudgets/")).map(|(_, o)| o["data"].clone()).collect()
}

#[test]
fn a_new_project_is_made_complete_and_a_second_run_changes_nothing() {
    let lab = Lab::empty();
    let mut config = with_budget(100, &[50, 90, 100]);
    config.project.organization = Some("123456789".to_owned());
    let first = apply(&lab, &config).well();
    assert_eq!(first.summary.counts.created, 5, "{:?}", first.plan());
    let project = lab.object(&format!("cloudresourcemanager/projects/{PROJECT}"));
    assert_eq!(project["labels"], json!({"app": "codementor", "managed-by": "deploy-all"}));
    assert_eq!(project["parent"], json!({"type": "organization", "id": "123456789"}));
    let world = lab.world();
    for api in step_project::REQUIRED {
        let key = format!("serviceusage/projects/{PROJECT}/services/{api}");
        assert_eq!(world[&key]["data"]["state"], "ENABLED", "{api}");
    }
    let bundle = format!("serviceusage/projects/{PROJECT}/services/bigquery.googleapis.com");
    assert_eq!(world[&bundle], Value::Null, "gcloud's own bundle of APIs is not enabled");
    let policy = &world[format!("cloudresourcemanager/projects/{PROJECT}")]["policy"];
    for role in
        ["roles/redis.serviceAgent", "roles/cloudsql.serviceAgent", "roles/servicenetworking.serviceAgent"]
    {
        assert!(policy["bindings"].as_array().expect("bindings").iter().any(|b| b["role"] == role), "{role}");
    }
    let [budget] = &budgets(&lab)[..] else { panic!("one budget") };
    assert_eq!(budget["amount"]["specifiedAmount"], json!({"currencyCode": "USD", "units": "100"}));

    let second = apply(&lab, &config).well();
    assert_eq!((second.plan(), second.writes), (vec![], vec![]));
    assert!(second.processes <= 6, "{}", second.processes);

    // Drift is brought back in place: gcloud merges thresholds unless it is told to clear them.
    let mut changed = with_budget(250, &[80]);
    changed.project.organization.clone_from(&config.project.organization);
    changed.project.name = "CodeMentor Two".to_owned();
    lab.ok(
        "POST",
        "serviceusage.googleapis.com",
        &format!("/v1/projects/{PROJECT}/services/cloudtrace.googleapis.com:disable"),
        json!({}),
    );
    let third = apply(&lab, &changed).well();
    assert_eq!(
        third.plan(),
        [
            format!("~ project/{PROJECT} name"),
            "~ apis/required cloudtrace.googleapis.com".to_owned(),
            format!("~ budget/{PROJECT} monthly_amount thresholds"),
        ]
    );
    let [budget] = &budgets(&lab)[..] else { panic!("still one budget") };
    assert_eq!(budget["amount"]["specifiedAmount"]["units"], "250");
    assert_eq!(budget["thresholdRules"], json!([{"thresholdPercent": 0.8, "spendBasis": "CURRENT_SPEND"}]));
    assert_eq!(lab.plan(&[step_project::step(&changed)]).well().plan(), Vec::<String>::new());
    lab.no_violations();
}

#[test]
fn a_project_of_somebody_else_keeps_its_name_and_gets_what_is_missing() {
    let lab = Lab::empty();
    lab.ok("POST", CRM, "/v1/projects", json!({"projectId": PROJECT, "name": "somebodys"}));
    // Another project that is being enabled at the same moment, or a lost operation: gcloud exits 0 all the same.
    lab.fault(json!({"match": "services:batchEnable", "times": 1,
                     "action": {"fail_operation": {"code": 13, "message": "internal"}}}));
    let failed = apply(&lab, &config());
    assert!(
        problem(&failed).contains("apis/required was changed, but is not as it should be"),
        "{}",
        problem(&failed)
    );
    lab.faults_struck();
    let run = apply(&lab, &config()).well();
    assert_eq!(run.summary.counts.created, 2, "{:?}", run.plan());
    let project = lab.object(&format!("cloudresourcemanager/projects/{PROJECT}"));
    assert_eq!((&project["name"], &project["labels"]), (&json!("somebodys"), &Value::Null));
    assert_eq!(apply(&lab, &config()).well().writes, Vec::<String>::new());
    lab.no_violations();
}

#[test]
fn what_only_a_person_can_decide_is_asked_before_anything_is_made() {
    let lab = Lab::empty();
    let other = json!({"name": "billingAccounts/AAAAAA-AAAAAA-AAAAAA", "open": true, "displayName": "Other", "currencyCode": "EUR"});
    lab.arrange(json!([{"key": "cloudbilling/billingAccounts/AAAAAA-AAAAAA-AAAAAA", "data": other}]));
    let several = apply(&lab, &config());
    assert!(
        problem(&several).contains("000000-000000-000000 (My Billing Account), AAAAAA-AAAAAA-AAAAAA (Other)"),
        "{}",
        problem(&several)
    );
    lab.arrange(json!([{"key": "cloudbilling/billingAccounts/AAAAAA-AAAAAA-AAAAAA", "remove": true},
                       {"key": ACCOUNT, "data": {"name": "billingAccounts/000000-000000-000000", "open": false}}]));
    let none = apply(&lab, &config());
    assert!(
        problem(&none).contains("there is no billing account to pay for the project"),
        "{}",
        problem(&none)
    );
    let mut closed = config();
    closed.project.billing_account = Some("000000-000000-000000".to_owned());
    assert!(problem(&apply(&lab, &closed)).contains("000000-000000-000000 is closed"));
    assert_eq!((several.writes, none.writes), (vec![], vec![]));
}

#[test]
fn copies_of_a_budget_that_gcloud_made_are_removed() {
    let lab = Lab::new(&[]);
    let copy = |id: &str| {
        json!({"key": format!("billingbudgets/billingAccounts/000000-000000-000000/budgets/{id}"), "data": {
            "name": format!("billingAccounts/000000-000000-000000/budgets/{id}"), "displayName": format!("{PROJECT} (deploy-all)"),
            "amount": {"specifiedAmount": {"currencyCode": "USD", "units": "100"}},
            "thresholdRules": [{"thresholdPercent": 1.0, "spendBasis": "CURRENT_SPEND"}],
            "budgetFilter": {"projects": [format!("projects/{PROJECT}")]}}})
    };
    lab.arrange(json!([copy("one"), copy("two")]));
    lab.claim(&engine::Address::new("budget", PROJECT));
    apply(&lab, &with_budget(100, &[100])).well();
    assert_eq!(budgets(&lab).len(), 1);
    lab.no_violations();
}

#[test]
fn the_doctor_says_what_is_in_the_way_and_what_it_cannot_know() {
    let lab = Lab::new(&[]);
    for (constraint, list) in [
        ("iam.allowedPolicyMemberDomains", json!({"allowedValues": ["C0abc"]})),
        ("gcp.resourceLocations", json!({"allowedValues": ["in:europe-locations"]})),
    ] {
        let policy =
            json!({"policy": {"constraint": format!("constraints/{constraint}"), "listPolicy": list}});
        lab.ok("POST", CRM, &format!("/v1/projects/{PROJECT}:setOrgPolicy"), policy);
    }
    let rows = doctor::check(&lab.reader(), &config(), Some("owner@example.com")).expect("rows");
    let level = |subject: &str| {
        rows.iter().find(|r| r.subject == subject).unwrap_or_else(|| panic!("{subject}")).level
    };
    assert_eq!(level("project"), Level::Ok);
    assert_eq!(level("billing"), Level::Ok);
    assert_eq!(level("APIs"), Level::Ok);
    assert_eq!(level("policy iam.allowedPolicyMemberDomains"), Level::Fail);
    assert_eq!(level("policy compute.restrictVpcPeering"), Level::Ok);
    assert_eq!(level("policy gcp.resourceLocations"), Level::Unknown);
    assert_eq!(level("rights on the project"), Level::Ok);
    assert_eq!(level("rights on the billing account"), Level::Unknown);
    lab.no_violations();
}

#[test]
fn where_a_secret_has_a_schedule_there_is_a_topic_that_it_may_be_told_to() {
    let lab = Lab::empty();
    apply(&lab, &config()).well();
    let mut scheduled = config();
    scheduled.rotation.db_password_days = Some(90);
    let key = format!("pubsub/projects/{PROJECT}/topics/codementor-secret-rotation");
    let publisher = "iam-binding/topic/codementor-secret-rotation/pubsub.publisher/secret-manager";
    // Between making the agent and giving it the right.
    lab.fault(json!({"match": "topics/.*:setIamPolicy", "times": 1,
                     "action": {"status": {"code": 400, "status": "FAILED_PRECONDITION", "message": "The run ends here."}}}));
    apply(&lab, &scheduled).result.expect_err("it may not give the right");
    lab.faults_struck();
    assert_eq!(lab.object(&key)["labels"], json!({"app": "codementor", "managed-by": "deploy-all"}));
    assert_eq!(lab.world()[&key]["policy"]["bindings"], Value::Null);
    assert_eq!(apply(&lab, &scheduled).well().plan(), [format!("+ {publisher}")]);
    assert_eq!(lab.world()[&key]["policy"]["bindings"][0]["role"], "roles/pubsub.publisher");
    let again = apply(&lab, &scheduled).well();
    assert_eq!((again.plan(), again.writes), (vec![], vec![]));

    scheduled.project.labels.insert("team".to_owned(), "web".to_owned());
    let labelled = apply(&lab, &scheduled).well();
    let expected = [
        format!("~ project/{PROJECT} labels.team"),
        "~ pubsub-topic/codementor-secret-rotation labels.team".to_owned(),
    ];
    assert_eq!(labelled.plan(), expected);
    lab.no_violations();
}
