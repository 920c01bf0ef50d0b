//! `deploy-all cost`: what the month will cost, from the config alone. Starts no process, takes no lock, asks nobody.

use crate::args::{Options, Output};
use crate::exit::{DONE, Stop, USAGE};
use crate::{report, say, settings, steps};
use config::Config;
use cost::{Bounds, Estimate, Line, Traffic, difference, estimate, prices};
use display::{Amount, CostRow, CostStep, CostTable, cost_lines};
use engine::{Address, Item, Step};
use events::{CostChange, Fact, PlanItem};
use serde_json::{Value, json};

/// Prints the estimate.
///
/// # Errors
/// A config or an assumption that is not valid.
pub fn run(options: &Options, assumptions: &[String]) -> Result<u8, Stop> {
    let settings = settings::load(options)?;
    let config = &settings.loaded.config;
    let mut traffic = Traffic::default();
    let wrong: Vec<String> = assumptions
        .iter()
        .filter_map(|text| traffic.set(text).err())
        .map(|wrong| wrong.to_string())
        .collect();
    if !wrong.is_empty() {
        return Err(Stop::say(USAGE, wrong.join("\n")));
    }
    let steps = steps::all(config);
    let kept = kept(&steps);
    let estimate = estimate(config, kept.iter().map(|(step, address)| (*step, address)), &traffic);
    if options.output == Some(Output::Json) {
        say::line(as_json(config, &estimate, &traffic));
        return Ok(DONE);
    }
    let drawing = report::settings(options);
    if options.quiet {
        // Another region's prices are never used silently.
        estimate.region.caution.iter().for_each(say::aside);
    }
    for line in cost_lines(&table(config, &steps, &estimate, &traffic), drawing.verbosity, drawing.style) {
        say::line(line);
    }
    Ok(DONE)
}

/// What a plan changes of the month's bill; none where it changes nothing of it.
pub fn of_plan(config: &Config, items: &[PlanItem]) -> Option<Fact> {
    let found = difference(config, items, &Traffic::default());
    if found.changes.is_empty() && found.unknown.is_empty() {
        return None;
    }
    let change = |change: cost::Change| CostChange {
        resource: change.resource,
        low: cents(change.amount.low),
        high: cents(change.amount.high),
    };
    Some(Fact::PlanCost {
        low: cents(found.total.low),
        high: cents(found.total.high),
        currency: "USD".to_owned(),
        resources: found.changes.into_iter().map(change).collect(),
        unknown: found.unknown,
        command: Some("deploy-all cost".to_owned()),
    })
}

/// What the config wants to exist, each with its step.
fn kept(steps: &[Step]) -> Vec<(&'static str, Address)> {
    let of_step = |step: &Step| {
        let id = step.id;
        let kept = step.items.iter().filter_map(move |item| match item {
            Item::Keep(resource) if resource.wanted() => Some((id, resource.address())),
            _ => None,
        });
        kept.collect::<Vec<_>>()
    };
    steps.iter().flat_map(of_step).collect()
}

fn table(config: &Config, steps: &[Step], estimate: &Estimate, traffic: &Traffic) -> CostTable {
    let of_step = |step: &Step| {
        let lines: Vec<&Line> = estimate.lines.iter().filter(|line| line.step == step.id).collect();
        let sure = lines.iter().all(|line| line.sure);
        CostStep {
            id: step.id.to_owned(),
            title: step.title.to_owned(),
            amount: amount(estimate.of_step(step.id), sure),
            rows: lines.into_iter().map(row).collect(),
        }
    };
    CostTable {
        heading: format!("What {} costs a month in {}, US dollars", config.project.id, config.project.region),
        prices: format!("Google's list prices, compared on {}: no tax, no discount.", prices().as_of()),
        steps: steps.iter().map(of_step).filter(|step| !step.rows.is_empty()).collect(),
        total: amount(estimate.total, estimate.lines.iter().all(|line| line.sure)),
        assumed: traffic
            .assumptions()
            .iter()
            .map(|a| (a.key.to_owned(), a.value.low, a.value.high, a.meaning.to_owned()))
            .collect(),
        assume: "Assumed, low and high (--traffic KEY=NUMBER or KEY=LOW..HIGH sets one):".to_owned(),
        notes: notes(estimate),
    }
}

