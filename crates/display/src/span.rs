use jiff::Timestamp;

/// A length of time as people say it: `0.4s`, `58s`, `4m12s`, `1h04m`.
pub fn short(seconds: f64) -> String {
    let seconds = if seconds.is_finite() { seconds.max(0.0) } else { 0.0 };
    if seconds < 9.95 {
        return format!("{seconds:.1}s");
    }
    clock(seconds.round())
}

/// The same for something that still runs: whole seconds, so that the text does not jitter.
pub(crate) fn elapsed(seconds: f64) -> String {
    clock(if seconds.is_finite() { seconds.max(0.0).floor() } else { 0.0 })
}

fn clock(seconds: f64) -> String {
    if seconds >= 360_000.0 {
        return ">99h".to_owned();
    }
    let seconds = seconds as u64;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{rest}s"),
        (0, _) => format!("{minutes}m{rest:02}s"),
        _ => format!("{hours}h{minutes:02}m"),
    }
}

/// A length of time that is only known roughly: `less than a minute`, `about 9 min`, `about 1 h 40 min`.
pub(crate) fn about(seconds: f64) -> String {
    if seconds < 45.0 {
        return "less than a minute".to_owned();
    }
    let minutes = ((seconds / 60.0).round() as u64).max(1);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("about {minutes} min"),
        (hours, 0) => format!("about {hours} h"),
        (hours, minutes) => format!("about {hours} h {minutes} min"),
    }
}

/// Seconds from one instant to another; never negative, since clocks get set back.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_naturally() {
        let cases = [
            (0.0, "0.0s"),
            (0.36, "0.4s"),
            (9.94, "9.9s"),
            (9.96, "10s"),
            (58.2, "58s"),
            (59.6, "1m00s"),
            (252.0, "4m12s"),
            (3599.7, "1h00m"),
            (3840.0, "1h04m"),
            (1e300, ">99h"),
            (f64::NAN, "0.0s"),
            (-3.0, "0.0s"),
        ];
        for (seconds, text) in cases {
            assert_eq!(short(seconds), text, "{seconds}");
        }
        assert_eq!(elapsed(59.9), "59s");
    }

    #[test]
    fn estimates_are_rough_on_purpose() {
        assert_eq!(about(10.0), "less than a minute");
        assert_eq!(about(46.0), "about 1 min");
        assert_eq!(about(540.0), "about 9 min");
        assert_eq!(about(6000.0), "about 1 h 40 min");
    }
}
