//! How a deployment stands at this moment.

use crate::{Style, Tone, Verbosity, command, phrase, text};
use events::Diff;
use serde_json::{Map, Value, json};

/// How one resource stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// As the config wants it.
    Present,
    /// Not there, as the config wants it.
    Absent,
    /// Not there.
    Missing,
    /// There, with other settings.
    Drifted,
    /// There, and must not be.
    Unwanted,
    /// An operation on it still runs.
    Busy,
    /// There, and of no use.
    Broken,
    /// Its check failed.
    Unknown,
    /// What it needs is missing.
    Unchecked,
    /// The config leaves it out.
    LeftOut,
}

impl Stand {
    /// In the order in which they are counted.
    const ALL: [Self; 10] = [
        Self::Present,
        Self::Absent,
        Self::Missing,
        Self::Drifted,
        Self::Unwanted,
        Self::Busy,
        Self::Broken,
        Self::Unknown,
        Self::Unchecked,
        Self::LeftOut,
    ];

    /// The word for it, also in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Absent => "absent",
            Self::Missing => "missing",
            Self::Drifted => "drifted",
            Self::Unwanted => "unwanted",
            Self::Busy => "busy",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
            Self::Unchecked => "unchecked",
            Self::LeftOut => "left out",
        }
    }

    /// The same as a name.
    fn name(self) -> String {
        self.word().replace(' ', "_")
    }

    fn tone(self) -> Tone {
        match self {
            Self::Present | Self::Absent => Tone::Good,
            Self::Missing | Self::Broken | Self::Unknown => Tone::Bad,
            Self::Drifted | Self::Unwanted => Tone::Change,
            Self::Busy => Tone::Active,
            Self::Unchecked | Self::LeftOut => Tone::Quiet,
        }
    }
}

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusRow {
    /// `kind/name`
    pub resource: String,
    /// How it stands.
    pub stand: Stand,
    /// Why, or what goes on; empty where the word says it all.
    pub why: String,
    /// What differs.
    pub fields: Vec<Diff>,
    /// What a person can do or run.
    pub todo: Option<String>,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusStep {
    /// `03-redis`
    pub id: String,
    /// `Memorystore Redis`
    pub title: String,
    /// What it keeps.
    pub rows: Vec<StatusRow>,
}

/// The last run that the checkpoint knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastRun {
    /// Its id.
    pub run: String,
    /// `deploy`, `step` ...
    pub kind: String,
    /// When it began.
    pub started: String,
    /// `succeeded`, `stopped before its end`, `running`, `died`.
    pub outcome: String,
    /// When it ended, where it did.
    pub ended: Option<String>,
}

impl LastRun {
    fn words(&self) -> String {
        let ended = self.ended.as_ref().map(|ended| format!(", {ended}")).unwrap_or_default();
        format!("{} {}, begun {}: {}{ended}", self.kind, self.run, self.started, self.outcome)
    }
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The project's id.
    pub project: String,
    /// The environment's name.
    pub env: String,
    /// Where the calls go, when not to Google.
    pub redirection: Option<String>,
    /// When it was looked at.
    pub time: String,
    /// The steps, in order.
    pub steps: Vec<StatusStep>,
    /// What exists: dotted name to value.
    pub outputs: Vec<(String, String)>,
    /// What the checks had to say, with what a person can run.
    pub notes: Vec<(String, Option<String>)>,
    /// The last run, where the checkpoint knows one.
    pub last_run: Option<LastRun>,
    /// Who holds the lock.
    pub lock: Option<String>,
    /// How many gcloud processes were started.
    pub gcloud_commands: u32,
}

impl Status {
    fn rows(&self) -> impl Iterator<Item = &StatusRow> {
        self.steps.iter().flat_map(|step| &step.rows)
    }

    /// How many resources stand so.
    pub fn count(&self, stand: Stand) -> usize {
        self.rows().filter(|row| row.stand == stand).count()
    }

    /// `44 present, 1 missing`
    pub fn counts(&self) -> String {
        let counts = Stand::ALL.map(|stand| (self.count(stand), stand.word()));
        let some: Vec<String> = counts
            .iter()
            .filter(|(n, word)| *n > 0 && *word != Stand::Absent.word())
            .map(|(n, word)| format!("{n} {word}"))
            .collect();
        some.join(", ")
    }

