//! The pages of docs/guide, one a command: each is run in a folder of its own and must print what stands on it.
//!
//! `UPDATE_GUIDE=1 cargo nextest run -p e2e --test guide` writes what is printed onto the pages.

mod mask;
mod page;
mod sandbox;

use page::Page;
use sandbox::Sandbox;
use std::path::PathBuf;

fn folder() -> PathBuf {
    support::top().join("docs/guide")
}

/// Runs the page from its top to its end.
#[track_caller]
fn holds(name: &str) {
    let file = folder().join(format!("{name}.md"));
    let text = std::fs::read_to_string(&file).expect("the page");
    let sandbox = Sandbox::new();
    let printed = Page::parse(&text).with_outputs(|command, shown| sandbox.run(command, shown));
    if printed == text {
        return;
    }
    if std::env::var_os("UPDATE_GUIDE").is_some() {
        std::fs::write(&file, printed).expect("the page is written");
        return;
    }
    let first = printed.lines().zip(text.lines()).position(|(now, page)| now != page);
    let line = first.unwrap_or(printed.lines().count().min(text.lines().count()));
    let at = |text: &str| text.lines().skip(line).take(12).collect::<Vec<_>>().join("\n");
    panic!(
        "docs/guide/{name}.md is stale from line {} on.\nThe page:\n{}\n\nNow:\n{}\n\n\
         Where this is right: UPDATE_GUIDE=1 cargo nextest run -p e2e --test guide",
        line + 1,
        at(&text),
        at(&printed)
    );
}

macro_rules! pages {
    ($($page:ident)*) => {
        const PAGES: &[&str] = &[$(stringify!($page)),*];
        $(#[test] fn $page() { holds(stringify!($page)); })*
    };
}

// One a page, so that they run side by side.
pages! {
    adopt
    cost
    destroy
    doctor
    init
    outputs
    plan
    replace
    reset
    rotate
    script
    status
    step
    unlock
    update
    verify
}

#[test]
fn every_page_is_checked() {
    let found = std::fs::read_dir(folder()).expect("the guide").flatten();
    let mut found: Vec<String> = found
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".md")?.to_owned()))
        .filter(|name| name != "README")
        .collect();
    found.sort();
    let mut pages = PAGES.to_vec();
    pages.sort_unstable();
    assert_eq!(found, pages, "name each page of docs/guide in tests/guide/main.rs");
}
