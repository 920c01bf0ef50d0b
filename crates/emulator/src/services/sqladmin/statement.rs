//! The SQL that this emulator understands: who may act as whom. Anything else is refused, never taken for done.

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `GRANT "role" TO "member"`
    Grant {
        /// What is handed out.
        role: String,
        /// Who gets it.
        member: String,
    },
    /// `ALTER ROLE "name" SET ROLE "role"`: what a session of this role begins as.
    ActAs {
        /// Who logs in.
        name: String,
        /// Whom the session acts as.
        role: String,
    },
}

/// The statements of a file, each ended by a semicolon; `--` begins a comment.
///
/// # Errors
/// The statement that is not understood.
pub fn parse(text: &str) -> Result<Vec<Statement>, String> {
    let lines = text.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    let code = lines.collect::<Vec<_>>().join(" ");
    let mut parts: Vec<&str> = code.split(';').map(str::trim).collect();
    match parts.pop() {
        Some(rest) if !rest.is_empty() => Err(rest.to_owned()),
        _ => parts.into_iter().map(|one| statement(one).ok_or_else(|| one.to_owned())).collect(),
    }
}

fn statement(text: &str) -> Option<Statement> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let keyword = |index: usize, word: &str| words.get(index).is_some_and(|w| w.eq_ignore_ascii_case(word));
    match words.len() {
        4 if keyword(0, "GRANT") && keyword(2, "TO") => {
            Some(Statement::Grant { role: name(words[1])?, member: name(words[3])? })
        }
        6 if keyword(0, "ALTER") && keyword(1, "ROLE") && keyword(3, "SET") && keyword(4, "ROLE") => {
            Some(Statement::ActAs { name: name(words[2])?, role: name(words[5])? })
        }
        _ => None,
    }
}

/// A quoted name as it is, an unquoted one in small letters, as PostgreSQL takes them.
fn name(word: &str) -> Option<String> {
    if let Some(quoted) = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        let plain = quoted.replace("\"\"", "");
        return (!quoted.is_empty() && !plain.contains('"')).then(|| quoted.replace("\"\"", "\""));
    }
    let plain = word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (plain && word.bytes().next().is_some_and(|b| !b.is_ascii_digit())).then(|| word.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_kinds_of_statements_are_understood() {
        let text = "-- Who acts as whom.\nGRANT \"a-x\" TO \"b\"\"c\";\nalter role B\n  set role \"a-x\";\n";
        assert_eq!(
            parse(text).unwrap(),
            [
                Statement::Grant { role: "a-x".into(), member: "b\"c".into() },
                Statement::ActAs { name: "b".into(), role: "a-x".into() },
            ]
        );
        assert_eq!(parse("\n-- nothing\n").unwrap(), []);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, named) in [
            ("GRANT a TO b; DROP TABLE users;", "DROP TABLE users"),
            ("GRANT a TO b", "GRANT a TO b"),
            ("GRANT ALL ON t TO b;", "GRANT ALL ON t TO b"),
            ("GRANT \"a TO b;", "GRANT \"a TO b"),
            ("ALTER ROLE b SET ROLE a-x;", "ALTER ROLE b SET ROLE a-x"),
        ] {
            assert_eq!(parse(text).unwrap_err(), named, "{text}");
        }
    }
}
