//! Durations and instants as protobuf's JSON writes them.

use jiff::{SignedDuration, Timestamp};

/// A duration, `3600s` or `0.5s`. `None` for anything else: `30d`, `1h`, a number without its unit.
pub fn parse(text: &str) -> Option<SignedDuration> {
    let number = text.strip_suffix('s')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (unsigned, sign) = whole.strip_prefix('-').map_or((whole, 1), |whole| (whole, -1));
    if unsigned.is_empty() || !digits(unsigned) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let seconds: i64 = unsigned.parse().ok()?;
    let nanoseconds: i32 = format!("{fraction:0<9}").parse().ok()?;
    Some(SignedDuration::new(sign * seconds, i32::try_from(sign).ok()? * nanoseconds))
}

/// A duration of whole seconds or with a fraction, in as few digits as it needs by groups of three.
pub fn show(duration: SignedDuration) -> String {
    let nanoseconds = duration.subsec_nanos().unsigned_abs();
    let sign = if duration.is_negative() { "-" } else { "" };
    let seconds = duration.as_secs().unsigned_abs();
    match digits(nanoseconds) {
        0 => format!("{sign}{seconds}s"),
        count => format!("{sign}{seconds}.{}s", &format!("{nanoseconds:09}")[..count]),
    }
}

/// An instant, in UTC.
pub fn show_instant(at: Timestamp) -> String {
    let count = digits(at.subsec_nanosecond().unsigned_abs());
    format!("{at:.count$}")
}

/// How many digits a fraction of a second takes: none, 3, 6 or 9.
fn digits(nanoseconds: u32) -> usize {
    match nanoseconds {
        0 => 0,
        n if n % 1_000_000 == 0 => 3,
        n if n % 1_000 == 0 => 6,
        _ => 9,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_come_back_in_their_shortest_form() {
        for (text, shown) in [
            ("3600s", "3600s"),
            ("3600.0s", "3600s"),
            ("0.5s", "0.500s"),
            ("-1.25s", "-1.250s"),
            ("1.000001s", "1.000001s"),
        ] {
            assert_eq!(parse(text).map(show).as_deref(), Some(shown), "{text}");
        }
        for text in [
            "30d",
            "1h",
            "3600",
            "s",
            "",
            "-s",
            "1e3s",
            "nans",
            "infs",
            "1.0000000001s",
            "99999999999999999999s",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn instants_are_shown_in_utc() {
        for (text, shown) in [
            ("2030-01-01T15:30:00-05:00", "2030-01-01T20:30:00Z"),
            ("2030-01-01T00:00:00.5Z", "2030-01-01T00:00:00.500Z"),
            ("2030-01-01T00:00:00.000001Z", "2030-01-01T00:00:00.000001Z"),
        ] {
            assert_eq!(show_instant(text.parse().unwrap()), shown);
        }
    }
}