    /// What it all comes to, in a sentence.
    pub fn verdict(&self) -> &'static str {
        let some = |stands: &[Stand]| stands.iter().any(|stand| self.count(*stand) > 0);
        let differs =
            [Stand::Missing, Stand::Drifted, Stand::Unwanted, Stand::Busy, Stand::Broken, Stand::Unchecked];
        match (some(&differs), some(&[Stand::Unknown])) {
            (false, false) => "Everything is as the config wants it.",
            (false, true) => "Nothing is known to differ from the config, but not everything could be read.",
            (true, false) => "It is not as the config wants it.",
            (true, true) => "It is not as the config wants it, and not everything could be read.",
        }
    }
}

/// For a person.
pub fn status_lines(status: &Status, verbosity: Verbosity, style: Style) -> Vec<String> {
    let columns = style.prose();
    let mut lines = Vec::new();
    let verdict = format!("{} {}.", status.verdict(), status.counts());
    let verdict = phrase::painted(style, Tone::Strong, text::wrap(&verdict, columns));
    if verbosity == Verbosity::Quiet {
        let failed = status.rows().filter(|row| row.stand == Stand::Unknown);
        failed.for_each(|row| row_part(&mut lines, row, style));
        lines.extend(verdict);
        return lines;
    }
    if let Some(redirection) = &status.redirection {
        let words = format!("Not on Google: {}", text::one_line(redirection, style));
        lines.extend(phrase::painted(style, Tone::Change, text::wrap(&words, columns)));
    }
    let head = format!("{}  status{}{}", status.project, style.dot(), status.env);
    lines.extend([style.paint(Tone::Strong, &text::one_line(&head, style)), String::new()]);
    let widest = status.steps.iter().map(|step| text::width(&step.id)).max().unwrap_or(0);
    for step in &status.steps {
        step_part(&mut lines, step, widest, verbosity, style);
    }
    if lines.last().is_some_and(|line| !line.is_empty()) {
        lines.push(String::new());
    }
    for (text, command) in &status.notes {
        lines.extend(text::hang("note: ", &text::one_line(text, style), columns));
        if let Some(command) = command {
            lines.extend(command::command_lines(command, 4, style.with_width(columns)));
        }
    }
    if !status.notes.is_empty() {
        lines.push(String::new());
    }
    facts(&mut lines, status, style);
    lines.extend(verdict);
    let cost = format!("Nothing was changed. {} gcloud processes were started.", status.gcloud_commands);
    lines.extend(phrase::painted(style, Tone::Quiet, text::wrap(&cost, columns)));
    lines
}

/// What a person looks for first, and what this machine knows.
fn facts(lines: &mut Vec<String>, status: &Status, style: Style) {
    let mut facts: Vec<(String, String)> = ["service.url", "project.console", "monitoring.dashboards"]
        .iter()
        .filter_map(|name| status.outputs.iter().find(|(found, _)| found == name).cloned())
        .collect();
    let last = status.last_run.as_ref().map_or_else(|| "none is known".to_owned(), LastRun::words);
    facts.push(("last run".to_owned(), last));
    let lock = status.lock.as_ref().map_or_else(|| "free".to_owned(), |who| format!("held by {who}"));
    facts.push(("lock".to_owned(), lock));
    let widest = facts.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0);
    for (name, value) in facts {
        let head = format!("{}  ", text::pad(&name, widest));
        let value = text::one_line(&value, style);
        // An address of the web that has no room beside its name stands whole on a line of its own.
        if value.contains("://") && text::width(&head) + text::width(&value) > style.prose() {
            lines.push(style.paint(Tone::Quiet, head.trim_end()));
            lines.push(format!("  {value}"));
            continue;
        }
        for (n, line) in text::hang(&head, &value, style.prose()).into_iter().enumerate() {
            lines.push(match line.strip_prefix(&head).filter(|_| n == 0) {
                Some(rest) => format!("{}{rest}", style.paint(Tone::Quiet, &head)),
                None => line,
            });
        }
    }
    lines.push(String::new());
}

fn step_part(lines: &mut Vec<String>, step: &StatusStep, ids: usize, verbosity: Verbosity, style: Style) {
    let count = |stand| step.rows.iter().filter(|row| row.stand == stand).count();
    let (present, absent, left_out) = (count(Stand::Present), count(Stand::Absent), count(Stand::LeftOut));
    let head = format!("{}  ", text::pad(&text::one_line(&step.id, style), ids));
    let title = text::one_line(&step.title, style);
    // What is not there and must not be is nothing to wonder about.
    let others = if left_out > 0 { format!(", {left_out} left out") } else { String::new() };
    let sum = format!("{present} present{others}");
    let quiet = present + absent + left_out == step.rows.len();
    let of =
        if quiet { sum } else { format!("{present} of {} present", step.rows.len() - absent - left_out) };
    let title_and_gap = format!("{}  ", text::pad(&title, 26));
    if text::width(&format!("{head}{title_and_gap}{of}")) <= style.line() {
        let (head, of) = (style.paint(Tone::Strong, &head), style.paint(Tone::Quiet, &of));
        lines.push(format!("{head}{title_and_gap}{of}"));
    } else {
        // Where there is no room for columns, one follows the other.
        let wrapped = text::hang(&head, &format!("{title}: {of}"), style.line());
        lines.extend(phrase::painted(style, Tone::Strong, wrapped));
    }
    for row in &step.rows {
        let dull = matches!(row.stand, Stand::Present | Stand::Absent | Stand::LeftOut);
        if !dull || verbosity == Verbosity::Verbose {
            row_part(lines, row, style);
        }
    }
}

