//! What an update of an instance means for those who use it.

use engine::{Diff, Impact};

/// From `gcloud sql instances patch --help` (528: `--tier` and `--clear-database-flags` restart) and Google's "Edit
/// instances" and "About instance settings"; where these say "may", so does this.
pub fn of_update(diffs: &[Diff]) -> Impact {
    let has = |fields: &[&str]| diffs.iter().any(|diff| fields.contains(&diff.field.as_str()));
    let interrupts = if has(&["tier", "availability", "edition"]) {
        Some("the database restarts: some minutes without connections")
    } else if has(&["flags", "pitr"]) {
        Some("the database may restart: up to some minutes without connections")
    } else if has(&["TLS", "public address"]) {
        Some("connections that are not as configured break off")
    } else {
        None
    };
    let falls = |diff: &Diff| matches!((diff.old.parse::<u64>(), diff.new.parse::<u64>()), (Ok(old), Ok(new)) if new < old);
    let data = diffs.iter().find_map(|diff| match (diff.field.as_str(), diff.new.as_str()) {
        ("pitr", "off") => Some("it can no longer be restored to a moment of the past, only to a backup"),
        ("retained_backups", _) if falls(diff) => Some("the oldest backups are deleted"),
        ("pitr days", _) if falls(diff) => Some("older moments can no longer be restored"),
        ("deletion_protection", "off") => Some("nothing protects the instance from deletion any more"),
        _ => None,
    });
    Impact {
        seconds: interrupts.map(|_| 300).or(Some(60)),
        interrupts: interrupts.map(str::to_owned),
        data: data.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_and_what_is_lost_are_told() {
        let tier = of_update(&[Diff::new("tier", "db-f1-micro", "db-g1-small")]);
        assert!(tier.interrupts.is_some_and(|text| text.contains("restarts")) && tier.data.is_none());
        let fewer = of_update(&[Diff::new("retained_backups", 14, 7)]);
        assert!(fewer.interrupts.is_none() && fewer.data.is_some_and(|text| text.contains("oldest backups")));
        assert_eq!(of_update(&[Diff::new("retained_backups", 7, 14)]).data, None);
    }
}
