//! References to container images, as far as Cloud Run can pull them.

use super::grammar::{length, strange};

pub(super) const RULE: &str =
    "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY/IMAGE or docker.io/OWNER/IMAGE, with :TAG or @sha256:DIGEST";

pub(super) struct Wrong {
    pub what: String,
    pub remedy: String,
}

pub(super) fn fault(reference: &str) -> Option<Wrong> {
    let wrong = |what: &str, remedy: &str| Some(Wrong { what: what.into(), remedy: remedy.into() });
    let (name, digest) = match reference.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (reference, None),
    };
    if digest.is_some_and(|digest| !is_digest(digest)) {
        return wrong("has a digest that is none", "write @sha256: and 64 hexadecimal digits");
    }
    // A colon before the last slash would be a port.
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return wrong(
            "has a tag that is none",
            "write letters, digits, _, . and - after the colon, at most 128",
        );
    }
    let Some((host, rest)) = path.split_once('/') else {
        return wrong("names no registry", "write it out, such as \"docker.io/library/nginx\"");
    };
    if host == "gcr.io" || host.ends_with(".gcr.io") {
        let what = "lies in Container Registry, which Google has shut down";
        return wrong(what, "use Artifact Registry, such as \"us-docker.pkg.dev/cloudrun/container/hello\"");
    }
    if let Some(what) = rest.split('/').find_map(component) {
        return Some(Wrong {
            what,
            remedy: "write lower-case letters, digits, . _ - between the slashes".into(),
        });
    }
    match host.strip_suffix("-docker.pkg.dev") {
        Some(location) if location.is_empty() || location.contains('.') => {
            wrong("names no location", "write one before -docker.pkg.dev, such as \"us-central1\"")
        }
        Some(_) if rest.split('/').count() < 3 => {
            wrong("does not name project, repository and image", "write all three after the host")
        }
        Some(_) => None,
        None if host == "docker.io" => None,
        None => wrong(
            "lies in a registry that Cloud Run cannot pull from",
            "copy the image to Artifact Registry, or add that registry there as a remote repository",
        ),
    }
}

/// One part between slashes.
fn component(part: &str) -> Option<String> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    length(part, 1, 128).or_else(|| strange(part, |c| letter(c) || matches!(c, '.' | '_' | '-'))).or_else(
        || {
            let ends = part.starts_with(letter) && part.ends_with(letter);
            (!ends).then(|| format!("has a part that begins or ends with a separator (\"{part}\")"))
        },
    )
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    (1..=128).contains(&tag.len())
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

fn is_digest(digest: &str) -> bool {
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    digest.strip_prefix("sha256:").is_some_and(|hash| hash.len() == 64 && hash.chars().all(hexadecimal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        let digest = format!("us-docker.pkg.dev/p/r/i@sha256:{}", "a".repeat(64));
        let both = format!("us-docker.pkg.dev/p/r/i:v1@sha256:{}", "0".repeat(64));
        for good in [
            "us-docker.pkg.dev/cloudrun/container/hello",
            "us-central1-docker.pkg.dev/my-proj/repo/app:v1.2-rc_3",
            "europe-west1-docker.pkg.dev/p/r/a/b/c",
            "docker.io/library/nginx:1.27",
            &digest,
            &both,
        ] {
            assert!(fault(good).is_none(), "{good}: {}", fault(good).unwrap().what);
        }
        let short = "us-docker.pkg.dev/p/r/i@sha256:abc";
        let cases = [
            ("gcr.io/cloudrun/hello", "Container Registry"),
            ("eu.gcr.io/p/i", "Container Registry"),
            ("mirror.gcr.io/library/nginx", "Container Registry"),
            ("nginx", "names no registry"),
            ("nginx:latest", "names no registry"),
            ("ghcr.io/acme/app", "cannot pull"),
            ("localhost:5000/app", "cannot pull"),
            ("library/nginx", "cannot pull"),
            ("-docker.pkg.dev/p/r/i", "names no location"),
            ("us-docker.pkg.dev/p/i", "does not name"),
            ("us-docker.pkg.dev/P/r/i", "capital letter P"),
            ("us-docker.pkg.dev/p/r/", "0 characters"),
            ("us-docker.pkg.dev/p//i", "0 characters"),
            ("us-docker.pkg.dev/p/r/-i", "separator"),
            ("us-docker.pkg.dev/p/r/i:", "a tag that is none"),
            ("us-docker.pkg.dev/p/r/i:a b", "a tag that is none"),
            ("us-docker.pkg.dev/p/r/$IMAGE", "holds \"$\""),
            ("https://us-docker.pkg.dev/p/r/i", "0 characters"),
            (short, "a digest that is none"),
            ("", "names no registry"),
        ];
        for (bad, what) in cases {
            let found = fault(bad).map(|wrong| wrong.what).unwrap_or_default();
            assert!(found.contains(what), "{bad}: {found}");
        }
        let long = format!("docker.io/library/nginx:{}", "t".repeat(129));
        assert!(fault(&long).is_some());
        assert!(fault(&long[..long.len() - 1]).is_none());
    }
}
