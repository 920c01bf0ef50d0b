//! What is wrong with the URL that the old scripts stored. The plan stores another one; this says why.

use config::names;
use engine::{Reader, Result};

/// Why the stored URL is another one than this tool's, in words that show nothing of it. No process: the check reads it too.
///
/// # Errors
/// The secret cannot be read.
pub fn why_another_url(cloud: &Reader) -> Result<Option<String>> {
    if !resources::secret_exists(cloud, names::DATABASE_URL)? {
        return Ok(None);
    }
    let Some(url) = resources::latest(cloud, names::DATABASE_URL)? else { return Ok(None) };
    Ok(is_unescaped(url.value.expose()).then(|| {
        "the password stands unescaped in the URL, so that psql and others that follow the standard misread it; the new version \
         has it escaped (TLS is asked for by PGSSLMODE, which the service gets)"
            .to_owned()
    }))
}

/// Whether the part before the host holds what a URL must escape.
fn is_unescaped(url: &str) -> bool {
    let Some((login, _)) = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')) else {
        return false;
    };
    let password = login.split_once(':').map_or("", |(_, password)| password);
    password.contains(['/', '?', '#', '@', ':', '+', '=', '[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unescaped_password_is_known_by_its_signs() {
        assert!(is_unescaped("postgresql://codementor:aB/c+d==@10.0.0.3:5432/codementor"));
        assert!(!is_unescaped("postgresql://codementor:aB%2Fc%2Bd%3D@10.0.0.3:5432/codementor"));
        assert!(!is_unescaped("nothing of the kind"));
    }
}
