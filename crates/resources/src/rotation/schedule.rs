use super::{Rotation, rotation_publisher, topic_address};
use crate::SecretValue;
use crate::secret::{change_listed, listed};
use engine::{Address, AtDestroy, Diff, Finding, Need, Reader, Resource, Result, State, Writer};
use gcloud::{Command, gcloud};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

/// When Secret Manager says that a secret is due to be rotated, and where it says so: on a Pub/Sub topic. It only says so.
/// The time of the next message is Google's to move: it goes on by the period with every message.
pub struct RotationSchedule {
    rotation: Rotation,
    project: String,
    topic: String,
    days: Option<u32>,
    command: &'static str,
}

impl RotationSchedule {
    /// That of the secret that this rotation is of, and `command` rotates; told to a topic of the project. Without `days` there
    /// must be none.
    pub fn new(
        rotation: Rotation,
        command: &'static str,
        project: &str,
        topic: &str,
        days: Option<u32>,
    ) -> Self {
        Self { rotation, project: project.to_owned(), topic: topic.to_owned(), days, command }
    }

    fn secret(&self) -> &'static str {
        self.rotation.secret()
    }

    fn path(&self, topic: &str) -> String {
        format!("projects/{}/topics/{topic}", self.project)
    }

    /// `projects/P/topics/T` is `T`, where the project is this one.
    fn short<'a>(&self, path: &'a str) -> &'a str {
        path.strip_prefix(&self.path("")).unwrap_or(path)
    }

    /// The topics of the secret that this tool put there under a name that the config no longer says. Others are somebody
    /// else's, who wants to know what happens to the secret.
    fn former(&self, cloud: &Reader, secret: &Value) -> Vec<String> {
        let ours = |path: &String| {
            let name = self.short(path);
            name != path && name != self.topic && cloud.made_by_us(&topic_address(name))
        };
        topics(secret).into_iter().filter(ours).collect()
    }

    fn compare(&self, cloud: &Reader, secret: &Value, days: u32) -> State {
        let (named, period) = (topics(secret).contains(&self.path(&self.topic)), period(secret));
        if !named && period.is_none() {
            return State::Absent;
        }
        let former = self.former(cloud, secret);
        let mut diffs = Vec::new();
        if !named || !former.is_empty() {
            let own = named.then(|| self.topic.clone());
            let found: Vec<String> =
                own.into_iter().chain(former.iter().map(|path| self.short(path).to_owned())).collect();
            let found = if found.is_empty() { "(none)".to_owned() } else { found.join(", ") };
            diffs.push(Diff::new(TOPIC, found, &self.topic));
        }
        if period != Some(i64::from(days) * DAY) {
            diffs.push(Diff::new(
                PERIOD,
                period.map_or("(none)".to_owned(), in_days),
                in_days(i64::from(days) * DAY),
            ));
        }
        State::from_diffs(diffs)
    }

    /// When it is due: the period after the last rotation. Where that is over or near, tomorrow: Google takes no time that is
    /// past, and some time goes by until the command is run.
    fn due(&self, cloud: &Reader, period: i64) -> Result<Timestamp> {
        let now = Timestamp::now();
        let last = self.last(cloud)?.unwrap_or(now);
        Ok((last + SignedDuration::from_secs(period)).max(now + SignedDuration::from_secs(DAY)))
    }

    /// When it was rotated last; a secret that never was is as old as it is.
    fn last(&self, cloud: &Reader) -> Result<Option<Timestamp>> {
        if let Some(last) = self.rotation.last(cloud)? {
            return Ok(Some(last));
        }
        let made = listed(cloud, self.secret())?;
        Ok(made.and_then(|secret| secret["createTime"].as_str()?.parse().ok()))
    }

    fn change(&self, cloud: &Writer, command: Command, change: impl FnOnce(&mut Value)) -> Result<()> {
        change_listed(cloud, self.secret(), command, change)
    }
}

const TOPIC: &str = "topic";
const PERIOD: &str = "period";

fn topics(secret: &Value) -> Vec<String> {
    let topics = secret["topics"].as_array().into_iter().flatten();
    topics.filter_map(|topic| topic["name"].as_str().map(str::to_owned)).collect()
}

/// Seconds between two messages, `"7776000s"`. `None`: there is no schedule.
fn period(secret: &Value) -> Option<i64> {
    secret["rotation"]["rotationPeriod"].as_str()?.strip_suffix('s')?.split('.').next()?.parse().ok()
}

fn in_days(seconds: i64) -> String {
    match (seconds % DAY, seconds / DAY) {
        (0, 1) => "1 day".to_owned(),
        (0, days) => format!("{days} days"),
        _ => format!("{seconds} seconds"),
    }
}

