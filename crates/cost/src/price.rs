//! The table of prices, `prices.toml`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// One list price.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// What the code calls it.
    pub id: String,
    /// Google's words for it.
    pub sku: String,
    /// What one `usd` buys.
    pub unit: String,
    /// US dollars a unit.
    pub usd: f64,
    /// Units a month that cost nothing.
    #[serde(default)]
    pub free: f64,
    /// What a free unit is worth, where that is not its price: Cloud Run's are worth what they cost in tier 1.
    #[serde(default)]
    pub free_usd: Option<f64>,
    /// The price tier of Cloud Run's regions that it belongs to.
    #[serde(default)]
    pub run_tier: Option<u8>,
    /// The page that Google publishes it on.
    pub source: String,
    /// The day on which it was compared.
    pub as_of: toml::value::Datetime,
    /// With what it was compared.
    pub seen: String,
    /// False: compared with nothing, or announced and not yet known to be charged.
    pub sure: bool,
}

/// All prices.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// Hours in Google's month.
    pub hours_a_month: f64,
    /// The region that they are of.
    pub region: String,
    /// The prices.
    #[serde(rename = "price")]
    pub list: Vec<Price>,
    /// Cloud Run's regions by price tier.
    pub run_tiers: BTreeMap<String, Vec<String>>,
}

/// The table that this program was built with.
pub fn prices() -> &'static Prices {
    static TABLE: LazyLock<Prices> = LazyLock::new(|| {
        toml::from_str(include_str!("../prices.toml")).expect("the built-in table of prices is valid")
    });
    &TABLE
}

impl Prices {
    /// The price of this id, in this tier of Cloud Run's regions where that matters.
    pub fn get(&self, id: &str, run_tier: u8) -> Option<&Price> {
        let fits = |price: &&Price| price.id == id && price.run_tier.is_none_or(|tier| tier == run_tier);
        self.list.iter().find(fits)
    }

    /// The oldest day on which a price was compared, `2026-11-23`.
    pub fn as_of(&self) -> String {
        self.list.iter().map(|price| price.as_of.to_string()).min().unwrap_or_default()
    }
}

impl Price {
    /// What its free units are worth.
    pub fn free_worth(&self) -> f64 {
        self.free * self.free_usd.unwrap_or(self.usd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_price_says_what_it_is_and_where_it_comes_from() {
        let table = prices();
        let mut seen = BTreeSet::new();
        for price in &table.list {
            assert!(seen.insert((&price.id, price.run_tier)), "{} stands twice", price.id);
            assert!(price.usd > 0.0 && price.usd < 10.0 && price.free >= 0.0, "{}", price.id);
            assert!(price.source.starts_with("https://cloud.google.com/"), "{}", price.id);
            assert!(
                !price.sku.is_empty() && !price.unit.is_empty() && !price.seen.is_empty(),
                "{}",
                price.id
            );
            assert!(price.as_of.date.is_some() && price.as_of.time.is_none(), "{}", price.id);
            assert_eq!(price.seen == "not confirmed", price.seen == "not confirmed" && !price.sure);
        }
        assert_eq!(table.as_of().len(), 10);
    }

    #[test]
    fn a_region_has_one_tier() {
        let tiers = &prices().run_tiers;
        assert_eq!(tiers.keys().collect::<Vec<_>>(), ["1", "2"]);
        let all: Vec<_> = tiers.values().flatten().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }
}
