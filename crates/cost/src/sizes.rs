//! Sizes as the config writes them. A config that loaded has none that these do not understand; what the cloud had
//! before may.

/// CPUs and gigabytes of a Cloud SQL machine that is paid by them: `db-custom-2-7680`, `db-perf-optimized-N-4`.
pub fn sql_machine(tier: &str) -> Option<(f64, f64)> {
    if let Some(cpus) = tier.strip_prefix("db-perf-optimized-N-") {
        let cpus: f64 = cpus.parse().ok()?;
        return Some((cpus, cpus * 8.0));
    }
    let (cpus, mb) = tier.strip_prefix("db-custom-")?.split_once('-')?;
    Some((cpus.parse().ok()?, mb.parse::<f64>().ok()? / 1024.0))
}

/// CPUs of a Cloud Run instance: `1`, `0.5`, `500m`.
pub fn cpus(text: &str) -> Option<f64> {
    match text.strip_suffix('m') {
        Some(thousandths) => Some(thousandths.parse::<f64>().ok()? / 1000.0),
        None => text.parse().ok(),
    }
}

/// GiB of a Cloud Run instance: `512Mi`, `2Gi`.
pub fn gib(text: &str) -> Option<f64> {
    match (text.strip_suffix("Gi"), text.strip_suffix("Mi")) {
        (Some(gib), _) => gib.parse().ok(),
        (_, Some(mib)) => Some(mib.parse::<f64>().ok()? / 1024.0),
        _ => None,
    }
}

/// The capacity tier of a Redis instance.
pub fn redis_capacity(gb: u32) -> &'static str {
    match gb {
        0..=4 => "m1",
        5..=10 => "m2",
        11..=35 => "m3",
        36..=100 => "m4",
        _ => "m5",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_google_writes_them() {
        assert_eq!(sql_machine("db-custom-2-7680"), Some((2.0, 7.5)));
        assert_eq!(sql_machine("db-perf-optimized-N-4"), Some((4.0, 32.0)));
        assert_eq!(sql_machine("db-f1-micro"), None);
        assert_eq!((cpus("2"), cpus("0.5"), cpus("1000m")), (Some(2.0), Some(0.5), Some(1.0)));
        assert_eq!((gib("512Mi"), gib("2Gi"), gib("(none)")), (Some(0.5), Some(2.0), None));
        assert_eq!(
            [4, 5, 10, 11, 35, 36, 100, 101].map(redis_capacity),
            ["m1", "m2", "m2", "m3", "m3", "m4", "m4", "m5"]
        );
    }
}
