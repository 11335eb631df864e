//! Reads and writes moments of time as RFC 3339 spells them: `2026-11-24T05:00:00Z`.

use std::fmt;

const MS_PER_DAY: i64 = 86_400_000;

/// Reads a moment, in milliseconds since the Unix epoch: a number of them, or a date and time
/// with its distance from UTC.
///
/// ```
/// use streamflow_runtime::time::timestamp;
///
/// assert_eq!(timestamp::parse_ms("2026-11-24T05:00:00Z"), Some(1_795_496_400_000));
/// assert_eq!(timestamp::parse_ms("2026-11-24T06:00:00.25+01:00"), Some(1_795_496_400_250));
/// assert_eq!(timestamp::parse_ms("1795496400000"), Some(1_795_496_400_000));
/// assert_eq!(timestamp::parse_ms("2026-11-24T05:00:00"), None); // noon where?
/// ```
pub fn parse_ms(text: &str) -> Option<i64> {
    if let Ok(ms) = text.parse::<i64>() {
        return Some(ms).filter(|ms| *ms >= 0);
    }
    let (date, time) = text.split_once(['T', 't', ' '])?;
    let zone_at = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at(zone_at);
    let day = day(date)?;
    let ms = time_ms(time)?;
    day.checked_mul(MS_PER_DAY)?
        .checked_add(ms)?
        .checked_sub(zone_ms(zone)?)
}

/// Days since the Unix epoch of `YYYY-MM-DD`.
fn day(date: &str) -> Option<i64> {
    let mut fields = date.split('-');
    let year = number(fields.next()?, 4)?;
    let month = number(fields.next()?, 2)?;
    let day = number(fields.next()?, 2)?;
    if fields.next().is_some() || !(1..=12).contains(&month) {
        return None;
    }
    (1..=days_in_month(year, month))
        .contains(&day)
        .then(|| days_before(year, month) + day - 1)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the Unix epoch to the first of a month.
fn days_before(year: i64, month: i64) -> i64 {
    let years = year - 1;
    let leap_days = years / 4 - years / 100 + years / 400;
    // 719,162 days lie between the first day of year 1 and the Unix epoch.
    let year_begins = years * 365 + leap_days - 719_162;
    year_begins
        + (1..month)
            .map(|month| days_in_month(year, month))
            .sum::<i64>()
}

/// Milliseconds since midnight of `HH:MM:SS[.fff]`.
fn time_ms(time: &str) -> Option<i64> {
    let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let mut fields = whole.split(':');
    let hours = number(fields.next()?, 2).filter(|hours| *hours < 24)?;
    let minutes = number(fields.next()?, 2).filter(|minutes| *minutes < 60)?;
    let seconds = number(fields.next()?, 2).filter(|seconds| *seconds < 60)?;
    if fields.next().is_some() || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let digits = number(fraction, fraction.len())?;
    let ms = digits * 1_000 / 10_i64.pow(u32::try_from(fraction.len()).ok()?);
    Some(((hours * 60 + minutes) * 60 + seconds) * 1_000 + ms)
}

/// The distance from UTC of `Z` or `+HH:MM`.
fn zone_ms(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let hours = number(hours, 2).filter(|hours| *hours < 24)?;
    let minutes = number(minutes, 2).filter(|minutes| *minutes < 60)?;
    Some(sign * (hours * 60 + minutes) * 60_000)
}

/// A number of exactly `n_digits` digits.
fn number(text: &str, n_digits: usize) -> Option<i64> {
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    (text.len() == n_digits && all_digits)
        .then(|| text.parse().ok())
        .flatten()
}

/// Writes a moment, given in milliseconds since the Unix epoch, in UTC.
///
/// ```
/// use streamflow_runtime::time::timestamp;
///
/// assert_eq!(timestamp::display_ms(1_795_496_400_250).to_string(), "2026-11-24T05:00:00.250Z");
/// ```
pub fn display_ms(ms: i64) -> Displayed {
    Displayed { ms }
}

/// A moment on its way into a text; made by [`display_ms`].
#[derive(Debug, Clone, Copy)]
pub struct Displayed {
    ms: i64,
}

impl fmt::Display for Displayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Outside the years of four digits RFC 3339 has no spelling.
        if !(-62_135_596_800_000..253_402_300_800_000).contains(&self.ms) {
            return write!(f, "{} ms", self.ms);
        }
        let day = self.ms.div_euclid(MS_PER_DAY);
        let ms = self.ms.rem_euclid(MS_PER_DAY);
        let mut year = 1970 + day.div_euclid(366);
        while days_before(year + 1, 1) <= day {
            year += 1;
        }
        while days_before(year, 1) > day {
            year -= 1;
        }
        let month = (1..=12)
            .rev()
            .find(|month| days_before(year, *month) <= day)
            .unwrap_or(1);
        let day_of_month = day - days_before(year, month) + 1;
        let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
        let (seconds, ms) = (ms / 1_000 % 60, ms % 1_000);
        write!(
            f,
            "{year:04}-{month:02}-{day_of_month:02}T{hours:02}:{minutes:02}:{seconds:02}"
        )?;
        if ms != 0 {
            write!(f, ".{ms:03}")?;
        }
        f.write_str("Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_and_written_alike() {
        for (text, ms) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799_000),
            ("2024-12-31T12:30:00.007Z", 1_735_648_200_007),
            ("1969-12-31T23:59:59.999Z", -1),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] {
            assert_eq!(parse_ms(text), Some(ms), "{text}");
            assert_eq!(display_ms(ms).to_string(), text);
        }
    }

    #[test]
    fn what_names_no_moment_is_refused() {
        for text in [
            "",
            "yesterday",
            "-5",
            "2026-11-24",
            "2026-11-24T05:00:00",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T05:00:00+25:00",
            "2026-11-24T05:00:00.Z",
            "2026-11-24T05:00:00é",
        ] {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }
}
