//! What is expected of the tool, fault by fault.

/// What the tool does about a fault.
#[derive(Clone, Debug)]
pub enum Expect {
    /// It gets over it by itself, and what there is then is what an undisturbed run makes.
    Passes,
    /// It leaves out what the fault is about, with a warning that says this, and does the rest; the next run makes it.
    LeavesOut(&'static str),
    /// It tries for so many minutes of Google's time, then stops with exit code 1 and a paragraph. Run again once the
    /// fault has passed, it finishes.
    GivesUp { why: &'static str, todo: &'static str, minutes: f64 },
    /// It ends with exit code 1 and a paragraph, after waits that no budget of tries counts. Run again, it finishes.
    Ends { why: &'static str, todo: &'static str },
    /// It stops at the first sight of it, with a paragraph. Once the cause is lifted, the same command finishes.
    Stops { code: i32, why: &'static str, todo: &'static str },
}

/// One fault, and where it is met.
#[derive(Debug)]
pub struct Row {
    /// Its name in the emulator's catalogue.
    pub fault: &'static str,
    /// What it strikes, if not what the emulator's catalogue says: in a word, and as a pattern.
    pub on: Option<(&'static str, &'static str)>,
    /// How many requests one occurrence takes, if gcloud does not repeat this one.
    pub requests: Option<u32>,
    /// The number of the step that meets it.
    pub step: usize,
    /// It is met by a run after that step's first one.
    pub again: bool,
    pub once: Expect,
    pub for_ever: Expect,
    /// What the second run is told besides.
    pub then: &'static [&'static str],
    /// What stands in the place of the project's id then.
    pub renamed: &'static str,
    /// What is there besides, as patterns: what the fault leaves and nobody takes away.
    pub leaves: &'static [&'static str],
}

impl Row {
    /// With what it strikes.
    pub fn name(&self) -> String {
        match self.on {
            Some((place, _)) => format!("{} ({place})", self.fault),
            None => self.fault.to_owned(),
        }
    }

    fn on(mut self, place: &'static str, pattern: &'static str) -> Self {
        self.on = Some((place, pattern));
        self
    }

    /// gcloud sends it only once.
    fn sent_once(mut self) -> Self {
        self.requests = Some(1);
        self
    }

    fn again(mut self) -> Self {
        self.again = true;
        self
    }

    fn leaving(mut self, patterns: &'static [&'static str]) -> Self {
        self.leaves = patterns;
        self
    }
}

fn row(fault: &'static str, step: usize, once: Expect, for_ever: Expect) -> Row {
    Row {
        fault,
        on: None,
        requests: None,
        step,
        again: false,
        once,
        for_ever,
        then: &[],
        renamed: crate::stage::PROJECT,
        leaves: &[],
    }
}

/// Passes by itself; if not, it is given up after so many minutes.
fn passing(fault: &'static str, step: usize, minutes: f64, why: &'static str, todo: &'static str) -> Row {
    row(fault, step, Expect::Passes, Expect::GivesUp { why, todo, minutes })
}

/// Only a person can put it right.
fn human(fault: &'static str, step: usize, why: &'static str, todo: &'static str) -> Row {
    let stops = || Expect::Stops { code: 1, why, todo };
    row(fault, step, stops(), stops())
}

const LOST: (f64, &str, &str) = (1.0, "Google or the network failed", "run the command again");

/// Ends in doubt, with the change made: the tool looks, and finds it.
fn made(fault: &'static str, step: usize) -> Row {
    row(fault, step, Expect::Passes, Expect::Passes)
}

/// Ends in doubt: the tool looks what is there, five times.
fn doubtful(fault: &'static str, step: usize) -> Row {
    passing(fault, step, LOST.0, LOST.1, LOST.2)
}

fn rate(fault: &'static str, step: usize) -> Row {
    passing(fault, step, 5.0, "Google refuses more requests for the moment", "wait some minutes")
}

fn conflict(fault: &'static str, step: usize) -> Row {
    passing(fault, step, 2.0, "somebody else changed it at the same time", "run the command again")
}

fn busy(fault: &'static str, step: usize) -> Row {
    passing(fault, step, 30.0, "another operation on it still runs", "wait for it to end")
}

/// All rows.
pub fn rows() -> Vec<Row> {
    [transient(), propagation(), ambiguous(), state(), people()].into_iter().flatten().collect()
}

