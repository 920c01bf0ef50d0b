use crate::{Style, Tone, text};

/// A command as a person can paste it: `$ gcloud ...`, broken between arguments with a backslash where it is longer
/// than the width. An argument that is longer than a line stays whole, since a break inside would change it.
pub fn command_lines(command: &str, indent: usize, style: Style) -> Vec<String> {
    let lines = broken(&text::clean(command, style), indent, style.line());
    lines.iter().map(|line| style.paint(Tone::Active, line)).collect()
}

/// The same without colours, for a width.
pub(crate) fn broken(command: &str, indent: usize, columns: usize) -> Vec<String> {
    let margin = " ".repeat(indent);
    let mut lines = Vec::new();
    let mut line = format!("{margin}$ ");
    let mut empty = true;
    let words = command_words(command);
    for (n, word) in words.iter().enumerate() {
        // Only the last line needs no room for ` \`.
        let reserve = if n + 1 == words.len() { 0 } else { 2 };
        let needed = text::width(&line) + usize::from(!empty) + text::width(word) + reserve;
        if !empty && needed > columns {
            lines.push(format!("{line} \\"));
            line = format!("{margin}    ");
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push(line);
    // A line break inside quotes belongs to the argument, and stays.
    lines.iter().flat_map(|line| line.split('\n')).map(str::to_owned).collect()
}

/// The words of a command line: split at the spaces that a shell would split at, quotes kept.
pub fn command_words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut escaped = false;
    for c in command.chars() {
        let splits = c == ' ' && quote.is_none() && !escaped;
        if splits {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        word.push(c);
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_command_stays_on_one_line() {
        assert_eq!(command_lines("gcloud info", 2, Style::PLAIN), ["  $ gcloud info"]);
    }

    #[test]
    fn a_long_one_is_broken_between_arguments_only() {
        let command =
            r#"gcloud redis instances create cache --display-name='a b  c' --labels="x=\" y" it\ is"#;
        let lines = command_lines(command, 0, Style::PLAIN.with_width(40));
        assert_eq!(
            lines,
            [
                r"$ gcloud redis instances create cache \",
                r"    --display-name='a b  c' \",
                r#"    --labels="x=\" y" it\ is"#,
            ]
        );
        let joined = lines.join("\n").replace("\\\n    ", "");
        assert_eq!(joined.trim_start_matches("$ "), command);
    }
}
