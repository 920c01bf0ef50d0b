//! Text in columns: measured, cut, wrapped and cleaned by what a terminal shows of it.

use crate::{Style, command};

/// How many columns a text takes; escape codes take none.
pub(crate) fn width(text: &str) -> usize {
    console::measure_text_width(text)
}

/// Text of others without what would garble a terminal: escape codes, control characters, changes of direction.
/// Line breaks stay. Without Unicode, the signs that this project's own texts use are replaced too.
pub(crate) fn clean(text: &str, style: Style) -> String {
    let bare = console::strip_ansi_codes(text);
    let mut out = String::with_capacity(bare.len());
    for c in bare.chars() {
        match c {
            '\n' => out.push('\n'),
            '\t' => out.push_str("  "),
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {}
            c if c.is_control() => {}
            '…' | '→' | '·' | '–' | '—' | '’' | '“' | '”' | '×' if !style.unicode => out
                .push_str(match c {
                    '…' => "...",
                    '→' => "->",
                    '’' => "'",
                    '“' | '”' => "\"",
                    '×' => "x",
                    _ => "-",
                }),
            c => out.push(c),
        }
    }
    out
}

/// [`clean`], on one line: every run of white space is one space.
pub(crate) fn one_line(text: &str, style: Style) -> String {
    clean(text, style).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Cuts a line off at `columns`, and says so with an ellipsis. Escape codes stay balanced.
pub(crate) fn cut(text: &str, columns: usize, style: Style) -> String {
    let tail = if columns > width(style.ellipsis()) { style.ellipsis() } else { "" };
    console::truncate_str(text, columns, tail).into_owned()
}

/// Shortens a name in its middle: both ends of an address tell it from others.
pub(crate) fn squeeze(text: &str, columns: usize, style: Style) -> String {
    let (whole, dots) = (width(text), style.ellipsis());
    if whole <= columns {
        return text.to_owned();
    }
    let room = columns.saturating_sub(width(dots));
    if room < 6 {
        return cut(text, columns, style);
    }
    let tail_room = room / 2;
    let mut tail = String::new();
    for c in text.chars().rev() {
        let longer = format!("{c}{tail}");
        if width(&longer) > tail_room {
            break;
        }
        tail = longer;
    }
    let head = console::truncate_str(text, room - width(&tail), "");
    format!("{head}{dots}{tail}")
}

/// Fills with spaces on the right. A text that is longer stays as it is.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Fills with spaces on the left.
pub(crate) fn pad_left(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{}{text}", " ".repeat(missing))
}

/// Breaks text into lines of at most `columns`. Line breaks of the text stay; a word that is longer than a line is
/// broken after a sign if there is one, but an address of the web never, since it could not be opened any more. A command in
/// backticks stays whole too; one that is longer than a line gets lines of its own, so that it can be pasted.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    for paragraph in text.trim_end().split('\n') {
        let mut line = String::new();
        for word in words(paragraph) {
            let word = word.as_str();
            let joined = if line.is_empty() { width(word) } else { width(&line) + 1 + width(word) };
            if joined <= columns {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                continue;
            }
            let command = in_backticks(word);
            // A command that begins the text leaves its first line to the label beside it.
            if !line.is_empty() || (lines.is_empty() && command.is_some_and(|_| width(word) > columns)) {
                lines.push(std::mem::take(&mut line));
            }
            line = match command {
                _ if word.contains("://") && command.is_none() => word.to_owned(),
                Some((_, command, after)) if width(word) > columns => {
                    lines.extend(command::broken(command, 2, columns));
                    // What set it apart from the rest of the sentence does so no more.
                    after.trim_start_matches([')', ',', ';', '.', ':']).to_owned()
                }
                Some(_) => word.to_owned(),
                None => break_word(word, columns, &mut lines),
            };
        }
        if !line.is_empty() || paragraph.trim().is_empty() {
            lines.push(line);
        }
    }
    lines
}

/// Splits at white space, but not inside of a command in backticks.
fn words(paragraph: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = paragraph.split_whitespace();
    while let Some(word) = rest.next() {
        let mut word = word.to_owned();
        // Only as far as it ends in this paragraph.
        if opens_command(&word) && rest.clone().any(|next| next.contains('`')) {
            for next in rest.by_ref() {
                word = format!("{word} {next}");
                if next.contains('`') {
                    break;
                }
            }
        }
        words.push(word);
    }
    words
}

/// Whether a command begins in this word that does not end in it.
fn opens_command(word: &str) -> bool {
    let mut parts = word.split('`');
    let (_, inside, after) = (parts.next(), parts.next(), parts.next());
    after.is_none() && inside.is_some_and(|word| matches!(word, "deploy-all" | "step" | "gcloud"))
}

/// A command in backticks, with what stands before and after it.
fn in_backticks(word: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = word.split_once('`')?;
    let (command, after) = rest.rsplit_once('`')?;
    command.contains(' ').then_some((before, command, after))
}

/// Text for a person, in lines that fit a terminal; where nobody counts columns, in its own. What belongs to an indented line
/// is indented like it.
pub fn wrapped(text: &str, style: Style) -> Vec<String> {
    if style.width == Style::UNLIMITED {
        return text.split('\n').map(str::to_owned).collect();
    }
    let of_line = |line: &str| {
        let indent = &line[..line.len() - line.trim_start().len()];
        hang(indent, line, style.prose().min(style.line()))
    };
    text.split('\n').flat_map(of_line).collect()
}

