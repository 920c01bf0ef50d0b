//! What no two runs share becomes the same on every page: instants, times, ports, and names that Google chooses.

use std::sync::LazyLock;
use support::chance::{self, Masks};

/// Each by something of the same shape, so that the page still looks as a terminal does.
static RULES: LazyLock<Masks> = LazyLock::new(|| {
    Masks::new(&[
        (r"\d{8}T\d{6}Z-\d+", "20260102T030405Z-4711"),
        (chance::INSTANT, "2026-01-02T03:04:05Z"),
        (chance::LOOPBACK, "127.0.0.1:40123"),
        (r"\w+@[\w.-]+, pid \d+", "ada@laptop, pid 4711"),
        (r"kill -TERM \d+", "kill -TERM 4711"),
        (r"\b(\d+\.\d|\d+m?\d*|\d+h\d+m)s\b", "0.1s"),
        (r#""(seconds|took)":\d+(\.\d+)?(e-\d+)?"#, r#""$1":0.1"#),
        (chance::UUID, "01234567-89ab-4cde-8f01-23456789abcd"),
        (chance::UPTIME_CHECK, "-health-ABCDEFGHIJK"),
        (chance::REVISION, "-000$1-abc"),
        (chance::SERVICE_URL, "-abcdefghij-uc.a.run.app"),
        (chance::SQL_AGENT, "-abc123@gcp-sa-cloud-sql"),
        (r"\b\d{13,}\b", "1234567890123456789"),
        (r"\b\d{12}\b", "123456789012"),
        // What is waited for is said every ten seconds: only where the machine is slow.
        (r"(?m)^ *still .*elapsed.*\n", ""),
    ])
});

/// The text with everything masked.
pub fn mask(text: &str) -> String {
    RULES.apply(text)
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
