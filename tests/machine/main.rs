//! A machine that will not do: each test takes one thing away that the tool relies on, and looks at the exit code, at
//! what the person is told, at the processes that are left, and at what was touched.

mod checkpoint;
mod clock;
mod disk;
mod gcloud;
mod lock;
mod nonsense;
mod terminal;

/// Text without its line breaks: paragraphs are wrapped, their words are not changed.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a deploy is asked in these tests: the first step only, without a question, without waiting.
const PROJECT: &[&str] = &["--yes", "--until", "00-project", "--wait-scale", "0"];

/// Fails with both texts unless the first holds all of the others.
#[track_caller]
fn says(text: &str, parts: &[&str]) {
    let text = words(text);
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in: {text}");
    }
}
