//! Stages that ask something about each item, and wait for many answers at a time: `map_async`,
//! `lookup`.

use std::cell::RefCell;
use std::future::{Future, IntoFuture, Ready};
use std::vec::IntoIter;

use hashbrown::HashMap;

use super::passing::{Taken, in_order};
use super::sources::{Itself, Never, Nowhere};
use crate::asking::{self, Answered as HasAnswer, Asked, HashedKey};
use crate::failure::{Failure, NoValue};
use crate::state::{Keeps, KeptKey, Key, Lends, Stands, Turns};
use crate::worker::{Outcome, Worker};

pub use crate::asking::{Asks, Cache};

/// Items that wait for answers.
#[diagnostic::on_unimplemented(
    message = "a `{Self}` cannot wait for its answer",
    label = "items wait here behind this batch",
    note = "make it owned in front of this stage: a text in a tuple with `.to_owned()`; in a struct, write `String` for `&str`"
)]
pub trait WaitsForAnswer: 'static {}

#[diagnostic::do_not_recommend]
impl<X: 'static> WaitsForAnswer for X {}

/// Nothing waits yet.
pub fn waiting<W, X: WaitsForAnswer>() -> Turns<W, X> {
    Turns::default()
}

/// Refuses to begin where nothing can be waited for.
pub fn check_can_wait(worker: &Worker<'_>, stage: usize) -> Outcome {
    let stage = worker.run().plan.stages.get(stage);
    let text = stage.map_or("", |stage| stage.text);
    asking::can_wait(text).map_err(|error| {
        let line = stage.map_or(0, |stage| stage.line);
        error.at(format!("`{text}` (line {line})")).into()
    })
}

/// Lets an item wait for the next round; also says whether it is one of a round.
#[inline]
pub fn wait_for_round<T, W: Keeps<T>>(
    waiting: &mut Turns<W, W::Kept>,
    (worker, time_ms, in_round): (&mut Worker<'_>, i64, bool),
    item: T,
    _way: W,
) {
    let at = worker.item_at(in_round);
    waiting.send(0, 1, item, (at, time_ms));
}

/// The items that have waited, each partition's in its order.
pub fn waited<W: Lends<X>, X: WaitsForAnswer>(
    worker: &Worker<'_>,
    waiting: &mut Turns<W, X>,
) -> Taken<W, X> {
    let items = waiting.take().into_iter().flatten().collect();
    in_order(worker, items)
}

/// A place in which an item goes along with a future, whatever it is.
#[derive(Debug)]
pub struct Question<Q>(pub Q);

impl<Q> Question<Q> {
    /// Takes it out.
    #[inline]
    pub fn taken(self) -> Q {
        self.0
    }
}

/// What the function of `map_async` and `lookup` gives.
#[diagnostic::on_unimplemented(
    message = "a future of the answer is wanted here, and this is a `{Self}`",
    label = "this cannot be waited for",
    note = "call an `async fn`, or write the closure as `async |item| …`; what needs no waiting is done by `map`"
)]
pub trait FutureOfAnswer<By>: Sized {
    /// The answer.
    type Answer;
    /// The future.
    type Future: Future<Output = Self::Answer>;

    /// Makes it that.
    fn future(self) -> Self::Future;
}

#[diagnostic::do_not_recommend]
impl<F: IntoFuture> FutureOfAnswer<Itself> for F {
    type Answer = F::Output;
    type Future = F::IntoFuture;

    #[inline]
    fn future(self) -> F::IntoFuture {
        self.into_future()
    }
}

// A second impl, so that it is not the bound of the first one that is told.
#[diagnostic::do_not_recommend]
impl<F: Never> FutureOfAnswer<Nowhere> for F {
    type Answer = ();
    type Future = Ready<()>;

    fn future(self) -> Ready<()> {
        std::future::ready(())
    }
}

/// What a future has given: `(&&&&Answered(&value)).outcome()` tells what becomes of it.
#[derive(Debug)]
pub struct Answered<'a, T>(pub &'a T);

/// What is a value as it is.
#[derive(Debug)]
pub struct AsAnswer;

/// What may be nothing.
#[derive(Debug)]
pub struct AsMaybe;

/// What may be an error.
#[derive(Debug)]
pub struct AsOrFails;

/// What may be an error, or nothing.
#[derive(Debug)]
pub struct AsMaybeOrFails;

/// What is found for a key.
#[derive(Debug)]
pub struct Found<W>(W);

/// Any answer.
pub trait AnswersAsIs: Sized {
    /// What becomes of an answer of `map_async`.
    fn outcome(self) -> AsAnswer {
        AsAnswer
    }

    /// What becomes of an answer of `lookup`.
    fn found(self) -> Found<AsAnswer> {
        Found(AsAnswer)
    }
}

impl<T> AnswersAsIs for &Answered<'_, T> {}

/// An `Option`.
pub trait AnswersMaybe: Sized {
    /// What becomes of an answer of `map_async`.
    fn outcome(self) -> AsMaybe {
        AsMaybe
    }

