//! What a deployment has to tell to other people, in the forms that they take it in.

use crate::{Style, Tone, command, text};
use serde_json::{Map, Value, json};

/// One thing that other people need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputRow {
    /// Dotted name: `service.url`. What comes before the dot is its group.
    pub name: String,
    /// What it is told of, e.g. `run-service/codementor-backend`.
    pub resource: String,
    /// What it is.
    pub value: OutputValue,
    /// The command that reads what is not told here: a secret's value.
    pub command: Option<String>,
}

/// What it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutputValue {
    /// As the cloud says.
    Is(String),
    /// What it is told of is not there.
    Missing,
    /// It could not be read; why.
    Unknown(String),
}

impl OutputRow {
    fn group(&self) -> &str {
        self.name.split_once('.').map_or(&self.name, |(group, _)| group)
    }

    fn rest(&self) -> &str {
        self.name.split_once('.').map_or(&self.name, |(_, rest)| rest)
    }

    /// Why there is no value.
    fn lack(&self) -> Option<String> {
        match &self.value {
            OutputValue::Is(_) => None,
            OutputValue::Missing => Some(format!("{} is missing", self.resource)),
            OutputValue::Unknown(why) => Some(format!("{} could not be read: {why}", self.resource)),
        }
    }
}

/// Runs of rows of one group. The order is the steps'; what is of one group stands together.
fn groups(rows: &[OutputRow]) -> Vec<(&str, Vec<&OutputRow>)> {
    let mut groups: Vec<(&str, Vec<&OutputRow>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(name, _)| *name == row.group()) {
            Some((_, rows)) => rows.push(row),
            None => groups.push((row.group(), vec![row])),
        }
    }
    groups
}

/// For a person.
pub fn output_lines(rows: &[OutputRow], style: Style) -> Vec<String> {
    let columns = style.prose();
    let widest = rows.iter().map(|row| text::width(row.rest())).max().unwrap_or(0).min(columns / 3);
    let mut lines = Vec::new();
    for (group, rows) in groups(rows) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        lines.push(style.paint(Tone::Strong, group));
        for row in rows {
            let label = text::pad(&text::squeeze(row.rest(), widest, style), widest);
            let head = format!("  {label}  ");
            let (tone, words) = match (&row.value, row.lack()) {
                (OutputValue::Is(value), _) => (None, text::one_line(value, style)),
                (_, lack) => (Some(Tone::Bad), text::one_line(&lack.unwrap_or_default(), style)),
            };
            // An address of the web that has no room beside its name stands whole on a line of its own.
            let whole = words.contains("://") && text::width(&head) + text::width(&words) > columns;
            let margin = if whole { "    ".to_owned() } else { " ".repeat(text::width(&head)) };
            if whole {
                lines.push(style.paint(Tone::Quiet, head.trim_end()));
            }
            for (n, line) in text::wrap(&words, columns.saturating_sub(margin.len())).iter().enumerate() {
                let line = tone.map_or_else(|| line.clone(), |tone| style.paint(tone, line));
                match n == 0 && !whole {
                    true => lines.push(format!("{}{line}", style.paint(Tone::Quiet, &head))),
                    false => lines.push(format!("{margin}{line}")),
                }
            }
            if let Some(command) = &row.command {
                lines.extend(command::command_lines(command, 4, style.with_width(columns)));
            }
        }
    }
    lines
}

/// For a shell: `SERVICE_URL=https://...`, each value quoted where that is needed. What is missing is a comment, so that
/// nothing is set to nothing.
pub fn output_env(rows: &[OutputRow], quote: impl Fn(&str) -> String) -> Vec<String> {
    let mut lines = Vec::new();
    for row in rows {
        let name = variable(&row.name);
        match (&row.value, row.lack()) {
            (OutputValue::Is(value), _) => {
                if let Some(command) = &row.command {
                    lines.push(format!("# {}", text::one_line(command, Style::PLAIN)));
                }
                lines.push(format!("{name}={}", quote(value)));
            }
            (_, lack) => {
                lines.push(format!("# {name}: {}", text::one_line(&lack.unwrap_or_default(), Style::PLAIN)));
            }
        }
    }
    lines
}

