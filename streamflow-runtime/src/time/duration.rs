//! Reads and writes durations as the language spells them: `250ms`, `1h30m`.

use std::fmt;
use std::time::Duration;

/// The units, largest first, with their milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Why a text is not a duration; says what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DurationError {
    reason: String,
}

impl fmt::Display for DurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for DurationError {}

/// Reads a duration: whole numbers with a unit each, larger units first.
///
/// ```
/// use std::time::Duration;
/// use streamflow_runtime::time::duration;
///
/// assert_eq!(duration::parse("250ms"), Ok(Duration::from_millis(250)));
/// assert_eq!(duration::parse("1h30m"), Ok(Duration::from_secs(5_400)));
/// assert_eq!(
///     duration::parse("10").unwrap_err().to_string(),
///     "`10` has no unit: write `10ms`, `10s`, `10m`, `10h` or `10d`"
/// );
/// ```
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    if text.is_empty() {
        return Err(refuse(
            "it is empty: write a duration such as `250ms`, `1s` or `1h30m`",
        ));
    }
    let mut rest = text;
    let mut total_ms: u64 = 0;
    let mut smallest_ms = u64::MAX;
    while !rest.is_empty() {
        let (number, unit, tail) = part(text, rest)?;
        let Some(&(_, unit_ms)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(refuse(format!(
                "`{unit}` is no unit of time in `{text}`: the units are `ms`, `s`, `m`, `h` and `d`"
            )));
        };
        if unit_ms >= smallest_ms {
            return Err(refuse(format!(
                "the units of `{text}` do not descend: write larger units first, each once, as in `1h30m`"
            )));
        }
        smallest_ms = unit_ms;
        total_ms = number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(unit_ms))
            .and_then(|part_ms| total_ms.checked_add(part_ms))
            // Times are signed milliseconds everywhere else.
            .filter(|total_ms| i64::try_from(*total_ms).is_ok())
            .ok_or_else(|| refuse(format!("`{text}` is longer than time can be counted")))?;
        rest = tail;
    }
    if total_ms == 0 {
        return Err(refuse(format!(
            "`{text}` is no time at all: the shortest duration is `1ms`"
        )));
    }
    Ok(Duration::from_millis(total_ms))
}

/// The digits and the unit that `rest` begins with, and what follows them.
fn part<'t>(text: &str, rest: &'t str) -> Result<(&'t str, &'t str, &'t str), DurationError> {
    let digits = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (number, tail) = rest.split_at(digits);
    if tail.starts_with(['.', ',']) {
        return Err(refuse(format!(
            "`{text}` has a fraction: write whole numbers of a smaller unit, such as `1500ms`"
        )));
    }
    if number.is_empty() {
        return Err(refuse(format!(
            "`{text}` is no duration: write numbers with units, such as `250ms`, `1s` or `1h30m`"
        )));
    }
    let letters = tail
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(tail.len());
    let (unit, tail) = tail.split_at(letters);
    if unit.is_empty() {
        return Err(refuse(format!(
            "`{text}` has no unit: write `{number}ms`, `{number}s`, `{number}m`, `{number}h` or `{number}d`"
        )));
    }
    Ok((number, unit, tail))
}

fn refuse(reason: impl Into<String>) -> DurationError {
    DurationError {
        reason: reason.into(),
    }
}

/// Writes a duration the way [`parse`] reads it; what is below a millisecond is left out.
///
/// ```
/// use std::time::Duration;
/// use streamflow_runtime::time::duration;
///
/// assert_eq!(duration::display(Duration::from_secs(5_400)).to_string(), "1h30m");
/// ```
pub fn display(duration: Duration) -> Displayed {
    Displayed {
        ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
    }
}

/// Writes a number of milliseconds as a duration.
pub fn display_ms(ms: u64) -> Displayed {
    Displayed { ms }
}

/// A duration on its way into a text; made by [`display`].
#[derive(Debug, Clone, Copy)]
pub struct Displayed {
    ms: u64,
}

impl fmt::Display for Displayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ms == 0 {
            return f.write_str("0ms");
        }
        let mut rest_ms = self.ms;
        for (name, unit_ms) in UNITS {
            if rest_ms >= unit_ms {
                write!(f, "{}{name}", rest_ms / unit_ms)?;
                rest_ms %= unit_ms;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn every_unit_is_read_and_written_alike() {
        for (text, ms) in [
            ("250ms", 250),
            ("1s", 1_000),
            ("10m", 600_000),
            ("2h", 7_200_000),
            ("7d", 604_800_000),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)));
            assert_eq!(display_ms(ms).to_string(), text);
        }
        assert_eq!(parse("1h30m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(display_ms(5_400_000).to_string(), "1h30m");
    }

    #[test]
    fn refusals_name_the_units_or_what_to_write() {
        assert!(reason("10").contains("`10ms`, `10s`"));
        assert!(reason("1x").contains("`x` is no unit of time"));
        assert!(reason("1.5s").contains("`1500ms`"));
        assert!(reason("0s").contains("no time at all"));
        assert!(reason("30m1h").contains("larger units first"));
        assert!(reason("1s1s").contains("each once"));
        assert!(reason("").contains("empty"));
        assert!(reason("soon").contains("numbers with units"));
        assert!(reason("-1s").contains("no duration"));
        assert!(reason("99999999999999999999d").contains("longer than"));
    }
}
