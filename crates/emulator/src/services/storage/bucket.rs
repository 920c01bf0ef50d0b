//! Buckets. Their names belong to everybody: a taken one is refused, in different words for one's own and another's.

use super::{bucket_for, nothing, preconditions, project, refuse, settings};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::policy;
use crate::world::merge;
use serde_json::{Value, json};

pub fn insert(call: &mut Call) -> Answer {
    let owner = project(call, call.query("project").unwrap_or(""), "storage.buckets.create")?;
    let name = call.text("name").to_owned();
    settings::check_name(&name)?;
    let key = format!("storage/b/{name}");
    let number = call.world.project_number(&owner).unwrap_or_default();
    if let Some(found) = call.world.get(&key) {
        let text = if found["projectNumber"] == *number {
            "Your previous request to create the named bucket succeeded and you already own it."
        } else {
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please \
             select a different name and try again."
        };
        return Err(refuse(409, "conflict", text));
    }
    if !call.world.billing_enabled(&owner) {
        return Err(refuse(
            403,
            "accountDisabled",
            "The billing account for the owning project is disabled in state absent",
        ));
    }
    let now = stamp(call);
    let mut bucket = call.input();
    merge(&mut bucket, &json!({"acl": null, "defaultObjectAcl": null}));
    settings::fill(&mut bucket, &now)?;
    settings::check(&mut bucket, &now)?;
    let generation = call.world.digits(16);
    for (field, value) in [
        ("kind", json!("storage#bucket")),
        ("id", json!(name)),
        ("selfLink", json!(format!("https://www.googleapis.com/storage/v1/b/{name}"))),
        ("projectNumber", json!(number)),
        ("generation", json!(generation)),
        ("timeCreated", json!(now)),
    ] {
        bucket[field] = value;
    }
    touch(&mut bucket, 1, &now);
    call.world.put(&key, bucket.clone());
    // What Google gives the project's owners, editors and viewers.
    for (role, members) in [
        ("roles/storage.legacyBucketOwner", &["projectEditor", "projectOwner"][..]),
        ("roles/storage.legacyBucketReader", &["projectViewer"][..]),
    ] {
        for member in members {
            policy::grant(call.world, &key, role, &format!("{member}:{owner}"));
        }
    }
    Ok(bucket.into())
}

fn stamp(call: &Call) -> String {
    format!("{:.3}", call.world.now)
}

fn touch(bucket: &mut Value, metageneration: u64, now: &str) {
    bucket["metageneration"] = json!(metageneration.to_string());
    bucket["updated"] = json!(now);
    let etag = [0x08, u8::try_from(metageneration % 128).unwrap_or(1)];
    bucket["etag"] = json!(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, etag));
}

pub fn get(call: &Call) -> Answer {
    let (_, bucket) = bucket_for(call, "storage.buckets.get")?;
    preconditions(call, "Metageneration", bucket["metageneration"].as_str().unwrap_or(""))?;
    Ok(bucket.into())
}

/// What `gcloud storage rm --recursive` asks first: whether the bucket has real folders.
pub fn layout(call: &Call) -> Answer {
    let (_, bucket) = bucket_for(call, "storage.objects.list")?;
    Ok(json!({"kind": "storage#storageLayout", "bucket": bucket["name"], "location": bucket["location"],
              "locationType": bucket["locationType"]})
    .into())
}

/// Nothing here makes managed folders, so that no bucket has one.
pub fn managed_folders(call: &Call) -> Answer {
    bucket_for(call, "storage.objects.list")?;
    Ok(json!({"kind": "storage#managedFolders"}).into())
}

pub fn list(call: &Call) -> Answer {
    let owner = project(call, call.query("project").unwrap_or(""), "storage.buckets.list")?;
    let number = call.world.project_number(&owner).unwrap_or_default();
    let prefix = call.query("prefix").unwrap_or("");
    let rows = call.world.list("storage/b").into_iter().map(|(_, bucket)| bucket);
    let rows = rows.filter(|b| {
        b["projectNumber"] == *number && b["name"].as_str().is_some_and(|n| n.starts_with(prefix))
    });
    let mut reply = call.page("items", rows.cloned().collect());
    reply.body["kind"] = json!("storage#buckets");
    Ok(reply)
}

/// PATCH merges (RFC 7396); PUT replaces what can be set.
pub fn change(call: &mut Call, whole: bool) -> Answer {
    let (key, current) = bucket_for(call, "storage.buckets.update")?;
    let metageneration = current["metageneration"].as_str().unwrap_or("1").to_owned();
    preconditions(call, "Metageneration", &metageneration)?;
    let mut body = call.body.clone();
    let fixed = [
        "kind",
        "id",
        "selfLink",
        "name",
        "projectNumber",
        "generation",
        "location",
        "locationType",
        "timeCreated",
        "rpo",
        "metageneration",
        "updated",
        "etag",
    ];
    for field in ["name", "location"] {
        let given = body[field].as_str().map(str::to_lowercase);
        if given.is_some() && given != current[field].as_str().map(str::to_lowercase) {
            return Err(ApiError::new(
                400,
                "",
                "invalid",
                format!("The {field} of a bucket cannot be changed."),
            ));
        }
    }
    if let Some(map) = body.as_object_mut() {
        map.retain(|field, _| {
            !fixed.contains(&field.as_str()) && field != "acl" && field != "defaultObjectAcl"
        });
    }
    let mut wanted = if whole {
        let kept = fixed.iter().filter(|field| current.get(**field).is_some());
        kept.map(|field| ((*field).to_owned(), current[*field].clone()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    } else {
        current.clone()
    };
    // A list is replaced, an object merged: that is what the storage API does too.
    merge(&mut wanted, &body);
    let now = stamp(call);
    settings::check(&mut wanted, &now)?;
    let was = &current["iamConfiguration"]["publicAccessPrevention"];
    if wanted["iamConfiguration"]["publicAccessPrevention"] != *was && *was == "inherited" {
        super::access::check_public(&call.world.policy(&key))?;
    }
    touch(&mut wanted, metageneration.parse::<u64>().unwrap_or(1) + 1, &now);
    call.world.put(&key, wanted.clone());
    Ok(wanted.into())
}

pub fn delete(call: &mut Call) -> Answer {
    let (key, current) = bucket_for(call, "storage.buckets.delete")?;
    preconditions(call, "Metageneration", current["metageneration"].as_str().unwrap_or(""))?;
    if !call.world.below(&format!("{key}/o/")).is_empty() {
        return Err(refuse(409, "conflict", "The bucket you tried to delete is not empty."));
    }
    call.world.remove(&key);
    Ok(nothing())
}
