//! `[budget]`

use super::Faults;
use crate::model::Budget;

pub(super) fn check(budget: &Budget, faults: &mut Faults) {
    if let Some(currency) = &budget.currency
        && !(currency.len() == 3 && currency.chars().all(|c| c.is_ascii_uppercase()))
    {
        let remedy = "leave it out for the billing account's currency: Google takes no other";
        faults.add(
            "budget.currency",
            "is not a currency code",
            "three capital letters, such as \"USD\"",
            remedy,
        );
    }
    if budget.monthly_amount.is_some() && budget.thresholds.is_empty() {
        let what = "is empty, so that the budget would never alert";
        faults.add("budget.thresholds", what, "percents such as [50, 90, 100]", "name at least one percent");
    }
    if let Some(index) = budget.thresholds.windows(2).position(|pair| pair[0] >= pair[1]) {
        let key = format!("budget.thresholds[{}]", index + 1);
        faults.add(
            key,
            "is not above the one before it",
            "each percent once, in rising order",
            "sort the list",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(amount: Option<u64>, currency: Option<&str>, thresholds: &[u32]) -> Vec<String> {
        let budget = Budget {
            monthly_amount: amount,
            currency: currency.map(str::to_owned),
            thresholds: thresholds.to_vec(),
        };
        let mut faults = Faults::default();
        check(&budget, &mut faults);
        faults.lines()
    }

    #[test]
    fn budgets() {
        assert!(lines(Some(100), Some("EUR"), &[50, 90, 100]).is_empty());
        assert!(lines(None, None, &[]).is_empty());
        for bad in ["eur", "EU", "EURO", "€€€"] {
            assert_eq!(lines(None, Some(bad), &[1]), ["budget.currency: is not a currency code"], "{bad}");
        }
        let expected = ["budget.thresholds: is empty, so that the budget would never alert"];
        assert_eq!(lines(Some(1), None, &[]), expected);
        for (bad, at) in [([90, 50, 100], 1), ([50, 90, 90], 2)] {
            let expected = format!("budget.thresholds[{at}]: is not above the one before it");
            assert_eq!(lines(Some(1), None, &bad), [expected]);
        }
    }
}
