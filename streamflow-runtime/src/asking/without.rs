//! What stands in place of waiting in a program that cannot wait.

use std::future::Future;

use super::{Answered, Asked, Asks};
use crate::error::{Code, Error, Result};
use crate::failure::Failure;
use crate::worker::{Outcome, Worker};

/// Says that it cannot wait.
pub(crate) fn can_wait(text: &str) -> Result<()> {
    let what = format!("`{text}` waits for answers, and this program cannot wait");
    Err(Error::new(Code::Config, what).help("build it with the feature `async` of `streamflow`"))
}

/// Nothing is asked: a run does not begin.
pub(crate) fn wait_for<Q, T, F: Future<Output = std::result::Result<T, Failure>>>(
    worker: &mut Worker<'_>,
    asks: &Asks,
    _questions: impl Iterator<Item = (Asked, Q)>,
    _ask: impl FnMut(&mut Option<Q>) -> std::result::Result<F, Failure>,
) -> Outcome<Vec<Answered<T>>> {
    let text = worker.run().plan.stages.get(asks.stage);
    can_wait(text.map_or("", |stage| stage.text))?;
    Ok(Vec::new())
}