fn row_part(lines: &mut Vec<String>, row: &StatusRow, style: Style) {
    let columns = style.prose().min(style.line());
    let head = format!("  {}  ", text::pad(row.stand.word(), 9));
    let why = if row.why.is_empty() { String::new() } else { format!(": {}", row.why) };
    let words = text::one_line(&format!("{}{why}", row.resource), style);
    for (n, line) in text::hang(&head, &words, columns).into_iter().enumerate() {
        lines.push(match line.strip_prefix(&head).filter(|_| n == 0) {
            Some(rest) => format!("{}{rest}", style.paint(row.stand.tone(), &head)),
            None => line,
        });
    }
    lines.extend(phrase::diff_lines(&row.fields, 15, style));
    if let Some(todo) = &row.todo {
        let hung = text::hang("             to do: ", &text::one_line(todo, style), columns);
        lines.extend(hung.iter().map(|line| style.paint(Tone::Quiet, line)));
    }
}

/// For a program, on one line.
pub fn status_json(status: &Status) -> String {
    let resources = status.steps.iter().flat_map(|step| {
        step.rows.iter().map(|row| {
            let mut value = json!({"step": step.id, "resource": row.resource, "state": row.stand.name()});
            if !row.why.is_empty() {
                value["why"] = json!(row.why);
            }
            if !row.fields.is_empty() {
                value["fields"] = json!(row.fields);
            }
            if let Some(todo) = &row.todo {
                value["todo"] = json!(todo);
            }
            value
        })
    });
    let outputs: Map<String, Value> =
        status.outputs.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let counts: Map<String, Value> =
        Stand::ALL.iter().map(|stand| (stand.name(), json!(status.count(*stand)))).collect();
    let last = status.last_run.as_ref().map(|last| {
        json!({"run": last.run, "kind": last.kind, "started": last.started, "outcome": last.outcome,
               "ended": last.ended})
    });
    json!({
        "type": "status", "time": status.time, "project": status.project, "env": status.env,
        "redirection": status.redirection, "counts": counts, "resources": resources.collect::<Vec<_>>(),
        "outputs": outputs, "notes": status.notes.iter().map(|(text, _)| text).collect::<Vec<_>>(),
        "last_run": last, "lock": status.lock, "gcloud_commands": status.gcloud_commands,
    })
    .to_string()
}

