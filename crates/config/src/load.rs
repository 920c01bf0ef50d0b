//! Laying the layers over each other: built-in defaults < file < `DEPLOY_*` environment < `--set`.

use crate::draft::Draft;
use crate::problem::{Errors, Origin, Problem, quoted};
use crate::resolved::plain;
use crate::warning::Warning;
use crate::{Config, check, file, words};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

/// More than this is not a config, whatever it is.
const MOST_BYTES: u64 = 1 << 20;

/// Where the file layer comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileSource {
    /// `DIRECTORY/NAME.toml`, as `--env NAME` asks for.
    Named {
        /// `configs`
        directory: PathBuf,
        /// `dev`
        name: String,
    },
    /// The file that `--config` names.
    Path(PathBuf),
    /// Text that is in memory already, under the name that errors give it.
    Text {
        /// What errors call it.
        name: String,
        /// What it says.
        bytes: Vec<u8>,
    },
    /// No file: the built-in defaults alone.
    None,
}

/// What a config is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file.
    pub file: FileSource,
    /// The environment, as `std::env::vars_os` gives it. Only `DEPLOY_TABLE__KEY` is read.
    pub environment: Vec<(OsString, OsString)>,
    /// The values of `--set`, `redis.memory_gb=2`, in their order.
    pub set: Vec<String>,
}

impl Source {
    /// A file alone.
    pub fn file(file: FileSource) -> Self {
        Self { file, environment: Vec::new(), set: Vec::new() }
    }
}

/// A config that is valid, and what should be said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The config.
    pub config: Config,
    /// What is allowed but probably not meant.
    pub warnings: Vec<Warning>,
    /// Where each value came from that is not a built-in default, by key.
    pub origins: BTreeMap<String, Origin>,
    /// The name of the environment: `NAME`, or the file's name without its ending.
    pub environment: String,
}

/// Loads and validates a config, or tells everything that is wrong with it.
pub fn load(source: &Source) -> Result<Loaded, Errors> {
    let file = read(&source.file).map_err(|problem| Errors::new(vec![*problem]))?;
    let mut draft = Draft::new(plain(&Config::default()));
    let mut warnings = Vec::new();
    let readable = file.as_ref().is_none_or(|file| file::lay(&mut draft, &file.name, &file.bytes));
    words::lay_environment(&mut draft, &source.environment, &mut warnings);
    words::lay_set(&mut draft, &source.set);
    draft.complete_tables("ci_cd.github");

    let mut problems = std::mem::take(&mut draft.problems);
    // What a file that is not TOML means is anyone's guess: judging its values would only add noise.
    let config = if readable { Some(config_of(&draft)) } else { None };
    if let Some(config) = &config {
        let findings = check::findings(config);
        problems.extend(findings.faults.into_iter().filter_map(|fault| fault.locate(&draft)));
        warnings.extend(findings.warnings);
    }
    match config {
        Some(config) if problems.is_empty() => {
            let environment = environment_name(&source.file);
            Ok(Loaded { config, warnings, origins: draft.into_origins(), environment })
        }
        _ => Err(Errors::new(problems)),
    }
}

fn config_of(draft: &Draft) -> Config {
    // The draft began as the defaults and took only values that fit their keys.
    draft.table.clone().try_into().expect("a table that was checked key by key fits the model")
}

struct Text {
    name: String,
    bytes: Vec<u8>,
}

fn read(source: &FileSource) -> Result<Option<Text>, Box<Problem>> {
    let path = match source {
        FileSource::None => return Ok(None),
        FileSource::Text { name, bytes } => {
            return Ok(Some(Text { name: name.clone(), bytes: bytes.clone() }));
        }
        FileSource::Path(path) => path.clone(),
        FileSource::Named { directory, name } => {
            if !is_environment_name(name) {
                return Err(Box::new(bad_name(name)));
            }
            directory.join(format!("{name}.toml"))
        }
    };
    let name = path.display().to_string();
    let whole = |what: String, allowed: String, remedy: String| {
        let origin = Origin::File { file: name.clone(), line: 0, column: 0 };
        Box::new(Problem { origin, key: String::new(), value: None, what, allowed, remedy })
    };
    let mut bytes = Vec::new();
    let outcome =
        std::fs::File::open(&path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    match outcome {
        Ok(_) if bytes.len() as u64 <= MOST_BYTES => Ok(Some(Text { name, bytes })),
        Ok(_) => Err(whole(
            "is larger than 1 MB".into(),
            "a config of this tool".into(),
            "name the right file with --config".into(),
        )),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(missing(source, whole)),
        Err(error) => Err(whole(
            format!("cannot be read: {error}"),
            String::new(),
            "mend its permissions, or name another file with --config".into(),
        )),
    }
}

fn missing(source: &FileSource, whole: impl Fn(String, String, String) -> Box<Problem>) -> Box<Problem> {
    let FileSource::Named { directory, name } = source else {
        return whole("does not exist".into(), String::new(), "name an existing file with --config".into());
    };
    let there = environments(directory);
    if there.is_empty() {
        let remedy = "run the command from the directory that holds configs/, or name a file with --config";
        return whole("does not exist".into(), "a directory with NAME.toml in it".into(), remedy.into());
    }
    let closest = there
        .iter()
        .map(|other| (strsim::jaro_winkler(other, name), other))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let remedy = match closest {
        Some((_, other)) => format!("did you mean --env {other}?"),
        None => format!("choose one of these, or write {name}.toml beside them"),
    };
    whole("does not exist".into(), format!("--env {}", there.join(", --env ")), remedy)
}

/// The environments that a directory has files for.
pub fn environments(directory: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            name.strip_suffix(".toml").filter(|name| is_environment_name(name)).map(str::to_owned)
        })
        .collect();
    names.sort();
    names
}

/// The name becomes a directory of the state, so that it must not lead elsewhere.
fn is_environment_name(name: &str) -> bool {
    name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn bad_name(name: &str) -> Problem {
    Problem {
        origin: Origin::File { file: "--env".into(), line: 0, column: 0 },
        key: String::new(),
        value: None,
        what: format!("{} is not the name of an environment", quoted(name)),
        allowed: "lower-case letters, digits, hyphens and underscores, at most 40".into(),
        remedy: "use --env dev, or --config FILE for a file elsewhere".into(),
    }
}

fn environment_name(source: &FileSource) -> String {
    let from_path = |path: &Path| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
        let name: String = stem
            .chars()
            .map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' { c } else { '-' })
            .take(40)
            .collect();
        let name = name.trim_start_matches(['-', '_']).to_owned();
        if name.is_empty() { "dev".to_owned() } else { name }
    };
    match source {
        FileSource::Named { name, .. } => name.clone(),
        FileSource::Path(path) => from_path(path),
        FileSource::Text { name, .. } => from_path(Path::new(name)),
        FileSource::None => "dev".into(),
    }
}
