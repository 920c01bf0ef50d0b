//! Machine types of Cloud SQL for PostgreSQL.

/// A machine type that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    /// `db-f1-micro`, `db-g1-small`
    Shared { mb: u32 },
    /// `db-custom-CPUS-MB`
    Custom { mb: u32 },
    /// `db-perf-optimized-N-CPUS`, for Enterprise Plus only.
    Optimized { mb: u32 },
}

/// The sizes of the performance-optimized series.
const OPTIMIZED: [u32; 10] = [2, 4, 8, 16, 32, 48, 64, 80, 96, 128];

/// What is allowed, in a sentence.
pub(super) const RULE: &str = "db-f1-micro, db-g1-small, db-custom-CPUS-MB (1 or an even number of CPUs up to 96; at least 3840 MB, \
     a multiple of 256, 0.9 to 6.5 GB a CPU), or db-perf-optimized-N-CPUS for enterprise-plus";

/// What is wrong with a machine type, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub what: String,
    pub remedy: String,
}

fn wrong(what: impl Into<String>, remedy: impl Into<String>) -> Wrong {
    Wrong { what: what.into(), remedy: remedy.into() }
}

impl Tier {
    pub fn memory_mb(self) -> u32 {
        match self {
            Tier::Shared { mb } | Tier::Custom { mb } | Tier::Optimized { mb } => mb,
        }
    }

    pub fn parse(text: &str) -> Result<Self, Wrong> {
        match text {
            "db-f1-micro" => return Ok(Tier::Shared { mb: 615 }),
            "db-g1-small" => return Ok(Tier::Shared { mb: 1741 }),
            _ => {}
        }
        if let Some(cpus) = text.strip_prefix("db-perf-optimized-N-") {
            return match number(cpus) {
                Some(cpus) if OPTIMIZED.contains(&cpus) => Ok(Tier::Optimized { mb: cpus * 8192 }),
                _ => Err(wrong(
                    "is not a size of this series",
                    format!("write one of {OPTIMIZED:?} at the end"),
                )),
            };
        }
        let Some(sizes) = text.strip_prefix("db-custom-") else {
            return Err(wrong(
                "is not a machine type for PostgreSQL",
                "write \"db-custom-2-7680\" for 2 CPUs and 7.5 GB",
            ));
        };
        let Some((cpus, mb)) =
            sizes.split_once('-').and_then(|(cpus, mb)| Some((number(cpus)?, number(mb)?)))
        else {
            return Err(wrong(
                "does not name CPUs and MB",
                "write \"db-custom-2-7680\" for 2 CPUs and 7.5 GB",
            ));
        };
        custom(cpus, mb)
    }
}

fn custom(cpus: u32, mb: u32) -> Result<Tier, Wrong> {
    if cpus == 0 || cpus > 96 || (cpus > 1 && cpus % 2 == 1) {
        let nearest = (cpus + 1).clamp(2, 96) / 2 * 2;
        return Err(wrong(
            format!("has {cpus} CPUs"),
            format!("choose 1 or an even number up to 96, such as {nearest}"),
        ));
    }
    // 0.9 GB is not a whole number of MB, hence the tenths.
    let least = (cpus * 9216).div_ceil(10).max(3840).next_multiple_of(256);
    let most = cpus * 6656;
    if mb < least {
        Err(wrong(
            format!("has {mb} MB, too little for {cpus} CPUs"),
            format!("write \"db-custom-{cpus}-{least}\" or more"),
        ))
    } else if mb > most {
        Err(wrong(
            format!("has {mb} MB, too much for {cpus} CPUs"),
            format!("write \"db-custom-{cpus}-{most}\" or less"),
        ))
    } else if !mb.is_multiple_of(256) {
        let below = mb - mb % 256;
        let better = if below >= least { below } else { below + 256 };
        Err(wrong(
            format!("has {mb} MB, not a multiple of 256"),
            format!("write \"db-custom-{cpus}-{better}\""),
        ))
    } else {
        Ok(Tier::Custom { mb })
    }
}

/// A plain number: no sign, no zero in front, short enough to be one.
fn number(text: &str) -> Option<u32> {
    let plain = text.len() <= 7
        && (text == "0" || !text.starts_with('0'))
        && text.chars().all(|c| c.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_on_both_sides_of_each_bound() {
        let good = [
            ("db-f1-micro", 615),
            ("db-g1-small", 1741),
            ("db-custom-1-3840", 3840),
            ("db-custom-1-6656", 6656),
            ("db-custom-2-3840", 3840),
            ("db-custom-2-7680", 7680),
            ("db-custom-2-13312", 13312),
            ("db-custom-10-9216", 9216),
            ("db-custom-96-638976", 638_976),
            ("db-perf-optimized-N-2", 16384),
            ("db-perf-optimized-N-128", 1_048_576),
        ];
        for (text, mb) in good {
            assert_eq!(Tier::parse(text).map(Tier::memory_mb), Ok(mb), "{text}");
        }
        let bad = [
            ("db-custom-0-3840", "has 0 CPUs"),
            ("db-custom-3-7680", "has 3 CPUs"),
            ("db-custom-97-90000", "has 97 CPUs"),
            ("db-custom-98-98304", "has 98 CPUs"),
            ("db-custom-1-3584", "has 3584 MB, too little for 1 CPUs"),
            ("db-custom-1-6912", "has 6912 MB, too much for 1 CPUs"),
            ("db-custom-10-8960", "has 8960 MB, too little for 10 CPUs"),
            ("db-custom-2-7681", "has 7681 MB, not a multiple of 256"),
            ("db-custom-2", "does not name CPUs and MB"),
            ("db-custom-2-7680-1", "does not name CPUs and MB"),
            ("db-custom-02-7680", "does not name CPUs and MB"),
            ("db-custom-+2-7680", "does not name CPUs and MB"),
            ("db-custom-2-99999999", "does not name CPUs and MB"),
            ("db-n1-standard-2", "is not a machine type for PostgreSQL"),
            ("DB-F1-MICRO", "is not a machine type for PostgreSQL"),
            ("db-perf-optimized-N-3", "is not a size of this series"),
        ];
        for (text, what) in bad {
            assert_eq!(Tier::parse(text).map_err(|wrong| wrong.what), Err(what.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_proposed_instead_is_right_itself() {
        for cpus in 0..=97 {
            for mb in [0, 256, 1000, 3840, 7681, 60_000, 700_000] {
                let Err(wrong) = custom(cpus, mb) else { continue };
                if let Some(tier) = wrong.remedy.split('"').nth(1) {
                    assert!(Tier::parse(tier).is_ok(), "{cpus} {mb}: {tier}");
                }
            }
        }
    }
}
