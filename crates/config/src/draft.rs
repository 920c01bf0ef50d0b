//! The config while the layers are laid over each other: a table, where each value came from, and what went wrong.

use crate::key::{Meaning, Target, find, is_optional_table, names_in, suggestion};
use crate::kind::{Kind, Mismatch};
use crate::problem::{Origin, Problem, shown};
use std::collections::{BTreeMap, BTreeSet};
use toml::{Table, Value};

/// What the layers have given so far.
pub(crate) struct Draft {
    pub table: Table,
    origins: BTreeMap<String, Origin>,
    pub problems: Vec<Problem>,
    /// Keys with a problem: what the table holds for them is not what was meant.
    pub failed: BTreeSet<String>,
}

/// Where a key and its value stand.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// Of the name.
    pub key: Origin,
    /// Of the value.
    pub value: Origin,
    /// Of each element, when the value is a list.
    pub elements: Vec<Origin>,
}

impl Place {
    /// Everything in one place, as on the command line.
    pub fn one(origin: Origin) -> Self {
        Self { key: origin.clone(), value: origin, elements: Vec::new() }
    }
}

impl Draft {
    pub fn new(defaults: Table) -> Self {
        Self { table: defaults, origins: BTreeMap::new(), problems: Vec::new(), failed: BTreeSet::new() }
    }

    /// Where the value of a key came from.
    pub fn origin(&self, path: &str) -> Origin {
        let mut at = path;
        loop {
            if let Some(origin) = self.origins.get(at) {
                return origin.clone();
            }
            match at.rfind(['.', '[']) {
                Some(end) => at = &at[..end],
                None => return Origin::Default,
            }
        }
    }

    /// All keys that a layer gave, with where they came from.
    pub fn into_origins(self) -> BTreeMap<String, Origin> {
        self.origins
    }

    /// Takes one value for a key or for an entry of a map. Empty text takes out what earlier layers gave.
    pub fn give(&mut self, target: &Target, value: Value, place: Place) {
        let path = target.path();
        if matches!(&value, Value::String(text) if text.is_empty()) {
            self.unset(target, place);
            return;
        }
        let kind = target.kind();
        let value = match value {
            Value::Array(list) if kind.element().is_some() => {
                match self.elements(&path, kind, list, &place) {
                    Some(list) => Value::Array(list),
                    None => return,
                }
            }
            other => other,
        };
        match kind.admit(value.clone()) {
            Ok(value) => {
                for (index, origin) in place.elements.into_iter().enumerate() {
                    self.origins.insert(format!("{path}[{index}]"), origin);
                }
                self.origins.insert(path, place.value);
                put(&mut self.table, target, value);
            }
            Err(wrong) => {
                self.failed.insert(path.clone());
                self.refuse(path, kind, &value, wrong, place.value);
            }
        }
    }

    /// Tells of each element that is wrong; none if the list is not worth judging then.
    ///
    /// Ranges are judged one by one, so that the others still can be: a harmless range stands in for a wrong one.
    fn elements(&mut self, path: &str, kind: Kind, list: Vec<Value>, place: &Place) -> Option<Vec<Value>> {
        let of = kind.element()?;
        let mut taken = Some(Vec::with_capacity(list.len()));
        for (index, value) in list.into_iter().enumerate() {
            let Err(wrong) = of.admit(value.clone()) else {
                if let Some(taken) = &mut taken {
                    taken.push(value);
                }
                continue;
            };
            let element = format!("{path}[{index}]");
            let origin = place.elements.get(index).unwrap_or(&place.value).clone();
            self.refuse(element.clone(), of, &value, wrong, origin);
            match (&mut taken, kind) {
                (Some(taken), Kind::Ranges) => {
                    self.failed.insert(element);
                    taken.push(Value::String("127.0.0.1/32".into()));
                }
                _ => {
                    self.failed.insert(path.to_owned());
                    taken = None;
                }
            }
        }
        taken
    }

    fn refuse(&mut self, key: String, kind: Kind, value: &Value, wrong: Mismatch, origin: Origin) {
        self.problems.push(Problem {
            origin,
            key,
            value: Some(shown(value)),
            what: wrong.what,
            allowed: kind.allowed(),
            remedy: wrong.remedy,
        });
    }

    fn unset(&mut self, target: &Target, place: Place) {
        let path = target.path();
        let empty = match target.kind() {
            _ if target.entry.is_some() || target.key.optional => None,
            Kind::Map(_) => Some(Value::Table(Table::new())),
            Kind::Texts | Kind::Wholes { .. } | Kind::Ranges => Some(Value::Array(Vec::new())),
            kind => {
                self.failed.insert(path.clone());
                self.problems.push(Problem {
                    origin: place.value,
                    key: path,
                    value: Some("\"\"".into()),
                    what: "is empty".into(),
                    allowed: kind.allowed(),
                    remedy: "write a value, or leave the key out for the default".into(),
                });
                return;
            }
        };
        self.origins.insert(path, place.value);
        match empty {
            Some(empty) => put(&mut self.table, target, empty),
            None => take_out(&mut self.table, target),
        }
    }

