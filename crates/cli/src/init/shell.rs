//! Reads a file of shell assignments, as `source project.env` would, without running anything.

use std::collections::BTreeMap;

/// One assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The line it begins on, from 1.
    pub line: usize,
    /// The variable.
    pub name: String,
    /// Its value, with earlier variables put in.
    pub value: String,
}

/// What cannot be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// All assignments, in order; or everything that is wrong.
pub fn read(text: &str) -> Result<Vec<Assignment>, Vec<Trouble>> {
    let mut reader = Reader { rest: text.chars().peekable(), line: 1, known: BTreeMap::new() };
    let (mut found, mut troubles) = (Vec::new(), Vec::new());
    loop {
        match reader.statement() {
            Ok(Some(assignment)) => {
                reader.known.insert(assignment.name.clone(), assignment.value.clone());
                found.push(assignment);
            }
            Ok(None) => break,
            Err(trouble) => {
                troubles.push(trouble);
                reader.skip_line();
            }
        }
    }
    if troubles.is_empty() { Ok(found) } else { Err(troubles) }
}

struct Reader<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    known: BTreeMap<String, String>,
}

fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.line += 1;
        }
        Some(c)
    }

    fn skip_line(&mut self) {
        while self.rest.peek().is_some_and(|c| *c != '\n') {
            self.next();
        }
    }

    fn trouble(&self, line: usize, what: impl Into<String>, remedy: &str) -> Trouble {
        Trouble { line, what: what.into(), remedy: remedy.to_owned() }
    }

    /// The next assignment; none at the end.
    fn statement(&mut self) -> Result<Option<Assignment>, Trouble> {
        loop {
            match self.rest.peek() {
                None => return Ok(None),
                Some('#') => self.skip_line(),
                Some(c) if c.is_whitespace() || *c == ';' => drop(self.next()),
                Some(_) => break,
            }
        }
        let line = self.line;
        let mut name = self.name();
        if name == "export" && self.rest.peek().is_some_and(|c| *c == ' ' || *c == '\t') {
            while self.rest.next_if(|c| *c == ' ' || *c == '\t').is_some() {}
            name = self.name();
        }
        let sound = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !sound || self.rest.next_if_eq(&'=').is_none() {
            let remedy = "keep only lines of the form NAME=value: nothing of this file is run";
            return Err(self.trouble(line, "is not an assignment", remedy));
        }
        let value = self.value(line)?;
        Ok(Some(Assignment { line, name, value }))
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(|c| in_name(*c)) {
            name.push(c);
        }
        name
    }

    /// One word: quoted and bare pieces, without space between them.
    fn value(&mut self, line: usize) -> Result<String, Trouble> {
        let mut value = String::new();
        loop {
            match self.rest.peek().copied() {
                None | Some(';' | '\n' | ' ' | '\t' | '\r') => return Ok(value),
                Some('\'') => {
                    self.next();
                    loop {
                        match self.next() {
                            Some('\'') => break,
                            Some(c) => value.push(c),
                            None => return Err(self.unclosed(line, '\'')),
                        }
                    }
                }
                Some('"') => {
                    self.next();
                    self.quoted(line, &mut value)?;
                }
                Some('\\') => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c) => value.push(c),
                    }
                }
                Some('$') => self.variable(line, &mut value)?,
                Some('`') => return Err(self.command(line)),
                Some(c @ ('&' | '|' | '<' | '>' | '(' | ')')) => {
                    return Err(self.trouble(
                        line,
                        format!("{c} means something to a shell"),
                        "put the value in single quotes",
                    ));
                }
                Some(c) => {
                    self.next();
                    value.push(c);
                }
            }
        }
    }

    fn quoted(&mut self, line: usize, value: &mut String) -> Result<(), Trouble> {
        loop {
            match self.rest.peek().copied() {
                None => return Err(self.unclosed(line, '"')),
                Some('"') => {
                    self.next();
                    return Ok(());
                }
                Some('$') => self.variable(line, value)?,
                Some('`') => return Err(self.command(line)),
                Some('\\') => {
                    self.next();
                    match self.next() {
                        Some('\n') | None => {}
                        Some(c @ ('"' | '\\' | '$' | '`')) => value.push(c),
                        // Before anything else a backslash is itself.
                        Some(c) => value.extend(['\\', c]),
                    }
                }
                Some(c) => {
                    self.next();
                    value.push(c);
                }
            }
        }
    }

    /// `$NAME` or `${NAME}` of an earlier line.
    fn variable(&mut self, line: usize, value: &mut String) -> Result<(), Trouble> {
        self.next();
        let braces = match self.rest.peek().copied() {
            Some('(') => return Err(self.command(line)),
            Some('{') => {
                self.next();
                true
            }
            Some(c) if c.is_ascii_alphabetic() || c == '_' => false,
            // A dollar that begins nothing is a dollar.
            Some(c) if c == '"' || c.is_whitespace() => {
                value.push('$');
                return Ok(());
            }
            None => {
                value.push('$');
                return Ok(());
            }
            Some(c) => {
                return Err(self.trouble(line, format!("${c} is not known here"), "write the value itself"));
            }
        };
        let name = self.name();
        if braces && self.rest.next_if_eq(&'}').is_none() {
            let what = format!("${{{name}...}} is more than the name of a variable");
            return Err(self.trouble(line, what, "write the value itself"));
        }
        match self.known.get(&name) {
            Some(known) => value.push_str(known),
            None => {
                let remedy =
                    "set it on an earlier line, or write the value itself: the environment is not read";
                return Err(self.trouble(line, format!("${name} is not set before"), remedy));
            }
        }
        Ok(())
    }

    fn command(&self, line: usize) -> Trouble {
        self.trouble(line, "runs a command", "write what it prints: nothing of this file is run")
    }

    fn unclosed(&self, line: usize, quote: char) -> Trouble {
        self.trouble(line, format!("the {quote} is never closed"), "close the quote")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        read(text).unwrap().into_iter().map(|a| (a.name, a.value)).collect()
    }

    fn troubles(text: &str) -> Vec<(usize, String)> {
        read(text).unwrap_err().into_iter().map(|t| (t.line, t.what)).collect()
    }

    #[test]
    fn a_value_is_what_bash_makes_of_it() {
        // Each checked with `bash -c 'source FILE; declare -p NAME'`.
        let text = concat!(
            "# a comment\nA=plain # not part of it\nexport B='single $A `x` #'\nC=\"double $A ${A}s \\\"q\\\" \\$A \\n\"\n",
            "D=a'b'\"c\"d\\ e\nE=\nF=x#y\n  G=1 H=2; I=3\nJ=\"two\\\nlines\"\nK=$A-$B\nL=cost$\r\n"
        );
        let expected = [
            ("A", "plain"),
            ("B", "single $A `x` #"),
            ("C", "double plain plains \"q\" $A \\n"),
            ("D", "abcd e"),
            ("E", ""),
            ("F", "x#y"),
            ("G", "1"),
            ("H", "2"),
            ("I", "3"),
            ("J", "twolines"),
            ("K", "plain-single $A `x` #"),
            ("L", "cost$"),
        ];
        let expected: Vec<(String, String)> = expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        assert_eq!(values(text), expected);
    }

    #[test]
    fn everything_that_is_not_a_value_is_told_at_once() {
        let text =
            "A=$(date)\nB=`date`\nif true; then\nC=${D:-x}\nE=$HOME\nF=a&b\nG=\"$(x)\"\nH=fine\nI='open";
        let expected = [
            (1, "runs a command"),
            (2, "runs a command"),
            (3, "is not an assignment"),
            (4, "${D...} is more than the name of a variable"),
            (5, "$HOME is not set before"),
            (6, "& means something to a shell"),
            (7, "runs a command"),
            (9, "the ' is never closed"),
        ];
        assert_eq!(troubles(text), expected.map(|(line, what)| (line, what.to_owned())));
    }

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_the_file_holds_it_is_read_or_told(text in "(?s)[ -~\\n\\t\\réü]{0,80}") {
            if let Err(troubles) = read(&text) {
                let lines = text.split('\n').count();
                prop_assert!(!troubles.is_empty() && troubles.iter().all(|t| (1..=lines).contains(&t.line)));
            }
        }

        #[test]
        fn a_quoted_value_comes_back_as_it_was(value in "(?s)[^'\0]{0,40}") {
            let found = values(&format!("A='{value}'\nB=\"$A\"\n"));
            prop_assert_eq!(found, [("A".to_owned(), value.clone()), ("B".to_owned(), value)]);
        }
    }
}