/// For a page: what the documents of the bash scripts had by hand.
pub fn status_markdown(status: &Status) -> Vec<String> {
    let cell = crate::outputs::cell;
    let mut lines = vec![format!("# Deployment status: {} ({})", status.project, status.env), String::new()];
    if let Some(redirection) = &status.redirection {
        lines.extend([format!("**Not on Google:** {}", cell(redirection)), String::new()]);
    }
    lines.push(format!("As of {}. {} {}.", status.time, status.verdict(), status.counts()));
    for step in &status.steps {
        lines.extend([String::new(), format!("## {} {}", step.id, step.title), String::new()]);
        lines.extend(["| resource | state | |".to_owned(), "|---|---|---|".to_owned()]);
        for row in &step.rows {
            let fields = row.fields.iter().map(|d| format!("{}: {} → {}", d.field, d.old, d.new));
            let mut words: Vec<String> = fields.collect();
            if !row.why.is_empty() {
                words.insert(0, row.why.clone());
            }
            let words = cell(&words.join("; "));
            lines.push(format!("| `{}` | {} | {words} |", cell(&row.resource), row.stand.word()));
        }
    }
    if !status.outputs.is_empty() {
        lines.extend([String::new(), "## Where to look".to_owned(), String::new()]);
        lines.extend(["| what | value |".to_owned(), "|---|---|".to_owned()]);
        for (name, value) in &status.outputs {
            let shown = match value.starts_with("https://") {
                true => format!("<{}>", cell(value)),
                false => format!("`{}`", cell(value)),
            };
            lines.push(format!("| {} | {shown} |", cell(name)));
        }
    }
    let last = status.last_run.as_ref().map_or_else(|| "none is known".to_owned(), LastRun::words);
    lines.extend([String::new(), format!("Last run: {}.", cell(&last))]);
    if let Some(lock) = &status.lock {
        lines.extend([String::new(), format!("At work now: {}.", cell(lock))]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status() -> Status {
        let row = |resource: &str, stand, why: &str, fields: Vec<Diff>| StatusRow {
            resource: resource.into(),
            stand,
            why: why.into(),
            fields,
            todo: (stand == Stand::Unknown).then(|| "ask for the role".to_owned()),
        };
        let redis = StatusStep {
            id: "03-redis".into(),
            title: "Memorystore Redis".into(),
            rows: vec![
                row("redis-instance/c", Stand::Drifted, "", vec![Diff::new("memory_gb", 1, 2)]),
                row("secret/redis-url", Stand::Present, "", Vec::new()),
                row("secret/redis-ca", Stand::Unknown, "not | you", Vec::new()),
            ],
        };
        let quiet = StatusStep {
            id: "01-network".into(),
            title: "Network".into(),
            rows: vec![row("network/v", Stand::Present, "", Vec::new())],
        };
        Status {
            project: "p".into(),
            env: "dev".into(),
            time: "2026-01-02T03:04:05Z".into(),
            steps: vec![quiet, redis],
            outputs: vec![("service.url".into(), "https://a.run.app".into())],
            notes: vec![("the default network is open".into(), Some("gcloud delete".into()))],
            gcloud_commands: 3,
            ..Status::default()
        }
    }

    #[test]
    fn an_address_of_the_web_without_room_stands_whole_below_its_name() {
        let url = format!("https://console.cloud.google.com/{}", "x".repeat(40));
        let mut status = status();
        status.outputs.push(("monitoring.dashboards".to_owned(), url.clone()));
        let style = Style { colour: false, unicode: true, width: 80 };
        let lines = status_lines(&status, Verbosity::Normal, style);
        let at = lines.iter().position(|line| line == "monitoring.dashboards").expect("its name");
        assert_eq!(lines[at + 1], format!("  {url}"));
    }

    #[test]
    fn on_a_narrow_screen_no_line_is_broken_by_the_terminal() {
        let style = Style { colour: true, unicode: true, width: 40 };
        let lines = status_lines(&status(), Verbosity::Verbose, style);
        assert!(lines.iter().all(|line| text::width(line) <= 40), "{lines:#?}");
        let bare = lines.iter().map(|line| console::strip_ansi_codes(line).into_owned()).collect::<Vec<_>>();
        let head = ["03-redis    Memorystore Redis: 1 of 3", "            present"];
        assert!(bare.windows(2).any(|two| two == head), "{bare:#?}");
    }

    #[test]
    fn what_is_in_order_is_a_number_and_the_rest_is_told() {
        let style = Style { colour: false, unicode: true, width: 80 };
        let lines = status_lines(&status(), Verbosity::Normal, style).join("\n");
        assert!(lines.contains("01-network  Network                     1 present\n"), "{lines}");
        assert!(lines.contains("2 of 3") || lines.contains("1 of 3 present"), "{lines}");
        assert!(lines.contains("  drifted    redis-instance/c\n"), "{lines}");
        assert!(lines.contains("memory_gb  1 → 2"), "{lines}");
        assert!(
            lines.contains("  unknown    secret/redis-ca: not | you\n             to do: ask"),
            "{lines}"
        );
        assert!(lines.contains("lock         free"), "{lines}");
        assert!(
            lines.contains("It is not as the config wants it, and not everything could be read."),
            "{lines}"
        );
        assert!(!lines.contains("secret/redis-url"), "{lines}");
        let all = status_lines(&status(), Verbosity::Verbose, style).join("\n");
        assert!(all.contains("  present    secret/redis-url"), "{all}");
    }

    #[test]
    fn a_program_and_a_page_get_every_resource() {
        let json: Value = serde_json::from_str(&status_json(&status())).unwrap();
        assert_eq!(json["counts"]["drifted"], 1);
        assert_eq!(json["resources"].as_array().unwrap().len(), 4);
        assert_eq!(json["resources"][1]["fields"][0]["new"], "2");
        let page = status_markdown(&status()).join("\n");
        assert!(page.contains("| `redis-instance/c` | drifted | memory_gb: 1 → 2 |"), "{page}");
        assert!(page.contains("| `secret/redis-ca` | unknown | not \\| you |"), "{page}");
        assert!(page.contains("| service.url | <https://a.run.app> |"), "{page}");
    }
}