fn transient() -> Vec<Row> {
    vec![
        rate("rate-limit", 3).on("cache", "^POST redis.*/instances\\?"),
        rate("rate-limit-retry-after", 2).on("secret version", "^POST secretmanager.*:addVersion\\?"),
        rate("rate-limit-bare", 4).on("service account", "^POST iam.*/serviceAccounts\\?"),
        rate("rate-limit-403", 1).on("network", "^POST compute.*/global/networks\\?"),
        doubtful("unavailable", 2).on("secret", "^POST secretmanager.*/secrets\\?"),
        doubtful("unavailable", 3).on("cache", "^POST redis.*/instances\\?"),
        passing("unavailable-read", 2, LOST.0, LOST.1, LOST.2)
            .on("secrets", "^GET secretmanager.*/secrets\\?"),
        doubtful("unavailable", 2).on("schedule", "^PATCH secretmanager.*[?&]updateMask=[^&]*topics"),
        doubtful("bad-gateway", 6).on("log sink", "^POST logging.*/sinks\\?"),
        doubtful("reset", 1).on("subnet", "^POST compute.*/subnetworks\\?").sent_once(),
        doubtful("bad-gateway", 1).on("network", "^POST compute.*/global/networks\\?").sent_once(),
        row("slow-answer", 2, Expect::Passes, Expect::Passes).on("database", "^POST sqladmin.*/databases\\?"),
        conflict("policy-conflict", 4).on("secret", "^POST secretmanager.*:setIamPolicy\\?"),
        conflict("policy-conflict", 0).on("topic", "^POST pubsub.*:setIamPolicy\\?"),
        conflict("policy-conflict", 5).on("project", "^POST cloudresourcemanager.*:setIamPolicy\\?"),
        conflict("policy-conflict", 5).on("image repository", "^POST artifactregistry.*:setIamPolicy\\?"),
        conflict("policy-conflict", 5).on("service account", "^POST iam.*:setIamPolicy\\?"),
        conflict("policy-conflict", 4).on("service", "^POST [a-z0-9-]*run\\..*:setIamPolicy\\?"),
        conflict("policy-conflict", 6).on("bucket", "^PUT storage.*/iam\\?"),
        conflict("run-conflict", 4),
        busy("operation-in-progress", 2),
        busy("activation-in-progress", 0),
        busy("peering-busy", 1),
        busy("network-not-ready", 1),
    ]
}

fn propagation() -> Vec<Row> {
    vec![
        passing("api-not-visible", 3, 5.0, "the API redis.googleapis.com is not enabled", "enable it"),
        passing("project-not-visible", 0, 2.0, "the login may not do this", "ask an owner"),
        passing(
            "account-not-visible",
            4,
            7.0,
            "a service account that it names does not exist",
            "run the step",
        ),
        row(
            "account-not-listed",
            4,
            Expect::Passes,
            Expect::GivesUp {
                why: "the name belongs to somebody else",
                todo: "choose another name",
                minutes: 0.25,
            },
        )
        .again(),
        passing(
            "sink-writer-not-visible",
            6,
            7.0,
            "a service account that it names does not exist",
            "run the step",
        ),
        passing("role-not-effective", 4, 7.0, "may not", "role"),
        passing("publisher-not-effective", 2, 7.0, "may not", "role"),
        passing("peering-not-ready", 2, 5.0, "the network has no private services access", "step 01-network"),
        passing(
            "peering-not-ready-redis",
            3,
            5.0,
            "the network has no private services access",
            "step 01-network",
        ),
        passing(
            "agent-not-ready",
            3,
            5.0,
            "Google's own service agent lacks a role",
            "give it back its role",
        ),
        passing("metric-not-visible", 6, 10.0, "a metric that it names does not exist", "wait some minutes"),
    ]
}

