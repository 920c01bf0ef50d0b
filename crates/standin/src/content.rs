//! Files that a flag names and whose content is the request's body: YAML, of which JSON is a part.

use crate::args;
use crate::call::Call;
use crate::failure::Failure;
use serde_json::Value;

/// What the file of `flag` holds, or what stands in `inline`; none where neither was given.
pub(crate) fn of(call: &Call, flag: &str, inline: Option<&str>) -> Result<Option<Value>, Failure> {
    let text = match (call.one(flag), inline.and_then(|flag| call.one(flag))) {
        (Some(path), _) => args::read(path).map_err(|error| unreadable(flag, path, &error))?,
        (None, Some(text)) => text.to_owned(),
        (None, None) => return Ok(None),
    };
    let value = yaml_serde::from_str(&text)
        .map_err(|e| Failure::Said(format!("Failed to parse YAML from [{flag}]: {e}")))?;
    Ok(Some(value))
}

/// As Python says it, within gcloud's refusal of an argument.
fn unreadable(flag: &str, path: &str, error: &std::io::Error) -> Failure {
    let text = error.to_string();
    let what = text.split(" (os error").next().unwrap_or_default();
    let number = error.raw_os_error().unwrap_or_default();
    Failure::Usage(format!(
        "argument {flag}: Unable to read file [{path}]: [Errno {number}] {what}: '{path}'"
    ))
}
