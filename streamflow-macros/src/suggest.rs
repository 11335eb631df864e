//! Finds the word that was probably meant.

/// The nearest of `known` to `word`, if it is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = fold(word);
    known
        .into_iter()
        .map(|candidate| (distance(&folded, &fold(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= tolerance(word.len().min(candidate.len())))
        .map(|(_, candidate)| candidate)
}

/// How many slips a word of this length may hold.
fn tolerance(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    }
}

/// Case and underscores do not count: `reduceByKey` is `reduce_by_key`.
fn fold(word: &str) -> Vec<char> {
    word.chars()
        .filter(|c| *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

/// The number of letters to insert, delete, replace or swap with their neighbour.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, a) in left.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, b) in right.iter().enumerate() {
            let replaced = above[column] + usize::from(a != b);
            let mut best = replaced.min(above[column + 1] + 1).min(current[column] + 1);
            let swapped = row > 0 && column > 0 && *a == right[column - 1] && *b == left[row - 1];
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = above;
        above = current;
    }
    above[right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const WORDS: [&str; 4] = ["map", "reduce_by_key", "filter", "print"];

    #[test]
    fn swapped_letters_are_one_slip() {
        assert_eq!(nearest("reduce_by_kye", WORDS), Some("reduce_by_key"));
        assert_eq!(nearest("fliter", WORDS), Some("filter"));
    }

    #[test]
    fn case_and_underscores_do_not_count() {
        assert_eq!(nearest("reduceByKey", WORDS), Some("reduce_by_key"));
    }

    #[test]
    fn another_word_is_no_slip() {
        assert_eq!(nearest("window", WORDS), None);
    }
}
