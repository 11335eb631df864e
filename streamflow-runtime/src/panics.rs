//! Catches what a panic in a job's closure says and where, without printing it twice.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;

/// A panic that was caught.
#[derive(Debug, Clone, Default)]
pub(crate) struct Caught {
    pub(crate) message: String,
    /// `file:line:column`.
    pub(crate) place: String,
    pub(crate) line: Option<u32>,
}

thread_local! {
    /// `Some` while this thread's panics are caught.
    static HERE: RefCell<Option<Caught>> = const { RefCell::new(None) };
}

/// While it lives, panics of this thread are kept for [`last_here`] instead of being printed.
#[derive(Debug)]
pub(crate) struct CaughtHere {
    /// What was kept before, where the one stands inside the other.
    before: Option<Caught>,
}

/// Begins to keep the panics of this thread.
pub(crate) fn caught_here() -> CaughtHere {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !keep(info) {
                before(info);
            }
        }));
    });
    let before = HERE.replace(Some(Caught::default()));
    CaughtHere { before }
}

impl Drop for CaughtHere {
    fn drop(&mut self) {
        HERE.set(self.before.take());
    }
}

fn keep(info: &PanicHookInfo<'_>) -> bool {
    HERE.with_borrow_mut(|here| match here {
        None => false,
        Some(caught) => {
            caught.message = message(info.payload());
            if let Some(location) = info.location() {
                caught.place = location.to_string();
                caught.line = Some(location.line());
            }
            true
        }
    })
}

fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

/// What the panic of this thread said; `payload` is what was caught.
pub(crate) fn last_here(payload: &(dyn Any + Send)) -> Caught {
    let kept = HERE.with_borrow(Clone::clone).unwrap_or_default();
    if kept.message.is_empty() {
        Caught {
            message: message(payload),
            ..kept
        }
    } else {
        kept
    }
}
