//! Reads durations, rates and counts from literals: `1s`, `1h30m`, `10_000/s`.

use syn::Lit;

/// What is wrong with a literal, and what to write instead.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadUnit {
    pub(crate) message: String,
    pub(crate) help: String,
}

const UNITS: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

const UNITS_HELP: &str = "the units are `ms`, `s`, `m`, `h` and `d`, as in `250ms`, `1s`, `1h30m`";

/// A duration in milliseconds.
pub(crate) fn duration_ms(literal: &Lit) -> Result<u64, BadUnit> {
    let text = match literal {
        Lit::Int(int) => int.to_string(),
        Lit::Float(float) => float.to_string(),
        other => {
            let help = match other {
                Lit::Str(text) => in_words(&text.value()),
                _ => None,
            };
            return Err(BadUnit {
                message: format!("expected a duration, found `{}`", quote::quote!(#other)),
                help: help.map_or_else(
                    || UNITS_HELP.to_owned(),
                    |duration| format!("write `{duration}`, without quotes"),
                ),
            });
        }
    };
    let total = sum_of_parts(&text.replace('_', ""), &text)?;
    if total == 0 {
        return Err(BadUnit {
            message: format!("a duration must be longer than zero, and `{text}` is not"),
            help: "write how often results should leave, as in `1s`; the shortest is `1ms`"
                .to_owned(),
        });
    }
    Ok(total)
}

/// `10 seconds` as `10s`.
fn in_words(text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let unit = named(unit.trim())?;
    (!number.is_empty()).then(|| format!("{number}{unit}"))
}

/// The unit that a word of other systems names.
pub(crate) fn named(word: &str) -> Option<&'static str> {
    Some(match word.to_lowercase().as_str() {
        "ms" | "msec" | "msecs" | "milli" | "millis" | "millisecond" | "milliseconds" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        _ => return None,
    })
}

/// A duration as a user would write it.
pub(crate) fn shown(mut ms: u64) -> String {
    let mut text = String::new();
    for (unit, unit_ms) in UNITS.iter().rev() {
        if ms >= *unit_ms {
            text += &(ms / unit_ms).to_string();
            text += unit;
            ms %= unit_ms;
        }
    }
    text
}

fn sum_of_parts(mut rest: &str, text: &str) -> Result<u64, BadUnit> {
    let mut total = 0u64;
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at(digits);
        let letters = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, next) = behind.split_at(letters);
        let part = part_ms(number, unit, text)?;
        total = total.checked_add(part).ok_or_else(|| too_long(text))?;
        rest = next;
    }
    Ok(total)
}

fn part_ms(number: &str, unit: &str, text: &str) -> Result<u64, BadUnit> {
    if unit.is_empty() {
        return Err(BadUnit {
            message: format!("`{text}` has no unit"),
            help: format!("write `{text}s` for seconds or `{text}ms` for milliseconds"),
        });
    }
    let Some((_, unit_ms)) = UNITS.iter().find(|(name, _)| *name == unit) else {
        return Err(BadUnit {
            message: format!("`{unit}` is not a unit of time"),
            help: match named(unit) {
                Some(unit) => format!("write `{number}{unit}`"),
                None if matches!(unit, "w" | "week" | "weeks") => {
                    let days = number
                        .parse::<u64>()
                        .map_or(7, |weeks| weeks.saturating_mul(7));
                    format!("write `{days}d`")
                }
                None => format!("{UNITS_HELP}: write `{number}s` for seconds"),
            },
        });
    };
    match number.split_once('.') {
        None => number
            .parse::<u64>()
            .ok()
            .and_then(|count| count.checked_mul(*unit_ms))
            .ok_or_else(|| too_long(text)),
        Some((whole, fraction)) => fractional_ms(whole, fraction, *unit_ms, text),
    }
}