fn row(line: &Line) -> CostRow {
    let part = |part: &cost::Part| {
        let sku = format!("{}, {} a {}", part.price.sku, part.price.usd, part.price.unit);
        (sku, amount(part.amount, part.price.sure || part.amount.high == 0.0))
    };
    CostRow {
        name: line.resource.to_string(),
        what: line.what.clone(),
        amount: amount(line.amount, line.sure),
        parts: line.parts.iter().map(part).collect(),
    }
}

fn amount(bounds: Bounds, sure: bool) -> Amount {
    Amount { low: bounds.low, high: bounds.high, sure }
}

/// What the numbers leave open.
fn notes(estimate: &Estimate) -> Vec<String> {
    let mut notes = estimate.region.caution.clone();
    if estimate.lines.iter().any(|line| !line.sure) {
        notes.push("? A price in it is not confirmed, or announced and perhaps not charged yet.".to_owned());
    }
    if !estimate.unknown.is_empty() {
        let names: Vec<&str> = estimate.unknown.iter().map(Address::as_str).collect();
        notes.push(format!("Not in it, since no price is known here: {}.", names.join(", ")));
    }
    notes.push(format!(
        "What is free a month is counted in full, though Google counts it once for a billing account. For {} other \
         resources Google charges nothing. Not in it: traffic between zones, support, and what the application itself uses besides.",
        estimate.free.len()
    ));
    notes
}

fn as_json(config: &Config, estimate: &Estimate, traffic: &Traffic) -> Value {
    let resources = estimate.lines.iter().map(|line| {
        let parts = line.parts.iter().map(|part| {
            json!({
                "sku": part.price.sku, "unit": part.price.unit, "usd": part.price.usd, "free": part.price.free,
                "quantity_low": part.quantity.low, "quantity_high": part.quantity.high,
                "low": cents(part.amount.low), "high": cents(part.amount.high),
                "sure": part.price.sure, "source": part.price.source, "as_of": part.price.as_of.to_string(),
            })
        });
        json!({
            "step": line.step, "resource": line.resource, "what": line.what, "low": cents(line.amount.low),
            "high": cents(line.amount.high), "sure": line.sure, "parts": parts.collect::<Vec<_>>(),
        })
    });
    let assumed = traffic
        .assumptions()
        .iter()
        .map(|a| (a.key.to_owned(), json!({"low": a.value.low, "high": a.value.high, "meaning": a.meaning})));
    json!({
        "schema": events::SCHEMA, "project": config.project.id, "region": config.project.region, "currency": "USD",
        "prices_as_of": prices().as_of(), "prices_of": prices().region,
        "low": cents(estimate.total.low), "high": cents(estimate.total.high),
        "resources": resources.collect::<Vec<_>>(), "free": estimate.free, "unknown": estimate.unknown,
        "traffic": assumed.collect::<serde_json::Map<_, _>>(), "cautions": estimate.region.caution,
    })
}

