use crate::{policy_grants, topic_address};
use engine::{Address, AtDestroy, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use gcloud::Command;

/// Whose policy it is.
enum Surface {
    Project { project: String },
    Secret { secret: String },
    ServiceAccount { email: String },
    RunService { service: String, region: String },
    Bucket { bucket: String },
    Repository { repository: String, location: String },
    Topic { topic: String },
}

/// Who gets the role.
enum Member {
    Fixed(String),
    /// Known only once something exists, e.g. a sink's writer. `None`: not known yet.
    Read(ReadMember),
}

type ReadMember = Box<dyn Fn(&Reader) -> Result<Option<String>> + Send + Sync>;

/// One member's role in the IAM policy of one thing.
pub struct IamBinding {
    surface: Surface,
    member: Member,
    label: String,
    role: String,
    needs: Vec<Need>,
    wanted: bool,
}

impl IamBinding {
    fn new(surface: Surface, member: impl Into<String>, role: &str) -> Self {
        let member = member.into();
        let label = short_member(&member);
        Self {
            surface,
            member: Member::Fixed(member),
            label,
            role: role.to_owned(),
            needs: Vec::new(),
            wanted: true,
        }
    }

    /// In the project's policy. Members have their prefix: `serviceAccount:…`, `allUsers`.
    pub fn on_project(project: &str, member: impl Into<String>, role: &str) -> Self {
        Self::new(Surface::Project { project: project.to_owned() }, member, role)
    }

    /// In a secret's policy.
    pub fn on_secret(secret: &str, member: impl Into<String>, role: &str) -> Self {
        Self::new(Surface::Secret { secret: secret.to_owned() }, member, role)
    }

    /// In the policy of a service account, named by its e-mail address.
    pub fn on_service_account(email: &str, member: impl Into<String>, role: &str) -> Self {
        Self::new(Surface::ServiceAccount { email: email.to_owned() }, member, role)
    }

    /// In a Cloud Run service's policy.
    pub fn on_run_service(service: &str, region: &str, member: impl Into<String>, role: &str) -> Self {
        Self::new(
            Surface::RunService { service: service.to_owned(), region: region.to_owned() },
            member,
            role,
        )
    }

    /// In a bucket's policy; the name without `gs://`.
    pub fn on_bucket(bucket: &str, member: impl Into<String>, role: &str) -> Self {
        Self::new(Surface::Bucket { bucket: bucket.to_owned() }, member, role)
    }

    /// In the policy of a repository of Artifact Registry.
    pub fn on_repository(repository: &str, location: &str, member: impl Into<String>, role: &str) -> Self {
        Self::new(
            Surface::Repository { repository: repository.to_owned(), location: location.to_owned() },
            member,
            role,
        )
    }

    /// In the policy of a Pub/Sub topic.
    pub fn on_topic(topic: &str, member: impl Into<String>, role: &str) -> Self {
        Self::new(Surface::Topic { topic: topic.to_owned() }, member, role)
    }

    /// A member that is only known once something else exists (a sink's writer identity). `label` stands for it in the address, instead of
    /// the member given before. `None` means: not there yet.
    pub fn member_from(
        mut self,
        label: &str,
        read: impl Fn(&Reader) -> Result<Option<String>> + Send + Sync + 'static,
    ) -> Self {
        self.member = Member::Read(Box::new(read));
        self.label = label.to_owned();
        self
    }

    /// Adds what must be there first.
    pub fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// False: the binding is removed where it is there.
    pub fn wanted(mut self, wanted: bool) -> Self {
        self.wanted = wanted;
        self
    }

    /// Whether it is there: the same read as the check's.
    pub fn is_there(&self, cloud: &Reader) -> Result<bool> {
        Ok(self.check(cloud)? == State::Present)
    }

    fn member(&self, cloud: &Reader) -> Result<Option<String>> {
        match &self.member {
            Member::Fixed(member) => Ok(Some(member.clone())),
            Member::Read(read) => read(cloud),
        }
    }

    fn policy_command(&self, verb: &str) -> Command {
        match &self.surface {
            Surface::Project { project } => Command::new("projects").arg(verb).arg(project),
            Surface::Secret { secret } => Command::new("secrets").arg(verb).arg(secret),
            Surface::ServiceAccount { email } => Command::new("iam service-accounts").arg(verb).arg(email),
            Surface::RunService { service, region } => {
                Command::new("run services").arg(verb).arg(service).arg(format!("--region={region}"))
            }
            Surface::Bucket { bucket } => {
                Command::new("storage buckets").arg(verb).arg(format!("gs://{bucket}"))
            }
            Surface::Repository { repository, location } => Command::new("artifacts repositories")
                .arg(verb)
                .arg(repository)
                .arg(format!("--location={location}")),
            Surface::Topic { topic } => Command::new("pubsub topics").arg(verb).arg(topic),
        }
    }

    /// `None` means: without a condition. gcloud knows the flag where a policy can have conditions.
    fn knows_conditions(&self) -> bool {
        !matches!(self.surface, Surface::Topic { .. })
    }
}

fn short_member(member: &str) -> String {
    let name = member.split_once(':').map_or(member, |(_, name)| name);
    name.split_once('@').map_or(name, |(local, _)| local).to_owned()
}

impl Resource for IamBinding {
    fn address(&self) -> Address {
        let on = match &self.surface {
            Surface::Project { .. } => "project".to_owned(),
            Surface::Secret { secret } => format!("secret/{secret}"),
            Surface::ServiceAccount { email } => format!("service-account/{}", short_member(email)),
            Surface::RunService { service, .. } => format!("run-service/{service}"),
            Surface::Bucket { bucket } => format!("bucket/{bucket}"),
            Surface::Repository { repository, .. } => format!("repository/{repository}"),
            Surface::Topic { topic } => format!("topic/{topic}"),
        };
        let role = self.role.strip_prefix("roles/").unwrap_or(&self.role);
        Address::new("iam-binding", format_args!("{on}/{role}/{}", self.label))
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.clone()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(member) = self.member(cloud)? else { return Ok(State::Absent) };
        let policy = cloud.find(self.policy_command("get-iam-policy"))?;
        let there = policy.is_some_and(|policy| policy_grants(&policy, &self.role, &member));
        Ok(if there { State::Present } else { State::Absent })
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        self.change(cloud, "add-iam-policy-binding")
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.create(cloud)
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::With(match &self.surface {
            Surface::Project { .. } => return AtDestroy::Deleted,
            Surface::Secret { secret } => Address::new("secret", secret),
            Surface::ServiceAccount { email } => Address::new("service-account", short_member(email)),
            Surface::RunService { service, .. } => Address::new("run-service", service),
            Surface::Bucket { bucket } => Address::new("bucket", bucket),
            Surface::Repository { repository, .. } => Address::new("image-repository", repository),
            Surface::Topic { topic } => topic_address(topic),
        })
    }

    /// Who has the right is an account of this deployment, so that nobody else misses it.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        self.change(cloud, "remove-iam-policy-binding")
    }

    /// Who may call a service from the internet is read back: that it works is what a person looks for first.
    fn verify_after(&self) -> bool {
        matches!(self.surface, Surface::RunService { .. })
    }
}