fn fractional_ms(whole: &str, fraction: &str, unit_ms: u64, text: &str) -> Result<u64, BadUnit> {
    let scale = u32::try_from(fraction.len())
        .ok()
        .and_then(|digits| 10u64.checked_pow(digits));
    let parts = format!("{whole}{fraction}").parse::<u64>().ok();
    let (Some(scale), Some(parts)) = (scale, parts) else {
        return Err(too_long(text));
    };
    match parts.checked_mul(unit_ms) {
        Some(ms) if ms % scale == 0 => Ok(ms / scale),
        Some(_) => Err(BadUnit {
            message: format!("`{text}` is not a whole number of milliseconds"),
            help: "time is counted in milliseconds here; the shortest duration is `1ms`".to_owned(),
        }),
        None => Err(too_long(text)),
    }
}

fn too_long(text: &str) -> BadUnit {
    BadUnit {
        message: format!("`{text}` is longer than this machine can count"),
        help: "write a shorter duration, such as `1d`".to_owned(),
    }
}

const SIZES: [(&str, u64); 7] = [
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

const SIZES_HELP: &str = "the units are `KiB`, `MiB` and `GiB`, as in `64KiB`, `2GiB`";

/// What is said where no size stands at all.
pub(crate) fn expected_size() -> BadUnit {
    BadUnit {
        message: "expected a size such as `2GiB`".to_owned(),
        help: SIZES_HELP.to_owned(),
    }
}

/// A size in bytes.
pub(crate) fn bytes(literal: &Lit) -> Result<u64, BadUnit> {
    let Lit::Int(int) = literal else {
        return Err(expected_size());
    };
    if int.suffix().is_empty() {
        return Err(BadUnit {
            message: format!("`{int}` has no unit"),
            help: SIZES_HELP.to_owned(),
        });
    }
    let Some((_, unit)) = SIZES.iter().find(|(name, _)| *name == int.suffix()) else {
        return Err(BadUnit {
            message: format!("`{}` is not a unit of size", int.suffix()),
            help: SIZES_HELP.to_owned(),
        });
    };
    int.base10_parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(*unit))
        .filter(|size| *size > 0)
        .ok_or_else(|| BadUnit {
            message: format!("`{int}` is no size that a machine has"),
            help: SIZES_HELP.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::{bytes, duration_ms};

    #[test]
    fn sizes_are_numbers_with_units() {
        let read =
            |text| bytes(&syn::parse_str(text).expect("a literal")).map_err(|bad| bad.message);
        assert_eq!(read("64KiB"), Ok(65_536));
        assert_eq!(read("2GiB"), Ok(2_147_483_648));
        assert_eq!(read("2G"), Err("`G` is not a unit of size".to_owned()));
        assert_eq!(read("100"), Err("`100` has no unit".to_owned()));
    }

    fn read(text: &str) -> Result<u64, String> {
        duration_ms(&syn::parse_str(text).expect("a literal")).map_err(|bad| bad.message)
    }

    #[test]
    fn durations_are_numbers_with_units() {
        assert_eq!(read("250ms"), Ok(250));
        assert_eq!(read("1s"), Ok(1_000));
        assert_eq!(read("1h30m"), Ok(5_400_000));
        assert_eq!(read("7d"), Ok(604_800_000));
        assert_eq!(read("1.5s"), Ok(1_500));
        assert_eq!(read("1_000ms"), Ok(1_000));
    }

    #[test]
    fn anything_else_names_the_units() {
        assert_eq!(read("1x"), Err("`x` is not a unit of time".to_owned()));
        assert_eq!(read("10"), Err("`10` has no unit".to_owned()));
        assert_eq!(read("1.5"), Err("`1.5` has no unit".to_owned()));
        assert_eq!(
            read("0s"),
            Err("a duration must be longer than zero, and `0s` is not".to_owned())
        );
        assert_eq!(
            read("\"1s\""),
            Err("expected a duration, found `\"1s\"`".to_owned())
        );
    }
}
