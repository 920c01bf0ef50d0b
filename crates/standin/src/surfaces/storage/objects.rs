//! `storage objects list`

use super::{HOST, failed, path, unknown};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use crate::{pages, print};
use serde_json::{Map, Value, json};

/// All objects of one bucket: `gs://BUCKET/**`. What other patterns match, nobody has needed yet.
pub(super) fn list(call: &Call) -> Result<Answer, Failure> {
    let bucket = match call.words("URLS") {
        [url] => url.strip_prefix("gs://").and_then(|rest| rest.strip_suffix("/**")),
        _ => None,
    };
    let bucket = bucket.filter(|bucket| !bucket.is_empty() && !bucket.contains(['/', '*']));
    let Some(bucket) = bucket else { return Err(unknown(call)) };
    let request = Request::new("GET", HOST, format!("{}/o", path(bucket)))
        .with("maxResults", "1000")
        .with("projection", "full")
        .with("versions", "True");
    let objects = pages::read(call, &request, "items").map_err(|trouble| {
        print::empty_list(call);
        failed(trouble)
    })?;
    let limit = call.one("--limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
    Ok(Answer::List(objects.iter().take(limit).map(shown).collect()))
}

/// As the list shows it, without `--raw`.
fn shown(object: &Value) -> Value {
    let text = |field: &str| object[field].as_str();
    let second = |field: &str| {
        let seconds = text(field)?.split(['.', 'Z']).next()?;
        Some(json!(format!("{seconds}+0000")))
    };
    let number = |field: &str| Some(json!(text(field)?.parse::<u64>().ok()?));
    let plain = |field: &str| object.get(field).cloned();
    let part = |field: &str| text(field).unwrap_or_default();
    let url = format!("gs://{}/{}#{}", part("bucket"), part("name"), part("generation"));
    let fields = [
        ("bucket", plain("bucket")),
        ("cache_control", plain("cacheControl")),
        ("content_disposition", plain("contentDisposition")),
        ("content_encoding", plain("contentEncoding")),
        ("content_language", plain("contentLanguage")),
        ("content_type", plain("contentType")),
        ("crc32c_hash", plain("crc32c")),
        ("creation_time", second("timeCreated")),
        ("custom_fields", plain("metadata")),
        ("etag", plain("etag")),
        ("generation", plain("generation")),
        ("md5_hash", plain("md5Hash")),
        ("metageneration", number("metageneration")),
        ("name", plain("name")),
        ("size", number("size")),
        ("storage_class", plain("storageClass")),
        ("storage_class_update_time", second("timeStorageClassUpdated")),
        ("storage_url", Some(json!(url))),
        ("update_time", second("updated")),
    ];
    let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    present.collect::<Map<_, _>>().into()
}
