//! Which prices a region has.

use crate::prices;

/// A region, and what is known of its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The config's region.
    pub name: String,
    /// Its tier of Cloud Run's prices.
    pub run_tier: u8,
    /// What a person must know of the prices that are used for it; empty where they are its own.
    pub caution: Vec<String>,
}

impl Region {
    /// What is known of this region.
    pub fn of(name: &str) -> Self {
        let table = prices();
        let found = table.run_tiers.iter().find(|(_, regions)| regions.iter().any(|region| region == name));
        let run_tier = found.and_then(|(tier, _)| tier.parse().ok());
        let mut caution = Vec::new();
        if name != table.region {
            caution.push(format!(
                "Of {name} this table has only the price tier of Cloud Run ({}). All else is counted at the prices of {}; \
                 many regions cost more, some up to a half.",
                run_tier.map_or_else(|| "unknown, taken for 2".to_owned(), |tier: u8| tier.to_string()),
                table.region
            ));
        }
        Self { name: name.to_owned(), run_tier: run_tier.unwrap_or(2), caution }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_regions_prices_are_never_taken_silently() {
        assert_eq!(
            Region::of("us-central1"),
            Region { name: "us-central1".into(), run_tier: 1, caution: vec![] }
        );
        let frankfurt = Region::of("europe-west3");
        assert_eq!((frankfurt.run_tier, frankfurt.caution.len()), (2, 1));
        assert!(frankfurt.caution[0].contains("at the prices of us-central1"));
        let new = Region::of("mars-north1");
        assert!(new.run_tier == 2 && new.caution[0].contains("unknown, taken for 2"));
    }
}
