use crate::{Style, text};

/// A question as it stands on the terminal, up to where the answer is typed. `hint` says what can be answered (`[y/N]`).
pub fn prompt(question: &str, hint: &str, style: Style) -> String {
    // A space, a letter, the cursor.
    const ROOM: usize = 3;
    let words = text::one_line(&format!("{question} {hint}"), style);
    format!("{} ", text::wrap(&words, style.prose() - ROOM).join("\n"))
}

#[test]
fn a_question_is_broken_between_words_and_leaves_room_for_the_answer() {
    let style = Style { width: 40, ..Style::PLAIN };
    let asked = prompt("Make 12 changes in the emulated project codementor-dev?", "[y/N]", style);
    assert_eq!(asked, "Make 12 changes in the emulated\nproject codementor-dev? [y/N] ");
    assert_eq!(prompt("Its id:", "", Style::PLAIN), "Its id: ");
}
