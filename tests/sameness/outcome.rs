//! What a command did, made comparable.

use regex::Regex;
use serde_json::{Value, json};
use std::sync::LazyLock;
use support::chance::{self, Masks};

/// What one program did.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// Exit code.
    pub code: String,
    /// JSON laid out anew, or text.
    pub stdout: String,
    /// Without dots that count seconds and usage lines.
    pub stderr: String,
    /// One line a request.
    pub requests: String,
}

/// The parts, by name.
pub const PARTS: [&str; 4] = ["exit", "stdout", "stderr", "requests"];

impl Outcome {
    /// A part by its name.
    pub fn part(&self, name: &str) -> &str {
        match name {
            "exit" => &self.code,
            "stdout" => &self.stdout,
            "stderr" => &self.stderr,
            _ => &self.requests,
        }
    }

    /// Of what a program printed and of what the emulator recorded.
    pub fn of(output: &std::process::Output, requests: &[Value]) -> Self {
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stdout = match serde_json::from_str::<Value>(&stdout) {
            Ok(_) => masked(&stdout),
            Err(_) => masked(stdout.trim_end()),
        };
        Self {
            code: output.status.code().map_or("signal".to_owned(), |code| code.to_string()),
            stdout,
            stderr: stderr(&String::from_utf8_lossy(&output.stderr)),
            requests: requests.iter().map(request).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// What depends on the second or on the program's own dice, on both sides.
static CHANCE: LazyLock<Masks> = LazyLock::new(|| {
    Masks::new(&[
        (chance::INSTANT, "TIME"),
        (r"'date': '[^']*'", "'date': 'TIME'"),
        (chance::LOOPBACK, "EMULATOR"),
        // The name of an operation of compute has the microsecond in it.
        (r"operation-\d{13}-[0-9a-f]+", "operation-INSTANT"),
        (r"[^\s\[]*/token\b", "TOKEN-FILE"),
        (chance::DIGEST, "DIGEST"),
        (chance::CERTIFICATE, "CERTIFICATE"),
        (r#""etag": ?"[^"]*""#, r#""etag": "ETAG""#),
        (
            r#""(fingerprint|labelFingerprint|sha1Fingerprint|serialNumber)": ?"[^"]*""#,
            r#""$1": "FINGERPRINT""#,
        ),
        (r#""(client.knative.dev/nonce|run.googleapis.com/operation-id)": ?"[^"]*""#, r#""$1": "NONCE""#),
        // gcloud draws the names of volumes.
        (r#""name": ?"([a-z0-9-]+)(-[a-z]{3}){3}""#, r#""name": "$1-DRAWN""#),
        (r#""(selfLink|mediaLink)": ?"http://"#, r#""$1": "https://"#),
        (r"requestId=[0-9a-fA-F-]+", "requestId=ID"),
        (r#""requestId":"[^"]*""#, r#""requestId":"ID""#),
    ])
});

fn masked(text: &str) -> String {
    CHANCE.apply(text)
}

/// gcloud counts seconds with dots and, where the command line is wrong, repeats the usage.
fn stderr(text: &str) -> String {
    let text = text.split("\nUsage: gcloud").next().unwrap_or_default();
    let text = text.split("To search the help text").next().unwrap_or_default();
    static DOTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\.{2,}").expect("a valid pattern"));
    static GUESS: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r" ?\(did you mean '[^']*'\?\)").expect("valid"));
    let text = DOTS.replace_all(text, "..");
    let text = GUESS.replace_all(&text, "");
    // A command that took less than a second has printed none of them.
    let lines = text.lines().map(|line| match line.trim_start_matches('.') {
        ended @ ("done." | "failed.") => ended,
        _ => line.trim_end(),
    });
    let lines = lines.filter(|line| !line.trim_start_matches('.').is_empty());
    masked(&lines.collect::<Vec<_>>().join("\n"))
}

fn request(entry: &Value) -> String {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let query = text("query");
    let mut query: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    query.sort_unstable();
    let body = &entry["request_body"];
    let body = if *body == json!({}) { &Value::Null } else { body };
    let query: String =
        percent_encoding::percent_decode_str(&query.join("&")).decode_utf8_lossy().into_owned();
    let path = percent_encoding::percent_decode_str(&text("path")).decode_utf8_lossy().into_owned();
    masked(&format!("{} {}{path}?{query} {body}", text("method"), text("host")))
}