    /// Takes out all keys of a table of options, `ci_cd.github`. False where the table must stay.
    pub fn unset_table(&mut self, path: &str, place: &Place) -> bool {
        if !is_optional_table(path) {
            return false;
        }
        for name in names_in(path) {
            if let Meaning::Key(target) = find(&format!("{path}.{name}")) {
                self.unset(&target, place.clone());
            }
        }
        true
    }

    /// A name that means nothing. Its value is not shown: it may be a secret that does not belong here.
    pub fn unknown(&mut self, path: &str, origin: Origin) {
        let parent = path.rsplit_once('.').map_or("", |(parent, _)| parent);
        let known = match find(parent) {
            Meaning::Table => names_in(parent),
            _ => names_in(""),
        };
        let lower = path.to_lowercase();
        let secret = ["password", "secret", "token", "credential"].iter().any(|word| lower.contains(word));
        let remedy = match suggestion(path) {
            Some(better) => format!("did you mean {better}?"),
            None if secret => {
                "take it out: no secret belongs into a config; the tool makes its own and keeps them in Secret Manager"
                    .into()
            }
            None => "take it out, or correct it".into(),
        };
        self.problems.push(Problem {
            origin,
            key: path.to_owned(),
            value: None,
            what: "is not a known key".into(),
            allowed: known.join(", "),
            remedy,
        });
    }

    /// A value where a table belongs.
    pub fn not_a_table(&mut self, path: &str, value: &Value, origin: Origin) {
        self.problems.push(Problem {
            origin,
            key: path.to_owned(),
            value: Some(shown(value)),
            what: "expected a table".into(),
            allowed: format!("a table of {}", names_in(path).join(", ")),
            remedy: format!("set its keys one by one, such as {path}.{}", names_in(path)[0]),
        });
    }

    /// Takes out tables of options that are only half given, and says what they lack.
    pub fn complete_tables(&mut self, path: &str) {
        let names = names_in(path);
        let (there, missing): (Vec<&str>, Vec<&str>) =
            names.iter().partition(|name| lookup(&self.table, &format!("{path}.{name}")).is_some());
        if missing.is_empty() {
            return;
        }
        if let Some(given) = there.first() {
            for name in missing {
                let key = format!("{path}.{name}");
                // A name that was given but not understood has been told already.
                if !self.failed.insert(key.clone()) {
                    continue;
                }
                self.problems.push(Problem {
                    origin: self.origin(&format!("{path}.{given}")),
                    key,
                    value: None,
                    what: "is missing".into(),
                    allowed: format!("{} together, or none of them", names.join(" and ")),
                    remedy: format!("add it, or take {path}.{given} out"),
                });
            }
        }
        if let Some((parent, last)) = path.rsplit_once('.')
            && let Some(parent) = self.table.get_mut(parent).and_then(Value::as_table_mut)
        {
            parent.remove(last);
        }
    }
}

fn segments(target: &Target) -> (Vec<&str>, &str) {
    let mut parts: Vec<&str> = target.key.path.split('.').collect();
    match &target.entry {
        Some(entry) => (parts, entry),
        None => {
            let last = parts.pop().unwrap_or_default();
            (parts, last)
        }
    }
}

fn put(table: &mut Table, target: &Target, value: Value) {
    let (parents, last) = segments(target);
    let mut at = table;
    for parent in parents {
        let inner = at.entry(parent).or_insert_with(|| Value::Table(Table::new()));
        let Value::Table(inner) = inner else { return };
        at = inner;
    }
    at.insert(last.to_owned(), value);
}

fn take_out(table: &mut Table, target: &Target) {
    let (parents, last) = segments(target);
    let mut at = table;
    for parent in parents {
        let Some(Value::Table(inner)) = at.get_mut(parent) else { return };
        at = inner;
    }
    at.remove(last);
}

/// The value at a path, which may name an element: `network.ssh_source_ranges[1]`.
pub(crate) fn lookup<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    let (path, element) = match path.strip_suffix(']').and_then(|path| path.rsplit_once('[')) {
        Some((path, index)) => (path, Some(index.parse::<usize>().ok()?)),
        None => (path, None),
    };
    let value = match find(path) {
        Meaning::Key(target) => {
            let (parents, last) = segments(&target);
            let mut at = table;
            for parent in parents {
                at = at.get(parent)?.as_table()?;
            }
            at.get(last)?
        }
        _ => return None,
    };
    match element {
        Some(index) => value.as_array()?.get(index),
        None => Some(value),
    }
}
