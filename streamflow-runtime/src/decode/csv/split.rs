//! Splits a line: where does its first field end?

use std::borrow::Cow;

use memchr::memchr;

/// One field of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'b> {
    /// What stands between the commas, without the quotes around it.
    pub(super) raw: &'b str,
    pub(super) quotes: Quotes,
}

/// How a field is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    None,
    Around,
    /// Around it, and doubled ones inside.
    Doubled,
}

impl<'b> Field<'b> {
    /// The field's text; allocates only where quotes are doubled.
    #[inline]
    pub(super) fn text(self) -> Cow<'b, str> {
        match self.quotes {
            Quotes::None | Quotes::Around => Cow::Borrowed(self.raw),
            Quotes::Doubled => Cow::Owned(self.raw.replace("\"\"", "\"")),
        }
    }
}

/// The first field, and what stands behind its comma; or what is wrong with its quotes.
#[inline]
pub(super) fn first_field(line: &str) -> Result<(Field<'_>, Option<&str>), &'static str> {
    let bytes = line.as_bytes();
    if bytes.first() == Some(&b'"') {
        return first_quoted(line);
    }
    let (raw, behind) = match memchr(b',', bytes) {
        Some(comma) => (&line[..comma], Some(&line[comma + 1..])),
        None => (line, None),
    };
    Ok((
        Field {
            raw,
            quotes: Quotes::None,
        },
        behind,
    ))
}

fn first_quoted(line: &str) -> Result<(Field<'_>, Option<&str>), &'static str> {
    let inside = &line[1..];
    let bytes = inside.as_bytes();
    let mut quotes = Quotes::Around;
    let mut from = 0;
    while let Some(found) = memchr(b'"', &bytes[from..]) {
        let quote = from + found;
        let raw = &inside[..quote];
        match bytes.get(quote + 1) {
            None => return Ok((Field { raw, quotes }, None)),
            Some(b',') => return Ok((Field { raw, quotes }, Some(&inside[quote + 2..]))),
            Some(b'"') => {
                quotes = Quotes::Doubled;
                from = quote + 2;
            }
            Some(_) => return Err("text stands behind the closing quote"),
        }
    }
    Err("the quote is never closed")
}
