use crate::{Style, Tone, Verbosity, text};
use events::{Address, CostChange};

/// What something costs a month, at least and at most.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amount {
    /// At least.
    pub low: f64,
    /// At most.
    pub high: f64,
    /// False: a price in it is not confirmed.
    pub sure: bool,
}

/// One resource that costs something.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CostRow {
    /// `sql-instance/codementor-db`
    pub name: String,
    /// What is paid for.
    pub what: String,
    /// How much.
    pub amount: Amount,
    /// What it is made of: the words, and how much.
    pub parts: Vec<(String, Amount)>,
}

/// The resources of one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CostStep {
    /// `02-database`
    pub id: String,
    /// `Cloud SQL PostgreSQL`
    pub title: String,
    /// Their sum.
    pub amount: Amount,
    /// The resources.
    pub rows: Vec<CostRow>,
}

/// An estimate as a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CostTable {
    /// What it is an estimate of.
    pub heading: String,
    /// Of which day and kind its prices are.
    pub prices: String,
    /// The steps that have something to show.
    pub steps: Vec<CostStep>,
    /// The sum.
    pub total: Amount,
    /// What is assumed: its name, its low and high number, what it means.
    pub assumed: Vec<(String, f64, f64, String)>,
    /// How to assume something else.
    pub assume: String,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// Room for an amount and its mark.
const AMOUNT: usize = 10;
/// Less than this is nothing.
const NOTHING: f64 = 0.005;

/// The table, with the sums of the steps and what the numbers rest on.
pub fn cost_lines(table: &CostTable, verbosity: Verbosity, style: Style) -> Vec<String> {
    let columns = style.prose();
    let names = table.steps.iter().flat_map(|step| {
        let parts = step.rows.iter().flat_map(|row| &row.parts).filter(|_| verbosity == Verbosity::Verbose);
        let rows = step.rows.iter().map(|row| text::width(&row.name) + 2);
        rows.chain(parts.map(|(words, _)| text::width(words) + 6))
            .chain([text::width(&step.id) + text::width(&step.title) + 2])
    });
    let room = columns.saturating_sub(2 * AMOUNT + 2);
    let name = names.max().unwrap_or(0).clamp(20.min(room), room);
    let line = |label: &str, amount: Amount| {
        let label = text::pad(&text::squeeze(&text::clean(label, style), name, style), name);
        figures(&style.paint(Tone::Strong, &label), amount)
    };
    let total = line("Total a month", table.total);
    if verbosity == Verbosity::Quiet {
        return vec![total];
    }
    let mut lines = text::wrap(&table.heading, columns);
    lines = lines.iter().map(|line| style.paint(Tone::Strong, line)).collect();
    lines.extend(text::wrap(&table.prices, columns).iter().map(|line| style.paint(Tone::Quiet, line)));
    let head = format!("{}  {}{}", " ".repeat(name), column("low"), column("high"));
    lines.extend([String::new(), style.paint(Tone::Quiet, head.trim_end())]);
    for step in &table.steps {
        lines.push(line(&format!("{}  {}", step.id, step.title), step.amount));
        let mut nothing = 0;
        for row in &step.rows {
            if row.amount.high.abs() < NOTHING && verbosity < Verbosity::Verbose {
                nothing += 1;
                continue;
            }
            lines.push(indented(2, &row.name, row.amount, name, style));
            let what = text::hang("    ", &text::one_line(&row.what, style), columns);
            lines.extend(what.iter().map(|line| style.paint(Tone::Quiet, line)));
            if verbosity == Verbosity::Verbose {
                lines
                    .extend(row.parts.iter().map(|(words, amount)| indented(6, words, *amount, name, style)));
            }
        }
        if nothing > 0 {
            let words = format!("  {nothing} more within what is free");
            lines.push(style.paint(Tone::Quiet, &words));
        }
    }
    lines.extend([String::new(), total, String::new()]);
    lines.extend(assumptions(table, style));
    for note in &table.notes {
        lines.push(String::new());
        lines.extend(text::wrap(&text::one_line(note, style), columns));
    }
    lines
}

/// More changes than these are told by their sum alone.
const FEW: usize = 4;

/// What a plan changes of the month's bill.
pub(crate) fn change_lines(
    (low, high): (f64, f64),
    currency: &str,
    resources: &[CostChange],
    unknown: &[Address],
    command: Option<&str>,
    style: Style,
) -> Vec<String> {
    let see = command.map(|command| format!(": see `{}`", text::one_line(command, style)));
    let currency = text::one_line(currency, style);
    let mut lines = Vec::new();
    if !resources.is_empty() {
        let words = format!(
            "Monthly cost: {} {currency} by list price, depending on traffic{}.",
            range(low, high),
            see.unwrap_or_default()
        );
        let words = if same(low, high) { words.replace(", depending on traffic", "") } else { words };
        lines.extend(text::wrap(&words, style.prose()));
        if (2..=FEW).contains(&resources.len()) {
            let amounts = resources.iter().map(|change| text::width(&range(change.low, change.high)));
            let widest = amounts.max().unwrap_or(0);
            for change in resources {
                let head = format!("  {}", text::pad_left(&range(change.low, change.high), widest));
                lines.extend(text::hang(
                    &format!("{head}  "),
                    &text::one_line(change.resource.as_str(), style),
                    style.line(),
                ));
            }
        }
    }
    if !unknown.is_empty() {
        let names: Vec<&str> = unknown.iter().map(Address::as_str).collect();
        let words = format!(
            "What this changes of the cost of {} is not known.",
            text::one_line(&names.join(", "), style)
        );
        lines.extend(text::wrap(&words, style.prose()));
    }
    lines
}

