//! How the items of two streams meet.

/// A join of two streams: what leaves it for the values that both have for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Join {
    /// Every two values that meet.
    Inner,
    /// The same, and left values that meet nothing.
    Left,
    /// The same, and right values that meet nothing.
    Right,
    /// The same, and all values that meet nothing.
    Full,
    /// Left values that meet something.
    Semi,
    /// Left values that meet nothing.
    Anti,
    /// All values of both sides.
    Cogroup,
}

/// One of the two streams of a join.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// The one that the join stands behind.
    Left,
    /// The one in its parentheses.
    Right,
}

impl Join {
    /// The join of this name.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Some(match word {
            "join" => Join::Inner,
            "left_join" => Join::Left,
            "right_join" => Join::Right,
            "full_join" => Join::Full,
            "semi_join" => Join::Semi,
            "anti_join" => Join::Anti,
            "cogroup" => Join::Cogroup,
            _ => return None,
        })
    }

    /// Whether its results have the values of the right side, and not only those of the left one.
    pub(crate) fn takes_right_values(self) -> bool {
        match self {
            Join::Inner | Join::Left | Join::Right | Join::Full | Join::Cogroup => true,
            Join::Semi | Join::Anti => false,
        }
    }
}

impl Side {
    /// The side that the input of this number is.
    pub(crate) fn of_input(input: usize) -> Self {
        match input {
            0 => Side::Left,
            _ => Side::Right,
        }
    }
}