    /// What becomes of an answer of `lookup`.
    fn found(self) -> Found<AsMaybe> {
        Found(AsMaybe)
    }
}

impl<T> AnswersMaybe for &&Answered<'_, Option<T>> {}

/// A `Result`.
pub trait AnswersOrFails: Sized {
    /// What becomes of an answer of `map_async`.
    fn outcome(self) -> AsOrFails {
        AsOrFails
    }

    /// What becomes of an answer of `lookup`.
    fn found(self) -> Found<AsOrFails> {
        Found(AsOrFails)
    }
}

impl<T, E> AnswersOrFails for &&&Answered<'_, Result<T, E>> {}

/// A `Result` of an `Option`.
pub trait AnswersMaybeOrFails: Sized {
    /// What becomes of an answer of `map_async`: its `Option` goes on.
    fn outcome(self) -> AsOrFails {
        AsOrFails
    }

    /// What becomes of an answer of `lookup`.
    fn found(self) -> Found<AsMaybeOrFails> {
        Found(AsMaybeOrFails)
    }
}

impl<T, E> AnswersMaybeOrFails for &&&&Answered<'_, Result<Option<T>, E>> {}

impl AsAnswer {
    /// The value.
    #[inline]
    pub fn settled<T>(self, answer: T) -> Result<T, NoValue> {
        Ok(answer)
    }
}

impl AsMaybe {
    /// The value, if there is one.
    #[inline]
    pub fn settled<T>(self, answer: Option<T>) -> Result<T, NoValue> {
        answer.ok_or(NoValue)
    }
}

impl AsOrFails {
    /// The value, or the error.
    #[inline]
    pub fn settled<T, E>(self, answer: Result<T, E>) -> Result<T, E> {
        answer
    }
}

impl Found<AsAnswer> {
    /// The value.
    #[inline]
    pub fn settled<T>(self, answer: T) -> Result<Option<T>, NoValue> {
        Ok(Some(answer))
    }
}

impl Found<AsMaybe> {
    /// The value, if there is one.
    #[inline]
    pub fn settled<T>(self, answer: Option<T>) -> Result<Option<T>, NoValue> {
        Ok(answer)
    }
}

impl Found<AsOrFails> {
    /// The value, or the error.
    #[inline]
    pub fn settled<T, E>(self, answer: Result<T, E>) -> Result<Option<T>, E> {
        answer.map(Some)
    }
}

impl Found<AsMaybeOrFails> {
    /// The value, if there is one, or the error.
    #[inline]
    pub fn settled<T, E>(self, answer: Result<Option<T>, E>) -> Result<Option<T>, E> {
        answer
    }
}

/// Where an item comes from, and its time.
type Place = (Stands, i64);

/// What has come of questions: what was kept of each item, its answer, and where it comes from.
type Outcomes<K, T> = IntoIter<(K, Result<T, Failure>, Place)>;

/// Asks about items, each of which goes into its question. `keep` says what is kept of one for the
/// case that there is no answer.
pub fn ask<Q, K, T, F: Future<Output = Result<T, Failure>>>(
    worker: &mut Worker<'_>,
    asks: &Asks,
    items: impl Iterator<Item = (Q, Place)>,
    keep: impl Fn(&Q) -> K,
    mut question: impl FnMut(Q) -> Result<F, Failure>,
) -> Outcome<Outcomes<K, T>> {
    let ask = move |item: &mut Option<Q>| match item.take() {
        Some(item) => question(item),
        None => Err(Failure::refused("it has been asked about before")),
    };
    asked(worker, asks, items, keep, ask)
}

/// The same where an item may be asked about again.
pub fn ask_again<Q, K, T, F: Future<Output = Result<T, Failure>>>(
    worker: &mut Worker<'_>,
    asks: &Asks,
    items: impl Iterator<Item = (Q, Place)>,
    keep: impl Fn(&Q) -> K,
    mut question: impl FnMut(&Q) -> Result<F, Failure>,
) -> Outcome<Outcomes<K, T>> {
    let ask = move |item: &mut Option<Q>| match item {
        Some(item) => question(item),
        None => Err(Failure::refused("there is nothing to ask about")),
    };
    asked(worker, asks, items, keep, ask)
}

fn asked<Q, K, T, F: Future<Output = Result<T, Failure>>>(
    worker: &mut Worker<'_>,
    asks: &Asks,
    items: impl Iterator<Item = (Q, Place)>,
    keep: impl Fn(&Q) -> K,
    ask: impl FnMut(&mut Option<Q>) -> Result<F, Failure>,
) -> Outcome<Outcomes<K, T>> {
    let beside = RefCell::new(Vec::new());
    let questions = items.enumerate().map(|(number, (item, (at, time_ms)))| {
        beside.borrow_mut().push(Some((keep(&item), time_ms)));
        (Asked { number, at }, item)
    });
    let answers = asking::wait_for(worker, asks, questions, ask)?;
    let mut beside = beside.into_inner();
    let answers = answers
        .into_iter()
        .filter_map(|HasAnswer { asked, outcome }| {
            let (kept, time_ms) = beside.get_mut(asked.number)?.take()?;
            Some((kept, outcome, (asked.at, time_ms)))
        });
    Ok(answers.collect::<Vec<_>>().into_iter())
}

