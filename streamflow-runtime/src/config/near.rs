//! Finds the word that a misspelt one was probably meant to be.

/// The nearest of `known` to `word`, if it is near enough to be a slip of the hand.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    // A third of the letters may be wrong; more, and it is another word.
    let most = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let known = ["brokers", "group", "checkpoint"];
        assert_eq!(nearest("broker", known), Some("brokers"));
        assert_eq!(nearest("chekcpoint", known), Some("checkpoint"));
        assert_eq!(nearest("port", known), None);
    }
}