/// A name that a shell takes: capitals, digits and underscores, no digit first.
fn variable(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let name: String = name.chars().map(letter).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// For a program: values, the commands that read secrets, and what has no value, each by name.
pub fn output_json(project: &str, env: &str, rows: &[OutputRow]) -> String {
    let (mut values, mut commands, mut missing, mut unknown) =
        (Map::new(), Map::new(), Map::new(), Map::new());
    for row in rows {
        let name = row.name.clone();
        match &row.value {
            OutputValue::Is(value) => drop(values.insert(name.clone(), json!(value))),
            OutputValue::Missing => drop(missing.insert(name.clone(), json!(row.resource))),
            OutputValue::Unknown(why) => drop(unknown.insert(name.clone(), json!(why))),
        }
        if let Some(command) = &row.command {
            commands.insert(name, json!(command));
        }
    }
    let all = json!({
        "project": project, "env": env,
        "outputs": Value::Object(values), "commands": Value::Object(commands),
        "missing": Value::Object(missing), "unknown": Value::Object(unknown),
    });
    format!("{all:#}")
}

/// For a page that other teams read.
pub fn output_markdown(project: &str, env: &str, rows: &[OutputRow]) -> Vec<String> {
    let mut lines = vec![format!("# {project} ({env})")];
    for (group, rows) in groups(rows) {
        lines.extend([String::new(), format!("## {group}"), String::new()]);
        lines.extend(["| what | value |".to_owned(), "|---|---|".to_owned()]);
        for row in rows {
            let value = match (&row.value, row.lack()) {
                (OutputValue::Is(value), _) if value.starts_with("https://") => format!("<{}>", cell(value)),
                (OutputValue::Is(value), _) => format!("`{}`", cell(value)),
                (_, lack) => cell(&lack.unwrap_or_default()),
            };
            let command = row.command.as_ref().map(|command| format!("<br>read it: `{}`", cell(command)));
            lines.push(format!("| {} | {value}{} |", cell(row.rest()), command.unwrap_or_default()));
        }
    }
    lines
}

/// Text that cannot end a cell of a table.
pub(crate) fn cell(value: &str) -> String {
    let plain = Style { unicode: true, ..Style::PLAIN };
    text::one_line(value, plain).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<OutputRow> {
        let row = |name: &str, value, command: Option<&str>| OutputRow {
            name: name.into(),
            resource: "kind/x".into(),
            value,
            command: command.map(str::to_owned),
        };
        let is = |value: &str| OutputValue::Is(value.into());
        vec![
            row("service.url", is("https://a.run.app"), None),
            row("database.url_secret", is("database-url"), Some("gcloud secrets versions access latest")),
            row("service.image", is("it's | odd"), None),
            row("redis.host", OutputValue::Missing, None),
            row("redis.port", OutputValue::Unknown("two\nlines".into()), None),
        ]
    }

    #[test]
    fn a_shell_gets_names_that_it_takes_and_nothing_for_what_is_missing() {
        let quote = |value: &str| format!("<{value}>");
        assert_eq!(
            output_env(&rows(), quote),
            [
                "SERVICE_URL=<https://a.run.app>",
                "# gcloud secrets versions access latest",
                "DATABASE_URL_SECRET=<database-url>",
                "SERVICE_IMAGE=<it's | odd>",
                "# REDIS_HOST: kind/x is missing",
                "# REDIS_PORT: kind/x could not be read: two lines",
            ]
        );
        assert_eq!(variable("3d.a-b"), "_3D_A_B");
    }

    #[test]
    fn a_page_has_a_table_for_each_group() {
        let page = output_markdown("p", "dev", &rows()).join("\n");
        assert_eq!(page.matches("## ").count(), 3, "{page}");
        assert!(page.contains("| url | <https://a.run.app> |\n| image | `it's \\| odd` |"), "{page}");
        assert!(page.contains("| url_secret | `database-url`<br>read it: `gcloud secrets"), "{page}");
        assert!(page.contains("| host | kind/x is missing |"), "{page}");
    }

    #[test]
    fn a_program_gets_each_by_name() {
        let all: Value = serde_json::from_str(&output_json("p", "dev", &rows())).unwrap();
        assert_eq!(all["outputs"]["service.url"], "https://a.run.app");
        assert_eq!(all["missing"], json!({"redis.host": "kind/x"}));
        assert_eq!(all["unknown"], json!({"redis.port": "two\nlines"}));
        assert_eq!(all["outputs"].as_object().unwrap().len(), 3);
    }

    #[test]
    fn a_person_gets_lines_of_eighty_columns() {
        let style = Style { colour: false, unicode: true, width: 80 };
        let lines = output_lines(&rows(), style);
        assert_eq!(lines[..3], ["service", "  url         https://a.run.app", "  image       it's | odd"]);
        assert!(lines.contains(&"  host        kind/x is missing".to_owned()), "{lines:#?}");
        let coloured = output_lines(&rows(), Style { colour: true, ..style });
        assert!(coloured.iter().zip(&lines).all(|(c, l)| console::strip_ansi_codes(c) == *l));
    }
}
