//! `[monitoring]`

use super::Faults;
use super::grammar::{email, length, strange};
use crate::model::Monitoring;

pub(super) fn check(monitoring: &Monitoring, faults: &mut Faults) {
    if let Some(address) = &monitoring.notification_email
        && let Some(what) = email(address)
    {
        let remedy = "write one address that somebody reads, or leave the key out";
        faults.add("monitoring.notification_email", what, "an email address", remedy);
    }
    let path = &monitoring.uptime_path;
    let wrong = length(path, 1, 1024)
        .or_else(|| (!path.starts_with('/')).then(|| "does not begin with /".to_owned()))
        .or_else(|| strange(path, |c| c.is_ascii_graphic() && !matches!(c, '#' | '"' | '<' | '>' | '\\')));
    if let Some(what) = wrong {
        let remedy = "write the path alone: the host is the service's own";
        faults.add("monitoring.uptime_path", what, "a path such as \"/health\"", remedy);
    }
    if monitoring.archive_days < monitoring.log_retention_days {
        let (key, other) = ("monitoring.archive_days", "monitoring.log_retention_days");
        let remedy = "raise it: an archive that forgets first is of no use";
        faults.mutual(key, "does not go with", other, "at least as many days as the log retention", remedy);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(change: impl FnOnce(&mut Monitoring)) -> Vec<String> {
        let mut monitoring = Monitoring::default();
        change(&mut monitoring);
        let mut faults = Faults::default();
        check(&monitoring, &mut faults);
        faults.lines()
    }

    #[test]
    fn emails() {
        assert!(lines(|m| m.notification_email = Some("ops@acme.io".into())).is_empty());
        let expected = ["monitoring.notification_email: has no \"@\""];
        assert_eq!(lines(|m| m.notification_email = Some("ops".into())), expected);
    }

    #[test]
    fn uptime_paths() {
        let (longest, too_long) = (format!("/{}", "a".repeat(1023)), format!("/{}", "a".repeat(1024)));
        for good in ["/", "/health", "/a/b?c=d&e=%20", &longest] {
            assert!(lines(|m| m.uptime_path = good.into()).is_empty(), "{good}");
        }
        for bad in ["", "health", "https://a/b", "/a b", "/a#b", "/é", &too_long] {
            assert_eq!(lines(|m| m.uptime_path = bad.into()).len(), 1, "{bad}");
        }
    }

    #[test]
    fn the_archive_outlives_the_log() {
        assert!(lines(|m| (m.archive_days, m.log_retention_days) = (30, 30)).is_empty());
        let expected = ["monitoring.archive_days: does not go with monitoring.log_retention_days"];
        assert_eq!(lines(|m| (m.archive_days, m.log_retention_days) = (29, 30)), expected);
    }
}