/// Answers that several items may get.
#[diagnostic::on_unimplemented(
    message = "a `{A}` cannot be the answer for several items of one key",
    label = "this stage would give a `{A}` to each of them",
    note = "derive `Clone` for it, or put it into an `Arc`"
)]
pub trait CacheOf<A>: Sized {
    /// Remembers so many answers, each for so long.
    fn make(size: Option<u64>, ttl_ms: Option<u64>) -> Self;
}

#[diagnostic::do_not_recommend]
impl<K: KeptKey, A: Clone> CacheOf<A> for Cache<K, A> {
    fn make(size: Option<u64>, ttl_ms: Option<u64>) -> Self {
        Cache::new(size, ttl_ms)
    }
}

/// Items of keys that are asked for.
#[derive(Debug)]
pub struct Questions<K, V> {
    keys: Vec<K>,
    values: Vec<V>,
    places: Vec<Place>,
}

/// Takes items apart whose keys are asked for.
pub fn questions<K: Key, V>(items: impl Iterator<Item = ((K, V), Place)>) -> Questions<K::Kept, V> {
    let mut questions = Questions {
        keys: Vec::new(),
        values: Vec::new(),
        places: Vec::new(),
    };
    for ((key, value), place) in items {
        questions.keys.push(key.keep());
        questions.values.push(value);
        questions.places.push(place);
    }
    questions
}

/// The answers for the keys of items, in the order in which the items go on.
#[derive(Debug)]
pub struct Answers<A>(Vec<(usize, Result<A, Failure>)>);

/// Asks for keys: for each once, and not for those whose answers are remembered.
pub fn ask_for_keys<'q, K: KeptKey, V, A, F>(
    worker: &mut Worker<'_>,
    asks: &Asks,
    cache: &mut Cache<K, A>,
    questions: &'q Questions<K, V>,
    mut question: impl FnMut(K::Lent<'q>) -> Result<F, Failure>,
) -> Outcome<Answers<A>>
where
    F: Future<Output = Result<Option<A>, Failure>>,
{
    let now_ms = worker.run().clock.now_ms();
    let mut answers = Vec::with_capacity(questions.keys.len());
    // The items of each key that is asked for.
    let mut open: Vec<Vec<usize>> = Vec::new();
    let mut known: HashMap<HashedKey<K>, usize> = HashMap::new();
    for (item, key) in questions.keys.iter().enumerate() {
        match cache.get(key.lend().keep(), now_ms) {
            Ok(found) => answers.push((item, of_key(found))),
            Err(key) => {
                let place = *known.entry(HashedKey(key)).or_insert(open.len());
                match open.get_mut(place) {
                    Some(items) => items.push(item),
                    None => open.push(vec![item]),
                }
            }
        }
    }
    let asked = open.iter().enumerate().filter_map(|(number, items)| {
        let first = *items.first()?;
        let (at, _) = *questions.places.get(first)?;
        Some((Asked { number, at }, questions.keys.get(first)?))
    });
    let ask = |key: &mut Option<&'q K>| match *key {
        Some(key) => question(key.lend()),
        None => Err(Failure::refused("there is nothing to ask for")),
    };
    for HasAnswer { asked, outcome } in asking::wait_for(worker, asks, asked, ask)? {
        let items = open.get(asked.number).map_or([].as_slice(), Vec::as_slice);
        let told = match outcome {
            Ok(found) => {
                if let Some(key) = items.first().and_then(|first| questions.keys.get(*first)) {
                    let found = cache.copy_of(found.as_ref());
                    cache.put(key.lend().keep(), found, worker.run().clock.now_ms());
                }
                Ok(found)
            }
            Err(failure) => Err(failure.into_message()?),
        };
        for item in items {
            let outcome = match &told {
                Ok(found) => of_key(cache.copy_of(found.as_ref())),
                Err(message) => Err(Failure::refused(message)),
            };
            answers.push((*item, outcome));
        }
    }
    if asks.is_ordered {
        answers.sort_unstable_by_key(|(item, _)| *item);
    }
    Ok(Answers(answers))
}

fn of_key<A>(found: Option<A>) -> Result<A, Failure> {
    found.ok_or_else(|| Failure::refused("nothing was found for its key"))
}

/// The items with their answers, in the order in which they go on.
pub fn answered<K, V, A>(
    questions: Questions<K, V>,
    Answers(answers): Answers<A>,
) -> impl Iterator<Item = (K, V, Result<A, Failure>, Place)> {
    let Questions {
        keys,
        values,
        places,
    } = questions;
    let items = keys.into_iter().zip(values).zip(places);
    let mut items: Vec<_> = items.map(Some).collect();
    answers.into_iter().filter_map(move |(item, outcome)| {
        let ((key, value), place) = items.get_mut(item)?.take()?;
        Some((key, value, outcome, place))
    })
}
