//! Words why state in a checkpoint does not fit the job, and what to do about it.

use crate::error::{Code, Error};
use crate::panics::Caught;
use crate::run::{Kept, is_named};
use crate::state::Unread;

/// For state of unnamed stages, nothing can be written in the job.
const RUN_OUT: &str =
    "run the former job to the end of an interval, or begin with another `--checkpoint` directory";

/// State of the same version or a newer one, or of another place.
pub(super) fn state(
    name: &str,
    then: &Kept,
    now: &Kept,
    layout_with: Option<impl Fn(&str) -> String>,
) -> Error {
    let error = |what: String| Error::new(Code::IncompatibleState, what);
    if then.version > now.version {
        let (newer, known) = (then.version, now.version);
        return error(format!(
            "the checkpoint holds `{name}` in v{newer}, and the job knows it up to v{known}"
        ))
        .help(format!(
            "run the newer job; its `state {name} migrate v{known} -> …` or its `streamflow.lock` stays with the state"
        ));
    }
    if then.layout == now.layout {
        return error(format!(
            "the checkpoint holds `{name}` behind other stages than those of the job: `{}`, and now `{}`",
            then.place.as_deref().unwrap_or("as a named state"),
            now.place.as_deref().unwrap_or("as a named state"),
        ))
        .help(format!(
            "{RUN_OUT}; state with a name, as in `count every 1m as counts`, is found wherever it stands"
        ));
    }
    let what = format!(
        "the checkpoint holds `{name}` as `{}`, and the job now keeps `{}`",
        then.layout, now.layout
    );
    if !is_named(name) {
        return error(what).help(RUN_OUT);
    }
    let anew = format!("give the state another name and write `drop state {name};`");
    let (window, window_now) = (window_of(&then.layout), window_of(&now.layout));
    if window != window_now {
        let before = match window {
            Some(window) => window.replace(" of event time", ""),
            None => "every …".to_owned(),
        };
        return error(what).help(format!(
            "steps of one window are of no use to another: write `{before}` again, or {anew}"
        ));
    }
    let Some(layout_with) = layout_with else {
        return error(what).help(format!(
            "what two streams have brought cannot be migrated: {anew}"
        ));
    };
    match value_of(&then.layout, layout_with) {
        Some(old) => {
            let (from, to) = (then.version, then.version + 1);
            let old = rust_type(old);
            error(what).help(format!(
                "write `state {name} migrate v{from} -> v{to} (|old: {old}| …);` in the job, or {anew}"
            ))
        }
        None => error(what).help(format!("keys cannot be migrated: {anew}")),
    }
}

/// Whether a migration can read former state: only what a key has is another.
pub(super) fn can_be_migrated(then: &Kept, now: &Kept) -> bool {
    let is_placed = then.place.is_some() || now.place.is_some();
    !is_placed && then.version < now.version && window_of(&then.layout) == window_of(&now.layout)
}

/// A migration that panicked.
pub(super) fn panicked(name: &str, then: &Kept, panic: &Caught) -> Error {
    let (from, to) = (then.version, then.version + 1);
    Error::new(
        Code::Panicked,
        format!(
            "a migration of `{name}` from v{from} panicked: {}",
            panic.message
        ),
    )
    .at(&panic.place)
    .help(format!(
        "let `migrate v{from} -> v{to}` take every value that was kept; the checkpoint is as it was"
    ))
}

/// State of an older version that the job's migrations do not read.
pub(super) fn former(name: &str, then: &Kept, now: &Kept, unread: Unread) -> Error {
    let (from, layout) = (then.version, &then.layout);
    let next = from + 1;
    match unread {
        Unread::Damaged(cause) => damaged(name, cause),
        Unread::NoMigration => Error::new(
            Code::IncompatibleState,
            format!(
                "the checkpoint holds `{name}` in v{from}, the job keeps v{}, and nothing migrates v{from}",
                now.version
            ),
        )
        .help(format!(
            "write `state {name} migrate v{from} -> v{next} (|old: …| …);` too: v{from} is `{layout}`"
        )),
        Unread::Layout { taken } => Error::new(
            Code::IncompatibleState,
            format!(
                "the checkpoint holds `{name}` in v{from} as `{layout}`, and `migrate v{from} -> v{next}` takes `{taken}`"
            ),
        )
        .help("let its closure take what was kept"),
    }
}

/// State whose bytes make no sense.
pub(super) fn damaged(name: &str, cause: postcard::Error) -> Error {
    Error::new(
        Code::CorruptCheckpoint,
        format!("cannot read the state `{name}`"),
    )
    .caused_by(cause)
    .help("begin with another `--checkpoint` directory; records are then read again")
}

/// The window in a layout, if there is one.
fn window_of(layout: &str) -> Option<&str> {
    layout.rfind(" over ").map(|at| &layout[at + 1..])
}

/// The layout of the values in a layout, if all else in it is as the job has it.
fn value_of(layout: &str, layout_with: impl Fn(&str) -> String) -> Option<&str> {
    const HERE: char = '\0';
    let with = layout_with(HERE.encode_utf8(&mut [0; 4]));
    let (before, behind) = with.split_once(HERE)?;
    layout.strip_prefix(before)?.strip_suffix(behind)
}

/// How a user would write the type of a layout: its name, where it has one.
fn rust_type(layout: &str) -> String {
    let word = |text: &str| {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        text[..end.unwrap_or(text.len())].to_owned()
    };
    match layout {
        "str" => "String".to_owned(),
        _ if layout.starts_with("enum ") => word(&layout["enum ".len()..]),
        _ if layout.starts_with('[') && layout.ends_with(']') => {
            format!("Vec<{}>", rust_type(&layout[1..layout.len() - 1]))
        }
        _ if layout.starts_with(char::is_uppercase) && !layout.starts_with("Option<") => {
            word(layout)
        }
        _ => layout.replace("str", "String"),
    }
}

#[cfg(test)]
mod tests {
    use super::rust_type;

    #[test]
    fn type_is_written_as_in_rust() {
        for (layout, written) in [
            ("u64", "u64"),
            ("str", "String"),
            ("[str]", "Vec<String>"),
            ("(u64, str)", "(u64, String)"),
            ("Totals { visits: u64 }", "Totals"),
            ("enum Event { Click }", "Event"),
        ] {
            assert_eq!(rust_type(layout), written);
        }
    }
}
