use super::*;

/// What gcloud 528 printed, as it was recorded, and what it must be taken for. `$ command`, `exit code, kind`, stderr.
const SAMPLES: &str = include_str!("samples.txt");

struct Sample {
    command: Command,
    status: Option<i32>,
    kind: String,
    stderr: String,
}

fn samples() -> Vec<Sample> {
    let blocks = SAMPLES.split("\n$ ").map(|block| block.strip_prefix("$ ").unwrap_or(block));
    let parse = |block: &str| {
        let (command, rest) = block.split_once('\n').unwrap();
        let (expected, stderr) = rest.split_once('\n').unwrap();
        let (status, kind) = expected.split_once(' ').unwrap();
        let status = status.parse().ok().filter(|status| *status >= 0);
        Sample { command: Command::new(command), status, kind: kind.to_owned(), stderr: stderr.to_owned() }
    };
    blocks.map(parse).collect()
}

#[test]
fn every_recorded_text_is_taken_for_what_it_is() {
    let mut wrong = Vec::new();
    for sample in samples() {
        let found = format!("{:?}", classify(sample.status, &sample.stderr, &sample.command));
        if found != sample.kind {
            wrong.push(format!(
                "{}\n{}\nis {found}, expected {}",
                sample.command.args().join(" "),
                sample.stderr.trim(),
                sample.kind
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(samples().len() > 60);
}

#[test]
fn every_rule_has_a_sample_that_only_it_knows_first() {
    let mut used = vec![false; RULES.len()];
    for sample in samples().iter().filter(|sample| sample.status == Some(1)) {
        let said =
            Said { text: &sample.stderr, lower: sample.stderr.to_lowercase(), command: &sample.command };
        if let Some(first) = RULES.iter().position(|rule| rule(&said).is_some()) {
            used[first] = true;
        }
    }
    let unused: Vec<_> = used.iter().enumerate().filter(|(_, used)| !**used).map(|(rule, _)| rule).collect();
    assert!(unused.is_empty(), "rules {unused:?}");
}

#[test]
fn the_essence_is_one_line_without_gclouds_decoration() {
    let essences: Vec<_> =
        samples().iter().map(|sample| essence(&sample.stderr).unwrap_or_default()).collect();
    insta::assert_snapshot!(essences.join("\n"));
}

#[test]
fn a_very_long_message_is_cut_between_characters() {
    let text = format!("ERROR: (gcloud.x) {}", "é".repeat(1000));
    let short = essence(&text).unwrap();
    assert!(short.ends_with('…') && short.len() < 610);
}
