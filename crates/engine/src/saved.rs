//! A plan in a file: what a person has looked at, to be carried out as it is, or not at all.

use crate::file;
use crate::{Action, Address};
use events::PlanItem;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

/// The version of the file's format that this tool writes and reads.
pub const FORMAT: u32 = 1;

/// A plan, and all that it was made from. Holds no secret: a plan has none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was made.
    pub made: Timestamp,
    /// The tool's version.
    pub tool: String,
    /// The project's id.
    pub project: String,
    /// How the place that the calls go to is told from others; none for Google.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirection: Option<String>,
    /// Ids of the steps.
    pub steps: Vec<String>,
    /// What may be deleted and made again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub may_replace: BTreeSet<Address>,
    /// The resolved config.
    pub config: toml::Table,
    /// Every resource and what is to be done to it.
    pub items: Vec<PlanItem>,
}

/// Why a plan cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SavedPlanError {
    #[error("the plan {} cannot be {doing}: {source}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    #[error("{} is not a plan that this tool has saved: {why}", path.display())]
    NotAPlan { path: PathBuf, why: String },
}

#[derive(Deserialize)]
struct Versioned {
    format: u32,
}

impl SavedPlan {
    /// Writes it: all of it or nothing.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), SavedPlanError> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other);
        text.and_then(|text| file::replace(path, format!("{text}\n").as_bytes()))
            .map_err(|source| SavedPlanError::Io { path: path.to_owned(), doing: "written", source })
    }

    /// Reads one.
    ///
    /// # Errors
    /// It cannot be read, or is something else, or of another format.
    pub fn read(path: &Path) -> Result<Self, SavedPlanError> {
        let text = std::fs::read_to_string(path).map_err(|source| SavedPlanError::Io {
            path: path.to_owned(),
            doing: "read",
            source,
        })?;
        let wrong = |why: String| SavedPlanError::NotAPlan { path: path.to_owned(), why };
        let Versioned { format } = serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
        if format != FORMAT {
            return Err(wrong(format!("it has format {format}, and this tool knows {FORMAT}")));
        }
        serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))
    }

    /// Where a plan that was made just now differs from this one, a line for each resource. `begun`: a run of this plan has
    /// begun already, so that what it has done, or has in flight, is no difference.
    pub fn moved(&self, now: &[PlanItem], begun: bool) -> Vec<String> {
        let key = |item: &PlanItem| (item.step.clone(), item.resource.clone());
        let mut lines = Vec::new();
        for saved in &self.items {
            match now.iter().find(|item| key(item) == key(saved)) {
                None => lines.push(format!("{} was {}, and is no longer kept", saved.resource, told(saved))),
                Some(found) if same(saved, found) || (begun && follows(saved, found)) => {}
                Some(found) => {
                    lines.push(format!("{} was {}, is now {}", saved.resource, told(saved), told(found)));
                }
            }
        }
        let new = now.iter().filter(|item| !self.items.iter().any(|saved| key(saved) == key(item)));
        lines.extend(new.map(|item| format!("{} is new: {}", item.resource, told(item))));
        lines
    }
}

/// What counts. How long it takes follows from it, and whether it could be checked when the plan was made does not matter.
fn same(a: &PlanItem, b: &PlanItem) -> bool {
    a.action == b.action && a.fields == b.fields && a.skipped.is_some() == b.skipped.is_some()
}

/// What a run that has begun to do this leaves for the next one.
fn follows(saved: &PlanItem, found: &PlanItem) -> bool {
    match (saved.action, found.action) {
        (Action::None, _) => false,
        (_, Action::None | Action::Adopt) => true,
        // Deleted, and not made again yet.
        (Action::Replace, Action::Create) => true,
        // Made, but not everything about it.
        (Action::Create, Action::Update) => true,
        (Action::Update, Action::Update) => found.fields.iter().all(|field| saved.fields.contains(field)),
        _ => false,
    }
}

/// `~ memory_gb 1 → 2`
fn told(item: &PlanItem) -> String {
    if item.skipped.is_some() {
        return "skipped".to_owned();
    }
    if item.action == Action::None {
        return "unchanged".to_owned();
    }
    let fields = item.fields.iter().map(|diff| format!("{} {} → {}", diff.field, diff.old, diff.new));
    let fields = fields.collect::<Vec<_>>().join(", ");
    format!("{} {fields}", item.action.symbol()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Diff;

    fn item(name: &str, action: Action, fields: Vec<Diff>) -> PlanItem {
        PlanItem { fields, ..PlanItem::new("s", Address::new("thing", name), action) }
    }

    fn saved(items: Vec<PlanItem>) -> SavedPlan {
        SavedPlan {
            format: FORMAT,
            made: Timestamp::UNIX_EPOCH,
            tool: "1".into(),
            project: "p".into(),
            redirection: None,
            steps: vec!["s".into()],
            may_replace: BTreeSet::from([Address::new("thing", "a")]),
            config: toml::from_str("[redis]\nmemory_gb = 1\n").unwrap(),
            items,
        }
    }

    fn update(new: u32) -> PlanItem {
        item("a", Action::Update, vec![Diff::new("size", 1, new)])
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        let plan = saved(vec![update(2)]);
        plan.write(&path).unwrap();
        assert_eq!(SavedPlan::read(&path).unwrap(), plan);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("\"format\": 1", "\"format\": 2")).unwrap();
        assert!(SavedPlan::read(&path).unwrap_err().to_string().contains("format 2"));
        for text in ["", "{}", "[1]", "not JSON"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(SavedPlan::read(&path), Err(SavedPlanError::NotAPlan { .. })), "{text}");
        }
        assert!(matches!(SavedPlan::read(folder.path()), Err(SavedPlanError::Io { .. })));
    }

    #[test]
    fn every_difference_is_named() {
        let plan = saved(vec![update(2), item("b", Action::None, vec![]), item("c", Action::Create, vec![])]);
        assert!(plan.moved(&plan.items, false).is_empty());
        let now = [update(3), item("b", Action::Delete, vec![]), item("d", Action::Create, vec![])];
        assert_eq!(
            plan.moved(&now, false),
            [
                "thing/a was ~ size 1 → 2, is now ~ size 1 → 3",
                "thing/b was unchanged, is now -",
                "thing/c was +, and is no longer kept",
                "thing/d is new: +",
            ]
        );
    }

    #[test]
    fn what_a_begun_run_has_done_is_no_difference_and_all_else_is() {
        let replace = item("r", Action::Replace, vec![Diff::new("range", 1, 2)]);
        let plan = saved(vec![update(2), item("c", Action::Create, vec![]), replace]);
        let done = [
            item("a", Action::None, vec![]),
            item("c", Action::Adopt, vec![]),
            item("r", Action::Create, vec![]),
        ];
        assert!(plan.moved(&done, true).is_empty());
        assert_eq!(plan.moved(&done, false).len(), 3);
        let other = [update(3), item("c", Action::Delete, vec![]), item("r", Action::Update, vec![])];
        assert_eq!(plan.moved(&other, true).len(), 3);
    }
}