impl IamBinding {
    /// The whole command reads the policy, changes it and writes it with its etag, so that a conflict is answered by
    /// running it again, which the writer does.
    fn change(&self, cloud: &Writer, verb: &str) -> Result<()> {
        let Some(member) = self.member(cloud)? else {
            return Err(Error::person(
                format!("{} has no member yet", self.address()),
                format!("what gets {} could not be read", self.role),
                "run the command again in a few minutes",
            ));
        };
        let policy = cloud.change(
            self.policy_command(verb)
                .arg(format!("--member={member}"))
                .arg(format!("--role={}", self.role))
                .arg_if(self.knows_conditions(), "--condition=None"),
        )?;
        if policy["bindings"].is_array() && !self.verify_after() {
            cloud.remember(&self.policy_command("get-iam-policy"), policy);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_binding_with_a_condition_is_another_binding() {
        let policy = json!({"bindings": [
            {"role": "roles/run.invoker", "members": ["allUsers"], "condition": {"expression": "false"}},
            {"role": "roles/run.admin", "members": ["user:a@b.c"]},
        ]});
        assert!(!policy_grants(&policy, "roles/run.invoker", "allUsers"));
        assert!(policy_grants(&policy, "roles/run.admin", "user:a@b.c"));
        assert!(!policy_grants(&json!({"etag": "BwYAAAAAAAE="}), "roles/run.admin", "user:a@b.c"));
    }

    #[test]
    fn the_address_is_short_and_says_where_what_and_who() {
        let email = "codementor-run@codementor-dev.iam.gserviceaccount.com";
        let binding = IamBinding::on_secret(
            "database-url",
            format!("serviceAccount:{email}"),
            "roles/secretmanager.secretAccessor",
        );
        assert_eq!(
            binding.address().as_str(),
            "iam-binding/secret/database-url/secretmanager.secretAccessor/codementor-run"
        );
        let public = IamBinding::on_run_service("api", "us-central1", "allUsers", "roles/run.invoker");
        assert_eq!(public.address().as_str(), "iam-binding/run-service/api/run.invoker/allUsers");
    }
}
