use super::*;
use crate::essence::essence;

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

/// What is done by itself about a failure, and what counts as absent: never about a text that is not known.
fn is_acted_on(kind: &Kind) -> bool {
    !matches!(kind, Kind::Unknown | Kind::Person(_))
}

#[test]
fn a_text_that_is_not_known_is_never_transient_and_never_does_not_exist() {
    let texts = [
        "INVALID_ARGUMENT: the moon is in the wrong phase",
        "INVALID_ARGUMENT: Invalid value for field 'imagetag': it must not begin with a hyphen",
        "INVALID_ARGUMENT: the etag is not base64",
        "INVALID_ARGUMENT: the threshold is in requests per second and must be positive",
        "INVALID_ARGUMENT: at most one look per minute can be asked for",
        "INVALID_ARGUMENT: Invalid value for the rate limit of the zone",
        "INVALID_ARGUMENT: The membership space is too small",
        "INVALID_ARGUMENT: The label 'not-found' is reserved",
        "FAILED_PRECONDITION: The edition is not available for this tier",
        "FAILED_PRECONDITION: A progress report is missing",
        "argument --region: does not exist in this universe of discourse",
        "Traceback (most recent call last): KeyError: 'name'",
        "gcloud crashed (TypeError): 'NoneType' object is not subscriptable",
        "gcloud crashed (KeyError): 'unavailable'",
        "Bad syntax for dict arg: [internal]",
    ];
    for verb in ["sql instances describe x", "sql instances create x", "secrets add-iam-policy-binding x"] {
        for text in texts {
            let kind = classify(Some(1), &format!("ERROR: (gcloud.x) {text}"), &Command::new(verb));
            assert!(!is_acted_on(&kind), "{verb}: {text}\nis {kind:?}");
        }
    }
}

/// The words of the rules, out of their order.
#[test]
fn single_words_of_what_is_known_are_not_enough() {
    let words = [
        "instance",
        "imagetag",
        "second",
        "minute",
        "space",
        "membership",
        "unavailable",
        "internal",
        "conflict",
        "limit",
        "rate",
        "exists",
        "found",
        "progress",
        "deadline",
        "network",
        "peering",
        "service",
        "account",
        "operation",
        "ready",
        "connection",
        "timeout",
        "resource",
        "retry",
        "later",
        "version",
        "not",
        "is",
        "the",
    ];
    let describe = Command::new("sql instances describe x");
    for a in words {
        for b in words {
            for c in words {
                let kind = classify(Some(1), &format!("ERROR: (gcloud.x) {a} {b} {c}"), &describe);
                assert!(!is_acted_on(&kind), "{a} {b} {c} is {kind:?}");
            }
        }
    }
}
