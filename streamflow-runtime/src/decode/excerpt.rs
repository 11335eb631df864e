//! How a record's own text is quoted in a message.

/// More characters than this are cut off.
const MAX_CHARS: usize = 60;

/// The beginning of a text, on one line and without control characters.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => escaped(&text[..at]) + "…",
        None => escaped(text),
    }
}

/// A text on one line and without control characters.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            // `escape_debug` would put a backslash in front of them.
            '"' | '\'' => safe.push(char),
            _ => safe.extend(char.escape_debug()),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped_and_quotes_are_not() {
        assert_eq!(excerpt("a\n\u{1b}[31m\"b'"), "a\\n\\u{1b}[31m\"b'");
    }

    #[test]
    fn long_text_is_cut_to_sixty_characters() {
        assert_eq!(excerpt(&"ä".repeat(60)), "ä".repeat(60));
        assert_eq!(excerpt(&"ä".repeat(61)), "ä".repeat(60) + "…");
    }
}