fn same(low: f64, high: f64) -> bool {
    (low - high).abs() < NOTHING
}

/// `+62.78`, `+1.00 to +2.50`
fn range(low: f64, high: f64) -> String {
    let signed =
        |amount: f64| if amount.abs() < NOTHING { "0.00".to_owned() } else { format!("{amount:+.2}") };
    if same(low, high) { signed(high) } else { format!("{} to {}", signed(low), signed(high)) }
}

fn indented(by: usize, label: &str, amount: Amount, name: usize, style: Style) -> String {
    let label = text::squeeze(&text::one_line(label, style), name.saturating_sub(by), style);
    let label = text::pad(&format!("{}{label}", " ".repeat(by)), name);
    figures(&label, amount)
}

/// A label that fills its column, and the two amounts.
fn figures(label: &str, amount: Amount) -> String {
    format!("{label}  {}{}", figure(amount.low, true), figure(amount.high, amount.sure)).trim_end().to_owned()
}

fn assumptions(table: &CostTable, style: Style) -> Vec<String> {
    let columns = style.prose();
    // As narrow as they may be: the meaning needs its room beside them.
    let (mut keys, mut lows, mut highs) = (0, 0, 0);
    for (key, low, high, _) in &table.assumed {
        keys = keys.max(text::width(key));
        lows = lows.max(text::width(&number(*low)));
        highs = highs.max(text::width(&number(*high)));
    }
    let mut lines = text::wrap(&table.assume, columns);
    for (key, low, high, meaning) in &table.assumed {
        let (low, high) = (text::pad_left(&number(*low), lows), text::pad_left(&number(*high), highs));
        let head = format!("  {}  {low} {high}  ", text::pad(key, keys));
        lines.extend(text::hang(&head, &text::one_line(meaning, style), columns));
    }
    lines.iter().map(|line| style.paint(Tone::Quiet, line)).collect()
}

fn column(words: &str) -> String {
    format!("{} ", text::pad_left(words, AMOUNT - 1))
}

fn figure(amount: f64, sure: bool) -> String {
    // No minus before a nought.
    let amount = if amount.abs() < NOTHING { 0.0 } else { amount };
    format!("{}{}", text::pad_left(&format!("{amount:.2}"), AMOUNT - 1), if sure { " " } else { "?" })
}

/// A plain number, its thousands set apart.
fn number(value: f64) -> String {
    if value.fract() != 0.0 {
        return format!("{value}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_a_sign() {
        assert_eq!(
            [range(1.0, 2.5), range(-3.0, -3.001), range(0.001, 2.0)],
            ["+1.00 to +2.50", "-3.00", "0.00 to +2.00"]
        );
    }

    #[test]
    fn few_changes_are_named_and_what_is_not_known_is_said() {
        let change = |name, low, high| CostChange { resource: Address::new("x", name), low, high };
        let two = [change("a", 1.0, 1.0), change("b", -3.0, -2.0)];
        let lines = change_lines(
            (-2.0, -1.0),
            "USD",
            &two,
            &[Address::new("y", "c")],
            Some("deploy-all cost"),
            Style::PLAIN,
        );
        assert_eq!(
            lines,
            [
                "Monthly cost: -2.00 to -1.00 USD by list price, depending on traffic: see `deploy-all cost`.",
                "           +1.00  x/a",
                "  -3.00 to -2.00  x/b",
                "What this changes of the cost of y/c is not known.",
            ]
        );
        assert_eq!(change_lines((1.0, 1.0), "USD", &two[..1], &[], None, Style::PLAIN).len(), 1);
    }

    /// On a narrow terminal too, each in its column.
    #[test]
    fn assumptions_stand_below_each_other() {
        let assumed =
            |key: &str, low, high| (key.to_owned(), low, high, "a word that is long enough".to_owned());
        let table = CostTable {
            assumed: vec![assumed("requests", 100_000.0, 10_000_000.0), assumed("request_seconds", 0.2, 0.2)],
            assume: "Assumed:".to_owned(),
            ..CostTable::default()
        };
        let lines = assumptions(&table, Style { width: 80, ..Style::PLAIN });
        let start = lines[1].find("a word").expect("the meaning");
        assert_eq!(lines[2].find("a word"), Some(start), "{lines:#?}");
        assert!(lines.iter().all(|line| text::width(line) <= 80), "{lines:#?}");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(
            [0.0, 999.0, 1000.0, 10_000_000.0, 0.05].map(number),
            ["0", "999", "1,000", "10,000,000", "0.05"]
        );
    }
}
