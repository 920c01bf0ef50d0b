//! What was compared, and what differs.

use std::collections::BTreeMap;

/// A part in which the two differ.
#[derive(Debug)]
pub struct Differing {
    /// `stdout`, …
    pub part: &'static str,
    /// What gcloud did.
    pub real: String,
    /// What the stand-in did.
    pub standin: String,
    /// Why it may stay; none: it may not.
    pub reason: Option<String>,
}

#[derive(Default)]
struct Row {
    compared: usize,
    explained: usize,
    different: usize,
}

/// A row a variant.
#[derive(Default)]
pub struct Table {
    rows: BTreeMap<&'static str, Row>,
}

impl Table {
    /// Counts a comparison, and prints what differs without a reason.
    pub fn add(&mut self, variant: &'static str, line: &str, differing: Vec<Differing>) {
        let row = self.rows.entry(variant).or_default();
        row.compared += 1;
        let unexplained: Vec<&Differing> = differing.iter().filter(|d| d.reason.is_none()).collect();
        if unexplained.is_empty() {
            row.explained += usize::from(!differing.is_empty());
            return;
        }
        row.different += 1;
        println!("DIFFERENT [{variant}] gcloud {line}");
        for differing in unexplained {
            println!("  {}:", differing.part);
            print_difference(&differing.real, &differing.standin);
        }
    }

    /// How many comparisons differ without a reason.
    pub fn unexplained(&self) -> usize {
        self.rows.values().map(|row| row.different).sum()
    }

    /// The table.
    pub fn print(&self) {
        println!("{:18} {:>9} {:>9} {:>9}", "variant", "compared", "explained", "different");
        let line = |name: &str, row: &Row| {
            println!("{name:18} {:>9} {:>9} {:>9}", row.compared, row.explained, row.different);
        };
        self.rows.iter().for_each(|(name, row)| line(name, row));
        let sum = |f: fn(&Row) -> usize| self.rows.values().map(f).sum();
        let all = Row {
            compared: sum(|row| row.compared),
            explained: sum(|row| row.explained),
            different: sum(|row| row.different),
        };
        line("all", &all);
    }
}

/// The lines that only one side has, `-` gcloud's, `+` the stand-in's, with no more than somebody reads.
fn print_difference(real: &str, standin: &str) {
    const MOST: usize = 12;
    let (real, standin): (Vec<&str>, Vec<&str>) = (real.lines().collect(), standin.lines().collect());
    let begin = real.iter().zip(&standin).take_while(|(a, b)| a == b).count();
    let left = real.len().min(standin.len()) - begin;
    let end = real.iter().rev().zip(standin.iter().rev()).take(left).take_while(|(a, b)| a == b).count();
    let show = |mark: char, lines: &[&str]| {
        lines
            .iter()
            .take(MOST)
            .for_each(|line| println!("    {mark} {}", line.chars().take(600).collect::<String>()));
        if lines.len() > MOST {
            println!("    {mark} … {} more lines", lines.len() - MOST);
        }
    };
    show('-', &real[begin..real.len() - end]);
    show('+', &standin[begin..standin.len() - end]);
}