/// Whole cents: more digits would only look like knowledge.
fn cents(amount: f64) -> f64 {
    (amount * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::{FileSource, Source};
    use std::collections::BTreeMap;

    fn of(environment: &str) -> (Config, Estimate) {
        let file = format!("{}/../../configs/{environment}.toml", env!("CARGO_MANIFEST_DIR"));
        let config = config::load(&Source::file(FileSource::Path(file.into()))).unwrap().config;
        let steps = steps::all(&config);
        let kept = kept(&steps);
        let estimate = estimate(&config, kept.iter().map(|(s, a)| (*s, a)), &Traffic::default());
        (config, estimate)
    }

    fn words(low: f64, high: f64) -> String {
        if (low - high).abs() < 0.005 { format!("{high:.2}") } else { format!("{low:.2} to {high:.2}") }
    }

    /// What the guide's tables have rows for.
    fn parts(estimate: &Estimate) -> BTreeMap<String, String> {
        let sum = |wanted: &dyn Fn(&Line) -> bool| {
            let lines: Vec<&Line> = estimate.lines.iter().filter(|line| wanted(line)).collect();
            words(lines.iter().map(|l| l.amount.low).sum(), lines.iter().map(|l| l.amount.high).sum())
        };
        let mut parts = BTreeMap::from([
            ("05-ci-cd".to_owned(), sum(&|line| line.step == "05-ci-cd")),
            ("06-monitoring".to_owned(), sum(&|line| line.step == "06-monitoring")),
            ("total".to_owned(), words(estimate.total.low, estimate.total.high)),
        ]);
        for kind in ["sql-instance", "redis-instance", "run-service", "vpc-connector", "secret"] {
            parts.insert(kind.to_owned(), sum(&|line| line.resource.kind() == kind));
        }
        parts
    }

    #[test]
    fn the_guide_explains_the_numbers_that_the_command_prints() {
        let guide = include_str!("../../../docs/guide/cost.md");
        for environment in ["dev", "prod"] {
            let heading = format!("### {environment}\n");
            let section = guide.split(&heading).nth(1).unwrap().split("\n#").next().unwrap();
            let mut parts = parts(&of(environment).1);
            for row in section.lines().filter(|line| line.starts_with("| `")) {
                let cells: Vec<&str> = row.split('|').map(str::trim).collect();
                let part = cells[1].trim_matches('`');
                assert_eq!(parts.remove(part).as_deref(), Some(cells[3]), "{environment}: {part}");
                assert!(!cells[4].is_empty(), "{part} is not explained");
            }
            assert!(parts.is_empty(), "{environment}: the guide does not speak of {parts:?}");
        }
    }

    #[test]
    fn every_kind_of_resource_has_a_price_or_is_known_to_be_free() {
        for environment in ["dev", "staging", "prod"] {
            let (mut config, estimate_of) = of(environment);
            assert!(estimate_of.unknown.is_empty(), "{:?}", estimate_of.unknown);
            config.budget.monthly_amount = Some(100);
            config.monitoring.notification_email = Some("a@example.com".into());
            config.ci_cd.github = Some(config::model::GitHub { owner: "a".into(), name: "b".into() });
            config.cloud_run.secrets.insert("KEY".into(), "key".into());
            config.cloud_run.public = false;
            for machine in ["E2_MEDIUM", "E2_HIGHCPU_8", "E2_HIGHCPU_32", "N1_HIGHCPU_8", "N1_HIGHCPU_32"] {
                config.ci_cd.machine_type = machine.into();
                let steps = steps::all(&config);
                let kept = kept(&steps);
                let full = estimate(&config, kept.iter().map(|(s, a)| (*s, a)), &Traffic::default());
                assert!(full.unknown.is_empty(), "{:?}", full.unknown);
                assert!(full.lines.iter().any(|line| line.resource.kind() == "build-trigger"));
            }
        }
    }

    #[test]
    fn making_everything_costs_what_the_estimate_says() {
        let (config, whole) = of("prod");
        let steps = steps::all(&config);
        let created = kept(&steps).into_iter().map(|(s, a)| PlanItem::new(s, a, events::Action::Create));
        let Some(Fact::PlanCost { low, high, unknown, .. }) = of_plan(&config, &created.collect::<Vec<_>>())
        else {
            panic!("a new deployment costs something");
        };
        assert_eq!((low, high), (cents(whole.total.low), cents(whole.total.high)));
        assert!(unknown.is_empty());
    }
}