/// When the next message comes where a secret was rotated just now. `None`: it has no schedule.
pub(crate) fn next_rotation(secret: &Value) -> Option<String> {
    period(secret).map(|seconds| written(Timestamp::now() + SignedDuration::from_secs(seconds)))
}

/// As gcloud sends it: whole seconds, UTC.
fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl Resource for RotationSchedule {
    fn address(&self) -> Address {
        Address::new("rotation-schedule", self.secret())
    }

    fn wanted(&self) -> bool {
        self.days.is_some()
    }

    fn needs(&self) -> Vec<Need> {
        let secret = Need::Resource(SecretValue::address_of(self.secret()));
        let mut needs = vec![Need::Api("secretmanager.googleapis.com"), secret];
        if self.wanted() {
            let publisher = rotation_publisher(&self.project, &self.topic).address();
            needs.extend([Need::Resource(topic_address(&self.topic)), Need::Resource(publisher)]);
        }
        needs
    }

    /// The secret tells of itself, also where the topic is yet to be made.
    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(secret) = listed(cloud, self.secret())? else { return Ok(State::Absent) };
        Ok(match self.days {
            Some(days) => self.compare(cloud, &secret, days),
            None if topics(&secret).contains(&self.path(&self.topic)) || secret["rotation"].is_object() => {
                State::Present
            }
            None => State::Absent,
        })
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        self.update(cloud, &[])
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let (Some(days), Some(secret)) = (self.days, listed(cloud, self.secret())?) else { return Ok(()) };
        let (name, topic, seconds) = (self.secret(), self.path(&self.topic), i64::from(days) * DAY);
        let (named, former) = (topics(&secret).contains(&topic), self.former(cloud, &secret));
        if !named || period(&secret) != Some(seconds) {
            let due = written(self.due(cloud, seconds)?);
            let command =
                gcloud!["secrets update", name, "--rotation-period={seconds}s", "--next-rotation-time={due}"];
            self.change(cloud, command.arg_if(!named, format!("--add-topics={topic}")), |secret| {
                let mut all = topics(secret);
                all.extend((!named).then(|| topic.clone()));
                secret["topics"] = all.iter().map(|name| json!({"name": name})).collect();
                secret["rotation"] =
                    json!({"nextRotationTime": due, "rotationPeriod": format!("{seconds}s")});
            })?;
        }
        if !former.is_empty() {
            // gcloud takes topics away only in a command that adds none.
            let command = gcloud!["secrets update", name, format!("--remove-topics={}", former.join(","))];
            self.change(cloud, command, |secret| remove(secret, &former))?;
        }
        Ok(())
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let Some(secret) = listed(cloud, self.secret())? else { return Ok(()) };
        let topic = self.path(&self.topic);
        let mut ours = self.former(cloud, &secret);
        ours.extend(topics(&secret).into_iter().filter(|path| *path == topic));
        let command = gcloud!["secrets update", self.secret(), "--remove-rotation-schedule"];
        let command = command.arg_if(!ours.is_empty(), format!("--remove-topics={}", ours.join(",")));
        self.change(cloud, command, |secret| {
            remove(secret, &ours);
            if let Some(secret) = secret.as_object_mut() {
                secret.remove("rotation");
            }
        })
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::With(SecretValue::address_of(self.secret()))
    }

    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let (Some(days), Some(last)) = (self.days, self.last(cloud)?) else { return Ok(Vec::new()) };
        let age = Timestamp::now().duration_since(last).as_secs().max(0) / DAY;
        let expected = format!("at most {} ago", in_days(i64::from(days) * DAY));
        let found = if age == 0 { "today".to_owned() } else { format!("{} ago", in_days(age * DAY)) };
        let todo = format!("run `{}`", self.command);
        Ok(vec![Finding::new("last rotation", expected, found, age <= i64::from(days)).todo(todo)])
    }
}

fn remove(secret: &mut Value, gone: &[String]) {
    let left = topics(secret).into_iter().filter(|name| !gone.contains(name));
    secret["topics"] = left.map(|name| json!({"name": name})).collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_read_as_google_writes_it() {
        let of = |text: &str| period(&json!({"rotation": {"rotationPeriod": text}}));
        assert_eq!((of("7776000s"), of("3600.000s"), of("1h")), (Some(7_776_000), Some(3600), None));
        assert_eq!(period(&json!({"rotation": {"nextRotationTime": "2030-01-01T00:00:00Z"}})), None);
        assert_eq!(
            (in_days(DAY), in_days(90 * DAY), in_days(3600)),
            ("1 day".into(), "90 days".into(), "3600 seconds".into())
        );
    }
}
