//! The step through gcloud (the stand-in unless `TEST_GCLOUD` names another), against the emulator.

use config::Config;
use config::model::Egress;
use engine::{Address, Step};
use resources::lab::{Lab, PROJECT, given};
use serde_json::{Value, json};

const APIS: &[&str] = &[
    "compute.googleapis.com",
    "iam.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "vpcaccess.googleapis.com",
];
const SERVICE: &str = "run/projects/proj-one/locations/us-central1/services/codementor-backend";
const CONNECTOR: &str = "vpcaccess/projects/proj-one/locations/us-central1/connectors/codementor-connector";
const RUN: &str = "us-central1-run.googleapis.com";
const PATH: &str = "/apis/serving.knative.dev/v1/namespaces/proj-one/services/codementor-backend";

fn config() -> Config {
    let mut config = Config::default();
    config.project.id = PROJECT.to_owned();
    config
}

fn steps(config: &Config) -> Vec<Step> {
    let earlier = [
        ("network", "codementor-vpc"),
        ("subnet", "codementor-subnet"),
        ("secret", "database-url"),
        ("secret", "redis-url"),
        ("secret", "redis-ca"),
    ];
    vec![given(earlier.map(|(kind, name)| Address::new(kind, name))), step_cloud_run::step(config)]
}

/// A project with a network and with the secrets that the service reads.
fn lab() -> Lab {
    let lab = Lab::new(APIS);
    let compute = "compute.googleapis.com";
    let network = json!({"name": "codementor-vpc", "autoCreateSubnetworks": false});
    lab.ok("POST", compute, "/compute/v1/projects/proj-one/global/networks", network);
    let subnet = json!({"name": "codementor-subnet", "ipCidrRange": "10.128.0.0/20", "network": "global/networks/codementor-vpc"});
    lab.ok("POST", compute, "/compute/v1/projects/proj-one/regions/us-central1/subnetworks", subnet);
    for name in ["database-url", "redis-url", "redis-ca"] {
        let (host, path) = ("secretmanager.googleapis.com", "/v1/projects/proj-one/secrets");
        lab.ok("POST", host, &format!("{path}?secretId={name}"), json!({"replication": {"automatic": {}}}));
        lab.ok("POST", host, &format!("{path}/{name}:addVersion"), json!({"payload": {"data": "dmFsdWU="}}));
    }
    lab
}

/// Changes the service behind the tool's back.
fn tamper(lab: &Lab, change: impl Fn(&mut Value)) {
    let mut service = lab.ok("GET", RUN, PATH, Value::Null);
    change(&mut service);
    lab.ok("PUT", RUN, PATH, service);
}

fn image(lab: &Lab) -> String {
    let service = lab.object(SERVICE);
    service["spec"]["template"]["spec"]["containers"][0]["image"].as_str().expect("an image").to_owned()
}

fn invokers(lab: &Lab) -> Value {
    let policy = &lab.world()[SERVICE]["policy"];
    policy["bindings"].as_array().map_or(Value::Null, |bindings| bindings[0]["members"].clone())
}

#[test]
fn the_service_is_made_once_keeps_its_image_and_is_mended_where_it_drifts() {
    let lab = lab();
    let mut config = config();
    let run = lab.apply(&steps(&config)).well();
    assert_eq!(
        run.plan(),
        [
            "+ service-account/codementor-run",
            "+ iam-binding/secret/database-url/secretmanager.secretAccessor/codementor-run",
            "+ iam-binding/secret/redis-ca/secretmanager.secretAccessor/codementor-run",
            "+ iam-binding/secret/redis-url/secretmanager.secretAccessor/codementor-run",
            "+ vpc-connector/codementor-connector",
            "+ run-service/codementor-backend",
            "+ iam-binding/run-service/codementor-backend/run.invoker/allUsers",
        ]
    );
    let number = lab.object("cloudresourcemanager/projects/proj-one")["projectNumber"].clone();
    let url =
        format!("https://codementor-backend-{}.us-central1.run.app", number.as_str().expect("a number"));
    assert_eq!(run.summary.outputs["service.url"], url);
    assert_eq!(invokers(&lab), json!(["allUsers"]));
    assert_eq!(lab.object(CONNECTOR)["state"], "READY");
    let template = lab.object(SERVICE)["spec"]["template"].clone();
    assert_eq!(template["spec"]["serviceAccountName"], "codementor-run@proj-one.iam.gserviceaccount.com");
    assert_eq!(template["spec"]["volumes"][0]["secret"]["secretName"], "redis-ca");

    let again = lab.apply(&steps(&config)).well();
    assert_eq!((again.plan().len(), again.writes.len()), (0, 0), "{:?} {:?}", again.plan(), again.writes);
    assert_eq!(again.processes, 7);

    // A build deploys an image, and somebody changes settings by hand.
    tamper(&lab, |service| {
        let container = &mut service["spec"]["template"]["spec"]["containers"][0];
        container["image"] = json!("us-docker.pkg.dev/cloudrun/container/hello:from-the-build");
        container["resources"]["limits"] = json!({"cpu": "1000m", "memory": "1Gi"});
        container["env"] = json!([{"name": "PGSSLMODE", "value": "disable"}, {"name": "MINE", "value": "hunter2"},
            {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "database-url", "key": "1"}}}]);
        container["volumeMounts"] = Value::Null;
        service["spec"]["template"]["spec"]["volumes"] = Value::Null;
        service["spec"]["template"]["spec"]["timeoutSeconds"] = json!(60);
        service["spec"]["template"]["metadata"]["annotations"]["autoscaling.knative.dev/minScale"] =
            json!("1");
        service["metadata"]["labels"] = json!({"commit": "abc"});
    });
    config.cloud_run.connector.max_instances = 5;
    config.cloud_run.public = false;
    config
        .cloud_run
        .env
        .insert("ALLOWED_ORIGINS".to_owned(), "https://a.example,https://b.example".to_owned());
    let run = lab.apply(&steps(&config)).well();
    assert_eq!(
        run.plan(),
        [
            "~ vpc-connector/codementor-connector max_instances",
            "~ run-service/codementor-backend memory min_instances timeout env.ALLOWED_ORIGINS env.DATABASE_URL env.MINE \
             env.PGSSLMODE env.REDIS_CA_FILE env.REDIS_URL file./secrets/redis-ca/ca.pem labels.app labels.managed-by",
            "- iam-binding/run-service/codementor-backend/run.invoker/allUsers",
        ]
    );
    assert!(!format!("{:?}", run.facts).contains("hunter2"), "what somebody put there is not shown");
    assert_eq!(image(&lab), "us-docker.pkg.dev/cloudrun/container/hello:from-the-build");
    assert_eq!(invokers(&lab), Value::Null);
    assert_eq!(lab.object(SERVICE)["metadata"]["labels"]["commit"], "abc");

    // The connector goes when the service has left it.
    config.cloud_run.egress = Egress::Direct;
    let run = lab.apply(&steps(&config)).well();
    assert_eq!(
        run.plan(),
        ["~ run-service/codementor-backend egress", "- vpc-connector/codementor-connector"],
        "nothing else differs since the run before"
    );
    assert_eq!(lab.object(CONNECTOR), Value::Null);
    let marks = lab.object(SERVICE)["spec"]["template"]["metadata"]["annotations"].clone();
    assert!(marks["run.googleapis.com/network-interfaces"].is_string(), "{marks}");
    assert!(lab.plan(&steps(&config)).well().plan().is_empty());
    lab.no_violations();
}