fn ambiguous() -> Vec<Row> {
    vec![
        made("unavailable-after", 0).on("project", "^POST cloudresourcemanager.*/projects\\?"),
        made("unavailable-after", 0).on("budget", "^POST billingbudgets.*/budgets\\?"),
        made("unavailable-after", 2).on("database instance", "^POST sqladmin.*/instances\\?"),
        // gcloud sends it five times. Versions cannot be taken back, only destroyed, and these hold the same value.
        made("unavailable-after", 2)
            .on("secret version", "^POST secretmanager.*:addVersion\\?")
            .leaving(&["^secretmanager/[^ ]*/versions/[2-9] .*", "codementor-db/codementor/[0-9]+"]),
        made("unavailable-after", 6).on("alert policy", "^POST monitoring.*/alertPolicies\\?"),
        made("unavailable-after", 6).on("uptime check", "^POST monitoring.*/uptimeCheckConfigs\\?"),
        made("unavailable-after", 6).on("mail channel", "^POST monitoring.*/notificationChannels\\?"),
        made("internal-after", 4).on("service account", "^POST iam.*/serviceAccounts\\?"),
        made("internal-after", 4).on("service", "^(POST|PUT) [a-z0-9-]*run\\..*/services"),
        made("answer-lost", 0).on("project", "^POST cloudresourcemanager.*/projects\\?"),
        made("answer-lost", 0).on("topic", "^PUT pubsub.*/topics/"),
        made("answer-lost", 1).on("subnet", "^POST compute.*/subnetworks\\?"),
        made("answer-lost", 1).on("peering", "^POST servicenetworking.*/connections\\?"),
        made("answer-lost", 2).on("user", "^POST sqladmin.*/users\\?"),
        made("answer-lost", 5).on("trigger", "^POST cloudbuild.*/triggers\\?"),
        made("answer-lost", 6).on("log archive", "^POST storage.*/b\\?"),
        // The database is found. A user's password cannot be looked at: it is set again, as often as there are tries.
        passing("wait-lost", 2, LOST.0, LOST.1, LOST.2),
        row(
            "client-timeout",
            2,
            Expect::Passes,
            Expect::Ends {
                why: "Google's operation takes far longer than usual",
                todo: "run the command again",
            },
        ),
        made("made-but-reported-failed", 3),
        doubtful("operation-failed", 3),
    ]
}

fn state() -> Vec<Row> {
    // It is said of one's own project too, which a list may not show yet: a quarter of a minute is given to that.
    let why = "the name belongs to somebody else";
    let taken = || Expect::GivesUp { why, todo: "choose another name", minutes: 0.25 };
    let taken = Row {
        then: &["--set", "project.id=codementor-dev-2"],
        renamed: "codementor-dev-2",
        ..row("project-id-taken", 0, taken(), taken())
    };
    vec![
        taken,
        human("project-deleted", 2, "the project is marked for deletion", "gcloud projects undelete"),
        row(
            "connector-error",
            4,
            Expect::Passes,
            Expect::Ends { why: "state ERROR: Operation failed", todo: "look at it in the console" },
        ),
        human("connector-error-found", 4, "journal does not say that it made it", "delete it by hand"),
        row(
            "instance-failed",
            2,
            Expect::Passes,
            Expect::Ends {
                why: "state FAILED: Failed to create subnetwork",
                todo: "look at it in the console",
            },
        ),
        row("secret-without-version", 2, Expect::Passes, Expect::Passes),
        row("account-made-again", 4, Expect::Passes, Expect::Passes).again(),
        human("bucket-name-taken", 6, "the name belongs to somebody else", "choose another name"),
        row("peering-half-removed", 1, Expect::Passes, Expect::Passes),
    ]
}

fn people() -> Vec<Row> {
    vec![
        human("login-expired", 2, "the login is missing or has expired", "gcloud auth login"),
        human("wrong-account", 2, "the login may not do this", "ask an owner of the project"),
        human("permission", 2, "the login may not do this", "ask an owner of the project"),
        human("billing-account-closed", 0, "the login sees no open billing account", "make or open one"),
        // In a project that was just made, a link to its account may not be known everywhere yet.
        row(
            "billing-disabled",
            0,
            Expect::GivesUp {
                why: "the project has no open billing account",
                todo: "link one",
                minutes: 2.0,
            },
            Expect::GivesUp {
                why: "the project has no open billing account",
                todo: "link one",
                minutes: 2.0,
            },
        ),
        human("billing-quota", 0, "as many projects as Google allows it", "ask for more"),
        human("redis-quota", 3, "a quota of the project is used up", "ask for more"),
        human("network-quota", 1, "a quota of the project is used up", "ask for more"),
        row(
            "repository-not-connected",
            5,
            Expect::LeavesOut("not connected"),
            Expect::LeavesOut("not connected"),
        ),
        human("organization-policy", 4, "a policy of the organization forbids it", "administrator"),
        human("organization-policy-region", 3, "a policy of the organization forbids it", "administrator"),
        human(
            "builds-not-allowed",
            5,
            "Google does not run builds of this project in this region",
            "another region",
        ),
        human("connector-range-taken", 4, "an address range is in use", "choose another range"),
        human("connector-agent", 4, "Google's own service agent lacks a role", "give it back its role"),
    ]
}
