//! Waits for many futures at a time.

use std::cell::{Cell, RefCell};
use std::future::{self, Future};
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::sync::OnceLock;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

use super::{Answered, Asked, Asks};
use crate::error::{Code, Error, Result};
use crate::failure::Failure;
use crate::private::Retries;
use crate::state::Stands;
use crate::worker::{Halt, Outcome, Worker};

/// How often a worker that waits looks whether another one cannot go on.
const SLICE: Duration = Duration::from_millis(50);

/// What drives sockets and timers. The futures themselves are polled by workers.
fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<std::result::Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("streamflow-async")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|error| {
        Error::new(
            Code::Config,
            format!("the thread that answers are waited for with cannot be started: {error}"),
        )
        .help("raise the limit of threads or of open files of this process")
    })
}

/// Begins to wait, or says why it cannot.
pub(crate) fn can_wait(_text: &str) -> Result<()> {
    runtime().map(drop)
}

/// Asks questions, and waits for all answers; gives them in the order that is wanted.
///
/// `ask` finds a question in its place, and may leave it there to be asked again.
pub(crate) fn wait_for<Q, T, F: Future<Output = std::result::Result<T, Failure>>>(
    worker: &mut Worker<'_>,
    asks: &Asks,
    questions: impl Iterator<Item = (Asked, Q)>,
    ask: impl FnMut(&mut Option<Q>) -> std::result::Result<F, Failure>,
) -> Outcome<Vec<Answered<T>>> {
    let runtime = runtime()?;
    let _inside = runtime.enter();
    let at_hand = Cell::new(None);
    let ask = RefCell::new(ask);
    let shared: &Worker<'_> = worker;
    let answers = stream::iter(questions)
        .map(|(asked, question)| {
            let mut answer = Box::pin(answer(shared, asks, question, &ask));
            let at_hand = &at_hand;
            future::poll_fn(move |context| {
                at_hand.set(Some(asked.at));
                let answer = answer.as_mut().poll(context);
                answer.map(|outcome| Answered { asked, outcome })
            })
        })
        .buffer_unordered(asks.concurrency())
        .collect::<Vec<_>>();
    let aborted = async {
        while !shared.run().rounds.is_aborted() {
            sleep(SLICE).await;
        }
    };
    let waited = panic::catch_unwind(AssertUnwindSafe(|| {
        futures_executor::block_on(async {
            match select(pin!(answers), pin!(aborted)).await {
                Either::Left((answers, _)) => Some(answers),
                Either::Right(((), _)) => None,
            }
        })
    }));
    let mut answers = match waited {
        Ok(Some(answers)) => answers,
        Ok(None) => return Err(Halt::Aborted),
        Err(panicked) => {
            // So the message names the item.
            worker.arrived(at_hand.get().map(|Stands(at)| at));
            panic::resume_unwind(panicked)
        }
    };
    if asks.is_ordered {
        answers.sort_unstable_by_key(|answered| answered.asked.number);
    }
    Ok(answers)
}

/// The answer to one question, which is asked again as often as the stage's policy says.
async fn answer<Q, T, F: Future<Output = std::result::Result<T, Failure>>>(
    worker: &Worker<'_>,
    asks: &Asks,
    question: Q,
    ask: &RefCell<impl FnMut(&mut Option<Q>) -> std::result::Result<F, Failure>>,
) -> std::result::Result<T, Failure> {
    let mut question = Some(question);
    let mut retries = asks.retries.clone();
    let longest = asks.timeout();
    loop {
        let asked = ask.borrow_mut()(&mut question);
        let failure = match asked {
            Ok(future) => match timeout(longest, future).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(failure)) => failure,
                Err(_) => Failure::refused(format_args!("no answer within {longest:?}")),
            },
            Err(failure) => failure,
        };
        let wait = if failure.is_fatal() {
            None
        } else {
            retries.as_mut().and_then(Retries::take)
        };
        let Some(wait) = wait else {
            return Err(failure);
        };
        worker.tell_of_retry(asks.stage, wait);
        if !worker.run().is_test() {
            sleep(wait).await;
        }
    }
}