/// Pushes all but the last piece of a long word; the last piece is returned, so that the line can go on.
fn break_word(word: &str, columns: usize, lines: &mut Vec<String>) -> String {
    let mut piece = String::new();
    for c in word.chars() {
        let longer = format!("{piece}{c}");
        if piece.is_empty() || width(&longer) <= columns {
            piece = longer;
            continue;
        }
        let sign = piece.rfind(['/', ':', '@', ',', '.', '=', '-', '_']).map(|at| at + 1);
        let at = sign.filter(|at| *at > piece.len() * 2 / 3).unwrap_or(piece.len());
        let mut rest = piece.split_off(at);
        lines.push(piece);
        rest.push(c);
        piece = rest;
    }
    piece
}

/// Wraps text and puts `first` before its first line and as many spaces before the others.
pub(crate) fn hang(first: &str, text: &str, columns: usize) -> Vec<String> {
    let mut indent = width(first);
    let whole;
    let (mut first, mut text) = (first, text);
    if indent * 2 > columns {
        // There is no room beside it: both are one text.
        let margin = first.len() - first.trim_start().len();
        whole = format!("{} {text}", first.trim());
        (first, text, indent) = (&first[..margin], &whole, margin);
    }
    wrap(text, columns.saturating_sub(indent))
        .into_iter()
        .enumerate()
        .map(
            |(n, line)| {
                if n == 0 { format!("{first}{line}") } else { format!("{}{line}", " ".repeat(indent)) }
            },
        )
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNICODE: Style = Style { colour: false, unicode: true, width: 80 };

    #[test]
    fn others_text_cannot_garble_the_terminal() {
        let nasty = "\u{1b}[31mred\u{1b}[0m\r\nbell\u{7} tab\tdel\u{7f} rtl\u{202e}x \u{9b}2J…";
        assert_eq!(clean(nasty, UNICODE), "red\nbell tab  del rtlx …");
        assert_eq!(clean("a → b…", Style::PLAIN), "a -> b...");
        assert_eq!(one_line(" a\n\n  b\t c ", UNICODE), "a b c");
    }

    #[test]
    fn cuts_by_columns_not_characters() {
        assert_eq!(cut("数据库实例", 7, UNICODE), "数据库…");
        assert_eq!(cut("abc", 3, UNICODE), "abc");
        assert_eq!(cut("abcdef", 1, UNICODE), "a", "an ellipsis alone would tell nothing");
        assert_eq!(squeeze("iam-binding/run/数据库-editor", 20, UNICODE), "iam-bindin…库-editor");
        assert!(width(&squeeze("数据库实例数据库实例", 11, UNICODE)) <= 11);
    }

    #[test]
    fn a_command_in_prose_can_be_pasted_in_any_width() {
        let text = "take it away (`gcloud projects remove-iam-policy-binding p --member=user:a`), then run `deploy-all plan`.";
        assert_eq!(
            wrap(text, 100),
            [
                "take it away (`gcloud projects remove-iam-policy-binding p --member=user:a`), then run",
                "`deploy-all plan`."
            ]
        );
        assert_eq!(
            wrap(text, 50),
            [
                "take it away",
                "  $ gcloud projects remove-iam-policy-binding p \\",
                "      --member=user:a",
                "then run `deploy-all plan`."
            ]
        );
        assert_eq!(
            hang("do: ", "`gcloud sql instances patch db --tier=x`, then this", 36),
            ["do:", "      $ gcloud sql instances patch \\", "          db --tier=x", "    then this"]
        );
        assert_eq!(
            wrap("ends with `gcloud sql patch db`.", 12),
            ["ends with", "  $ gcloud \\", "      sql \\", "      patch \\", "      db"]
        );
        // What is no command, or does not end, is prose.
        assert_eq!(wrap("set `a = b c` or `gcloud x", 12), ["set `a = b", "c` or", "`gcloud x"]);
    }

    #[test]
    fn an_indented_line_stays_indented_where_it_is_broken() {
        let text = "One error.\n\nfile:3\n  remedy: take it out, or correct it";
        let narrow = Style { width: 24, ..UNICODE };
        let lines = ["One error.", "", "file:3", "  remedy: take it out,", "  or correct it"];
        assert_eq!(wrapped(text, narrow), lines);
        assert_eq!(wrapped(text, Style::PLAIN).join("\n"), text, "a pipe gets it as it is");
    }

    #[test]
    fn wraps_words_and_spares_web_addresses() {
        assert_eq!(wrap("one two three\nfour", 8), ["one two", "three", "four"]);
        assert_eq!(wrap("kind/some-long-name_here end", 12), ["kind/some-", "long-name_", "here end"]);
        assert_eq!(
            wrap("see https://console.cloud.google.com/iam now", 10),
            ["see", "https://console.cloud.google.com/iam", "now"]
        );
        assert_eq!(wrap("数据库实例数据", 6), ["数据库", "实例数", "据"]);
        assert_eq!(hang("  why  ", "a b c d", 14), ["  why  a b c d"]);
        assert_eq!(hang("  why  ", "a b c d e", 14), ["  why  a b c d", "       e"]);
        assert_eq!(hang("  why  ", "a b c d", 9), ["  why a b", "  c d"], "no room beside it");
    }
}
