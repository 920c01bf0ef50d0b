//! Pieces of HTTP that uploads and downloads are made of.

/// A name as one segment of a path.
pub fn encode(name: &str) -> String {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// First and last byte of `bytes=A-B`, `bytes=A-`, `bytes=-N` within `total`.
pub fn range(header: &str, total: usize) -> Option<(usize, usize)> {
    let (from, to) = header.strip_prefix("bytes=")?.split_once('-')?;
    let last = total.checked_sub(1)?;
    let (from, to) = match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => (from, to.min(last)),
        (Ok(from), Err(_)) => (from, last),
        (Err(_), Ok(n)) => (total.saturating_sub(n), last),
        _ => return None,
    };
    (from <= to).then_some((from, to))
}

/// The parts of a `multipart/related` body: JSON, then contents with their type. gcloud puts the boundary into single
/// quotes that are not part of it, and ends its lines with a bare LF.
pub fn multipart<'a>(kind: &str, body: &'a [u8]) -> Option<(&'a [u8], String, &'a [u8])> {
    let boundary = kind.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let delimiter = format!("--{}", boundary.trim_matches(['"', '\'']));
    let mut parts = Vec::new();
    let mut rest = &body[position(body, delimiter.as_bytes())? + delimiter.len()..];
    while let Some(end) = position(rest, delimiter.as_bytes()) {
        let part = &rest[..end];
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        parts.push(part.strip_suffix(b"\r").unwrap_or(part));
        rest = &rest[end + delimiter.len()..];
    }
    let [metadata, contents] = parts[..] else { return None };
    let (_, metadata) = split(metadata)?;
    let (headers, contents) = split(contents)?;
    let kind = String::from_utf8_lossy(headers)
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-type"))
        .map_or_else(String::new, |(_, value)| value.trim().to_owned());
    Some((metadata, kind, contents))
}

/// Headers and body of a part.
fn split(part: &[u8]) -> Option<(&[u8], &[u8])> {
    let ends =
        [&b"\r\n\r\n"[..], b"\n\n"].into_iter().filter_map(|end| Some((position(part, end)?, end.len())));
    let (at, length) = ends.min()?;
    Some((&part[..at], &part[at + length..]))
}

fn position(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gclouds_multipart_is_read() {
        let body = b"--xx\nContent-Type: application/json\n\n{\"name\":\"o\"}\n--xx\nContent-Type: text/plain\n\nline\n\nmore\n--xx--";
        let (json, kind, contents) = multipart("multipart/related; boundary='xx'", body).unwrap();
        assert_eq!(
            (json, kind.as_str(), contents),
            (&b"{\"name\":\"o\"}"[..], "text/plain", &b"line\n\nmore"[..])
        );
        assert!(multipart("multipart/related", body).is_none());
    }

    #[test]
    fn ranges() {
        assert_eq!(range("bytes=0-3", 10), Some((0, 3)));
        assert_eq!(range("bytes=5-", 10), Some((5, 9)));
        assert_eq!(range("bytes=-2", 10), Some((8, 9)));
        assert_eq!(range("bytes=10-", 10), None);
        assert_eq!(range("bytes=0-", 0), None);
    }
}
