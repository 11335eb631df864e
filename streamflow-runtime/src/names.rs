//! Names of types as their users write them.

/// The name of a type without modules and elided lifetimes: `Box<str>` is `str`, as a key that is
/// kept is to its user, and a value that a closure has in hand is in parentheses.
pub(crate) fn short(name: &str) -> String {
    let mut short = String::new();
    let mut word = String::new();
    // What ends each pair of angle brackets that is open.
    let mut closing = Vec::new();
    let mut previous = ' ';
    for letter in name.chars() {
        match letter {
            ':' => word.clear(),
            c if c.is_alphanumeric() || c == '_' => word.push(c),
            '<' if word == "Held" => {
                word.clear();
                short.push('(');
                closing.push(')');
            }
            '<' => {
                short.push_str(&word);
                word.clear();
                short.push('<');
                closing.push('>');
            }
            '>' if previous != '-' => {
                short.push_str(&word);
                word.clear();
                short.push(closing.pop().unwrap_or('>'));
            }
            other => {
                short.push_str(&word);
                word.clear();
                short.push(other);
            }
        }
        previous = letter;
    }
    short.push_str(&word);
    short
        .replace("Compact<str>", "str")
        .replace("Compact<[u8]>", "bytes")
        .replace("Box<str>", "str")
        .replace("Box<[u8]>", "bytes")
        .replace("<'_>", "")
        .replace("'_ ", "")
        .replace("'_, ", "")
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn modules_are_left_out() {
        assert_eq!(short("(&str, u64)"), "(&str, u64)");
        assert_eq!(
            short("(alloc::boxed::Box<str>, alloc::vec::Vec<shop::orders::Order>)"),
            "(str, Vec<Order>)"
        );
        assert_eq!(short("fn(&shop::Order) -> u64"), "fn(&Order) -> u64");
    }

    #[test]
    fn elided_lifetimes_are_left_out() {
        assert_eq!(short("shop::Record<'_>"), "Record");
        assert_eq!(short("shop::Row<'_, u8>"), "Row<u8>");
    }

    #[test]
    fn value_that_a_closure_has_in_hand_is_in_parentheses() {
        assert_eq!(
            short("streamflow_runtime::state::Held<alloc::vec::Vec<u8>>"),
            "(Vec<u8>)"
        );
    }
}
