//! Reads sizes as the language spells them: `64KiB`, `2GiB`.

const UNITS: [(&str, u64); 7] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("B", 1),
];

/// A size in bytes; an error says what is wrong with it.
pub(super) fn parse(text: &str) -> Result<u64, String> {
    let at = text
        .find(|c: char| !c.is_ascii_digit() && c != '_')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    if number.is_empty() {
        return Err(format!("`{text}` is no size"));
    }
    if unit.is_empty() {
        return Err(format!("`{text}` has no unit"));
    }
    let Some((_, unit_bytes)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(format!("`{unit}` is not a unit of size"));
    };
    let number = number.replace('_', "").parse::<u64>().ok();
    let bytes = number.and_then(|number| number.checked_mul(*unit_bytes));
    let bytes = bytes.filter(|bytes| *bytes > 0);
    bytes.ok_or_else(|| format!("`{text}` is no size that a machine has"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_with_units() {
        assert_eq!(parse("64KiB"), Ok(65_536));
        assert_eq!(parse("1_000MB"), Ok(1_000_000_000));
        for (text, expected) in [
            ("", "`` is no size"),
            ("GiB", "`GiB` is no size"),
            ("100", "`100` has no unit"),
            ("2G", "`G` is not a unit of size"),
            ("0KiB", "`0KiB` is no size that a machine has"),
            (
                "99999999999GiB",
                "`99999999999GiB` is no size that a machine has",
            ),
        ] {
            assert_eq!(parse(text), Err(expected.to_owned()));
        }
    }
}
