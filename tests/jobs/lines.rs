//! Lines that tests feed, and what stands in them.

/// `12 key value`: an item, and its time in milliseconds.
pub(crate) fn timed(line: &str) -> Option<(i64, &str, &str)> {
    let mut parts = line.split(' ');
    let (ms, key, value) = (parts.next()?, parts.next()?, parts.next()?);
    Some((ms.parse().ok()?, key, value))
}

/// `12 key 3`: the same, whose value is a number.
pub(crate) fn timed_number(line: &str) -> Option<(i64, &str, u64)> {
    let (ms, key, value) = timed(line)?;
    Some((ms, key, value.parse().ok()?))
}
