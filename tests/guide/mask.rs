//! What no two runs share becomes the same on every page: instants, times, ports, and names that Google chooses.

use regex::Regex;
use std::sync::LazyLock;

/// Each by something of the same shape, so that the page still looks as a terminal does.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rule = |pattern: &str, by: &'static str| (Regex::new(pattern).expect("a valid pattern"), by);
    vec![
        rule(r"\d{8}T\d{6}Z-\d+", "20260102T030405Z-4711"),
        rule(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-01-02T03:04:05Z"),
        rule(r"127\.0\.0\.1:\d+", "127.0.0.1:40123"),
        rule(r"\w+@[\w.-]+, pid \d+", "ada@laptop, pid 4711"),
        rule(r"\b(\d+\.\d|\d+m?\d*|\d+h\d+m)s\b", "0.1s"),
        rule(r#""(seconds|took)":\d+(\.\d+)?(e-\d+)?"#, r#""$1":0.1"#),
        rule(
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "01234567-89ab-4cde-8f01-23456789abcd",
        ),
        // Ends of names that are drawn: uptime checks, volumes, revisions, a service's older address, Cloud SQL's agent.
        rule(r"-health-[A-Za-z0-9_-]{11}", "-health-ABCDEFGHIJK"),
        rule(r"-000(\d\d)-[a-z]{3}\b", "-000$1-abc"),
        rule(r"-[a-z]{10}-uc\.a\.run\.app", "-abcdefghij-uc.a.run.app"),
        rule(r"-[0-9a-f]{6}@gcp-sa-cloud-sql", "-abc123@gcp-sa-cloud-sql"),
        rule(r"\b\d{13,}\b", "1234567890123456789"),
        rule(r"\b\d{12}\b", "123456789012"),
        // What is waited for is said every ten seconds: only where the machine is slow.
        rule(r"(?m)^ *still .*elapsed.*\n", ""),
    ]
});

/// The text with everything masked.
pub fn mask(text: &str) -> String {
    RULES.iter().fold(text.to_owned(), |text, (pattern, by)| pattern.replace_all(&text, *by).into_owned())
}

#[test]
fn only_what_differs_from_run_to_run_is_masked() {
    let text = "dev · 20261122T235802Z-16309 at http://127.0.0.1:38051, project 367091378495\n\
                + created sql-instance/codementor-db  4m12s\nDone in 6.5s: 44 created, about 7 min, port 6378\n";
    assert_eq!(
        mask(text),
        "dev · 20260102T030405Z-4711 at http://127.0.0.1:40123, project 123456789012\n\
         + created sql-instance/codementor-db  0.1s\nDone in 0.1s: 44 created, about 7 min, port 6378\n"
    );
}
