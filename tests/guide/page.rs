//! What a page asks to be run, and what it says is printed.
//!
//! A block of kind `console` holds commands (`$ ...`), each followed by what it prints, and by `[exit code N]` where
//! that is not 0. A line `...` stands for any number of lines. An HTML comment `<!-- $ ... -->` on a line of its own is
//! run and not shown: what a page takes for granted, or what happens behind the tool's back. All of a page's commands
//! run in one folder, in order.

/// A page, in the order of its lines.
#[derive(Debug, PartialEq)]
pub struct Page<'a> {
    parts: Vec<Part<'a>>,
}

#[derive(Debug, PartialEq)]
enum Part<'a> {
    Text(&'a str),
    Unseen { line: &'a str, command: &'a str },
    Shown { line: &'a str, command: &'a str, output: Vec<&'a str> },
}

impl<'a> Page<'a> {
    /// Takes a page apart.
    pub fn parse(text: &'a str) -> Self {
        let mut parts = Vec::new();
        let mut inside = false;
        for line in text.lines() {
            let unseen = line.strip_prefix("<!-- $ ").and_then(|rest| rest.strip_suffix(" -->"));
            match (inside, line) {
                (false, "```console") => inside = true,
                (true, "```") => inside = false,
                (false, _) => {
                    parts.push(unseen.map_or(Part::Text(line), |command| Part::Unseen { line, command }));
                    continue;
                }
                (true, _) => {
                    if let Some(command) = line.strip_prefix("$ ") {
                        parts.push(Part::Shown { line, command, output: Vec::new() });
                    } else if let Some(Part::Shown { output, .. }) = parts.last_mut() {
                        output.push(line);
                    } else {
                        panic!("a console block begins with a command, not with {line:?}");
                    }
                    continue;
                }
            }
            parts.push(Part::Text(line));
        }
        assert!(!inside, "a console block has no end");
        Self { parts }
    }

    /// The page with what its commands print now. `run` is told whether the reader sees the command.
    pub fn with_outputs(&self, mut run: impl FnMut(&str, bool) -> String) -> String {
        let mut page = String::new();
        let mut add = |line: &str| {
            page.push_str(line);
            page.push('\n');
        };
        for part in &self.parts {
            match part {
                Part::Text(line) => add(line),
                Part::Unseen { line, command } => {
                    add(line);
                    run(command, false);
                }
                Part::Shown { line, command, output } => {
                    add(line);
                    let printed = run(command, true);
                    let printed: Vec<&str> = printed.lines().collect();
                    let kept = match fits(output, &printed) {
                        true => output.clone(),
                        false => renew(output, &printed).unwrap_or(printed),
                    };
                    kept.iter().for_each(|line| add(line));
                }
            }
        }
        page
    }
}

/// Whether what is printed is what the page says, where `...` stands for any lines.
fn fits(page: &[&str], printed: &[&str]) -> bool {
    match page.split_first() {
        None => printed.is_empty(),
        Some((&"...", rest)) => (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..])),
        Some((line, rest)) => printed.first() == Some(line) && fits(rest, &printed[1..]),
    }
}

/// What is printed now, with the parts left out that the page leaves out, as far as their edges can be found again: a line
/// in which only numbers changed is the same edge. `None`: not found.
fn renew<'a>(page: &[&'a str], printed: &[&'a str]) -> Option<Vec<&'a str>> {
    let alike = |a: &str, b: &str| {
        let words = |line: &str| line.replace(|c: char| c.is_ascii_digit(), "");
        words(a) == words(b)
    };
    let parts: Vec<&[&str]> = page.split(|line| *line == "...").collect();
    let (mut renewed, mut from) = (Vec::new(), 0);
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            renewed.push("...");
        }
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let begin = match number {
            0 => 0,
            _ => from + printed[from..].iter().position(|line| alike(line, first))?,
        };
        let end = match number + 1 == parts.len() {
            true => printed.len(),
            // An edge of one line ends where it begins.
            false if part.len() == 1 => begin + 1,
            false => begin + 2 + printed[begin + 1..].iter().position(|line| alike(line, last))?,
        };
        renewed.extend(&printed[begin..end]);
        from = end;
    }
    (parts.len() > 1).then_some(renewed)
}

#[test]
fn what_a_page_leaves_out_stays_left_out() {
    let page = ["head", "...", "Plan: 4 to create", "", "next", "...", "Done: 4"];
    let now = ["head", "x", "Plan: 5 to create", "new", "", "next", "y", "y", "Done: 5", "end"];
    let renewed = ["head", "...", "Plan: 5 to create", "new", "", "next", "...", "Done: 5", "end"];
    assert_eq!(renew(&page, &now), Some(renewed.to_vec()));
    assert_eq!(renew(&page, &["head", "x"]), None);
    assert_eq!(renew(&["a"], &["b"]), None);
}

#[test]
fn a_page_that_says_what_is_printed_stays_as_it_is() {
    let text = "# T\n<!-- $ prepare -->\n```console\n$ a | b\none\n...\nlast\n\n$ c\n```\n```toml\n$ no command\n```\n";
    let mut asked = Vec::new();
    let same = Page::parse(text).with_outputs(|command, shown| {
        asked.push((command.to_owned(), shown));
        if command == "c" { String::new() } else { "one\n2\n3\nlast\n\n".to_owned() }
    });
    assert_eq!(same, text);
    let commands = asked.iter().map(|(command, shown)| (command.as_str(), *shown));
    assert_eq!(commands.collect::<Vec<_>>(), [("prepare", false), ("a | b", true), ("c", true)]);
    let stale = Page::parse(text).with_outputs(|_, _| "one\nother\n".to_owned());
    assert!(stale.contains("$ a | b\none\nother\n$ c\none\nother\n```\n"), "{stale}");
}

#[test]
fn dots_stand_for_any_lines_and_for_nothing_else() {
    assert!(fits(&["a", "...", "z"], &["a", "z"]) && fits(&["...", "b", "..."], &["a", "b", "b", "c"]));
    assert!(!fits(&["a", "...", "z"], &["a", "z", "y"]) && !fits(&["..."; 0], &["a"]) && !fits(&["a"], &[]));
}
