//! What a sweep found, as a table.

use crate::cell::{Cell, MOMENTS, Moment};
use crate::judge::{Defect, Kind};
use std::fmt::Write as _;

/// One cell that was run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Which.
    pub cell: Cell,
    /// What is wrong with it.
    pub defects: Vec<Defect>,
}

/// What is counted in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Row {
    cells: usize,
    duplicates: usize,
    losses: usize,
    differences: usize,
    others: usize,
}

impl Row {
    fn of<'a>(ran: impl Iterator<Item = &'a Ran>) -> Self {
        let mut row = Self::default();
        for one in ran {
            row.cells += 1;
            for defect in &one.defects {
                match defect.kind {
                    Kind::Duplicate => row.duplicates += 1,
                    Kind::Loss => row.losses += 1,
                    Kind::Difference => row.differences += 1,
                    Kind::Missed | Kind::Failed | Kind::Survivor | Kind::Restless => row.others += 1,
                }
            }
        }
        row
    }

    fn line(self, name: &str) -> String {
        let Self { cells, duplicates, losses, differences, others } = self;
        format!("{name:36}{cells:>7}{duplicates:>12}{losses:>8}{differences:>13}{others:>8}\n")
    }
}

/// Commands × moments: how many cells each place has, and which of them have defects; then the sums.
pub fn render(titles: &[String], ran: &[Ran], seconds: f64) -> String {
    let (pairs, singles): (Vec<&Ran>, Vec<&Ran>) = ran.iter().partition(|one| one.cell.second.is_some());
    let mut text = grid(titles, &singles);
    let _ = writeln!(
        text,
        "\n{:36}{:>7}{:>12}{:>8}{:>13}{:>8}",
        "moment", "cells", "duplicates", "losses", "differences", "others"
    );
    for moment in MOMENTS {
        let row = Row::of(singles.iter().copied().filter(|one| one.cell.first.moment == moment));
        text.push_str(&row.line(moment.words()));
    }
    text.push_str(&Row::of(pairs.iter().copied()).line("two kills"));
    text.push_str(&Row::of(ran.iter()).line("all"));
    let _ = writeln!(text, "{} commands, {seconds:.0} seconds", titles.len());
    text
}

fn grid(titles: &[String], singles: &[&Ran]) -> String {
    let mut text = String::from("Cells of each command (rows) at each moment (columns); ! marks a defect.\n");
    for (index, moment) in MOMENTS.iter().enumerate() {
        let _ = writeln!(text, "  {}  {}", letter(index), moment.words());
    }
    let letters: String = (0..MOMENTS.len()).map(|index| format!("{:>4}", letter(index))).collect();
    let _ = writeln!(text, "{:60}{letters}", "");
    for (index, title) in titles.iter().enumerate() {
        let cells: String = MOMENTS.iter().map(|moment| place(singles, index + 1, *moment)).collect();
        let _ = writeln!(text, "{:>3}  {:55}{cells}", index + 1, shortened(title, 54));
    }
    text
}

fn letter(index: usize) -> char {
    u8::try_from(index).map_or('?', |index| char::from(b'a' + index))
}

fn place(singles: &[&Ran], command: usize, moment: Moment) -> String {
    let here =
        singles.iter().filter(|one| (one.cell.first.command, one.cell.first.moment) == (command, moment));
    let (mut cells, mut bad) = (0, false);
    here.for_each(|one| {
        cells += 1;
        bad |= !one.defects.is_empty();
    });
    match (cells, bad) {
        (0, _) => "   .".to_owned(),
        (_, false) => format!("{cells:>4}"),
        (_, true) => format!("{:>4}", format!("{cells}!")),
    }
}

fn shortened(text: &str, width: usize) -> String {
    match text.chars().count() > width {
        true => text.chars().take(width - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(cell: &str, kinds: &[Kind]) -> Ran {
        let defects = kinds.iter().map(|kind| Defect::new(*kind, "x")).collect();
        Ran { cell: cell.parse().unwrap(), defects }
    }

    #[test]
    fn every_cell_and_every_defect_is_counted_in_its_row() {
        let cells = [
            ran("1:before-intent:1:with-tool", &[]),
            ran("1:arrived:1:lingers", &[Kind::Duplicate, Kind::Loss]),
            ran("1:arrived:1:killed", &[]),
            ran("2:arrived:1:killed+3:running:1:with-tool", &[Kind::Restless]),
        ];
        let text = render(&["projects create codementor-dev".to_owned(), "x".repeat(70)], &cells, 12.3);
        let row = |name: &str| {
            let line = text.lines().rfind(|line| line.starts_with(name)).unwrap();
            line[36..].split_whitespace().map(|n| n.parse().unwrap()).collect::<Vec<usize>>()
        };
        assert_eq!(row("request arrived, not applied"), [2, 1, 1, 0, 0]);
        assert_eq!(row("two kills"), [1, 0, 0, 0, 1]);
        assert_eq!(row("all"), [4, 1, 1, 0, 1]);
        assert!(text.contains("2 commands, 12 seconds"));
        let first = text.lines().find(|line| line.contains("projects create")).unwrap();
        assert_eq!(first[60..].split_whitespace().collect::<Vec<_>>()[..4], ["1", ".", ".", "2!"]);
    }
}
