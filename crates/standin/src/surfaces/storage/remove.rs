//! Removing objects and buckets.

use super::{HOST, Task, failed, in_tasks, is_there, name, object, object_path, path, send, unknown};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::pages;
use crate::print::Answer;
use serde_json::Value;

/// `storage buckets delete gs://B …`
pub(super) fn buckets(call: &Call) -> Result<Answer, Failure> {
    let names: Vec<String> =
        call.words("URLS").iter().map(|url| name(call, url)).collect::<Result<_, _>>()?;
    in_tasks(call, "", &names, |name| bucket(call, name))
}

fn bucket(call: &Call, name: &str) -> Result<(), Task> {
    call.say(&format!("Removing gs://{name}/..."));
    match call.google.send(&Request::new("DELETE", HOST, path(name))) {
        Ok(_) => Ok(()),
        Err(Trouble::Refused(refusal)) if refusal.message().contains("not empty") => {
            let text = "Bucket is not empty. To delete all objects and then delete bucket, use: gcloud storage rm -r";
            Err(Task::Failed(Failure::Said(text.to_owned())))
        }
        Err(trouble) => Err(Task::Failed(failed(trouble))),
    }
}

/// `storage rm`: a bucket with all that is in it, or objects by their names.
pub(super) fn all(call: &Call) -> Result<Answer, Failure> {
    match call.words("URLS") {
        [] => Err(Failure::Said("Must have URL arguments if not reading paths from stdin.".to_owned())),
        [url] if call.on("--recursive") == Some(true) => recursive(call, &name(call, url)?),
        urls if call.on("--recursive") != Some(true) => objects(call, urls),
        _ => Err(unknown(call)),
    }
}

fn objects(call: &Call, urls: &[String]) -> Result<Answer, Failure> {
    let items =
        urls.iter().map(|url| object(url)).collect::<Option<Vec<_>>>().ok_or_else(|| unknown(call))?;
    in_tasks(call, "Removing objects:\n", &items, |(bucket, object)| {
        if !is_there(call, bucket, object, true).map_err(Task::Unbegun)? {
            let text = "The following URLs matched no objects or files:\n";
            return Err(Task::Unbegun(Failure::Said(format!("{text}gs://{bucket}/{object}"))));
        }
        call.say(&format!("Removing gs://{bucket}/{object}..."));
        send(call, &Request::new("DELETE", HOST, object_path(bucket, object))).map_err(Task::Failed)?;
        Ok(())
    })
}

fn recursive(call: &Call, bucket_name: &str) -> Result<Answer, Failure> {
    let list = Request::new("GET", HOST, format!("{}/o", path(bucket_name)));
    let versions = list
        .clone()
        .with("fields", "prefixes,items/name,items/size,items/generation,nextPageToken")
        .with("maxResults", "1000")
        .with("projection", "noAcl")
        .with("versions", "True");
    in_tasks(call, "Removing objects:\n", &[()], |()| {
        let objects =
            pages::read(call, &versions, "items").map_err(|trouble| Task::Unbegun(failed(trouble)))?;
        objects.iter().try_for_each(|object| one_version(call, bucket_name, object))
    })?;
    // gcloud makes sure that nothing but the bucket is left: objects, managed folders.
    send(call, &Request::new("GET", HOST, format!("{}/storageLayout", path(bucket_name))))?;
    send(call, &list.with("maxResults", "1000").with("projection", "noAcl"))?;
    let folders = Request::new("GET", HOST, format!("{}/managedFolders", path(bucket_name)));
    send(call, &folders.with("pageSize", "1000"))?;
    in_tasks(call, "Removing buckets:\n", &[bucket_name], |name| bucket(call, name))
}

fn one_version(call: &Call, bucket: &str, object: &Value) -> Result<(), Task> {
    let text = |field: &str| object[field].as_str().unwrap_or_default();
    let (name, generation) = (text("name"), text("generation"));
    call.say(&format!("Removing gs://{bucket}/{name}#{generation}..."));
    let request = Request::new("DELETE", HOST, object_path(bucket, name)).with("generation", generation);
    send(call, &request).map_err(Task::Failed)?;
    Ok(())
}
