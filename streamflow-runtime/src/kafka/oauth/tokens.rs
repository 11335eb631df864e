//! Keeps the token of a run, and gets the next one before it expires.
//!
//! All connections of a process that log on as the same client share a token. A thread asks for it
//! when somebody needs the first one, and anew when four fifths of its life are over; where the
//! endpoint is away it tries on, and what there is serves for as long as it is good.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use super::endpoint::Endpoint;
use super::grant::Grant;
use super::token::Token;
use crate::error::{Code, Error, Result};
use crate::kafka::native::backoff;
use crate::kafka::native::security::Properties;

/// Why there is no token.
#[derive(Debug)]
pub(in crate::kafka) enum NoToken {
    /// The endpoint could not be asked, which may pass.
    Unreachable(Error),
    /// It does not give one, and would not if it were asked again.
    Refused(Error),
}

/// What is done with a new token; false once there is nobody left to do it for.
type Receiver = Box<dyn Fn(&Token) -> bool + Send>;

/// The tokens of all who log on as one client.
#[derive(Debug)]
pub(in crate::kafka) struct Tokens {
    grant: Grant,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    receivers: Mutex<Vec<Receiver>>,
}

#[derive(Default)]
struct State {
    has_begun: bool,
    is_closed: bool,
    token: Option<Arc<Token>>,
    /// Why the last try was in vain.
    failed: Option<NoToken>,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

/// How long it takes until an endpoint is asked again that gives no token: some lock out whoever
/// asks too often.
const AFTER_REFUSAL: Duration = Duration::from_secs(10);

/// Those of this process.
static KNOWN: Mutex<Vec<Weak<Tokens>>> = Mutex::new(Vec::new());

impl NoToken {
    fn told_again(&self) -> Self {
        match self {
            NoToken::Unreachable(error) => NoToken::Unreachable(error.told_again()),
            NoToken::Refused(error) => NoToken::Refused(error.told_again()),
        }
    }
}

impl From<NoToken> for Error {
    fn from(none: NoToken) -> Self {
        match none {
            NoToken::Unreachable(error) | NoToken::Refused(error) => error,
        }
    }
}

impl Tokens {
    /// The tokens that some properties ask for. Nobody is asked yet.
    pub(in crate::kafka) fn of(properties: &Properties) -> Result<Arc<Self>> {
        let grant = Grant::of(properties)?;
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|tokens| tokens.strong_count() > 0);
        let mut same = known.iter().filter_map(Weak::upgrade);
        if let Some(tokens) = same.find(|tokens| tokens.grant == grant) {
            return Ok(tokens);
        }
        let tokens = Arc::new(Tokens {
            grant,
            shared: Arc::default(),
        });
        known.push(Arc::downgrade(&tokens));
        Ok(tokens)
    }

    /// A token that is good, waiting for at most so long for one.
    pub(in crate::kafka) fn current(&self, within: Duration) -> Result<Arc<Token>, NoToken> {
        let deadline = Instant::now() + within;
        let mut state = self.shared.lock();
        self.begin(&mut state).map_err(NoToken::Refused)?;
        loop {
            if let Some(token) = state.token.as_ref().filter(|token| token.is_good()) {
                return Ok(Arc::clone(token));
            }
            if let Some(refused @ NoToken::Refused(_)) = &state.failed {
                return Err(refused.told_again());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                let failed = state.failed.as_ref().map(NoToken::told_again);
                return Err(failed.unwrap_or_else(|| NoToken::Unreachable(late())));
            }
            state = self.shared.wait(state, left);
        }
    }

    /// Gives each new token to somebody else too, the one there is at once.
    pub(in crate::kafka) fn pass_on(&self, receiver: impl Fn(&Token) -> bool + Send + 'static) {
        let mut receivers = self.shared.lock_receivers();
        let token = self.shared.lock().token.clone();
        if token.is_none_or(|token| receiver(&token)) {
            receivers.push(Box::new(receiver));
        }
    }

    fn begin(&self, state: &mut State) -> Result<()> {
        if state.has_begun {
            return Ok(());
        }
        let (shared, grant) = (Arc::clone(&self.shared), self.grant.clone());
        thread::Builder::new()
            .name("streamflow-token".to_owned())
            .spawn(move || shared.run_or_tell(grant))
            .map_err(|cause| {
                Error::new(Code::Bug, "cannot start a thread to get tokens on").caused_by(cause)
            })?;
        state.has_begun = true;
        Ok(())
    }
}

fn late() -> Error {
    Error::new(
        Code::BrokerUnreachable,
        "OAUTHBEARER: the token endpoint does not answer in time",
    )
}

impl Drop for Tokens {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_receivers(&self) -> MutexGuard<'_, Vec<Receiver>> {
        self.receivers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'g>(&self, state: MutexGuard<'g, State>, most: Duration) -> MutexGuard<'g, State> {
        let waited = self.changed.wait_timeout(state, most);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn run_or_tell(&self, grant: Grant) {
        if catch_unwind(AssertUnwindSafe(|| self.run(grant))).is_err() {
            let error = Error::new(Code::Bug, "the thread that gets tokens panicked");
            self.lock().failed = Some(NoToken::Refused(error));
            self.changed.notify_all();
        }
    }

    /// Gets one token after the other, until nobody needs any more.
    fn run(&self, grant: Grant) {
        let endpoint = Endpoint::new(grant);
        let mut attempts = 0;
        loop {
            let outcome = endpoint.ask();
            let next = match outcome {
                Ok(token) => {
                    attempts = 0;
                    let next = token.renew_at;
                    self.take_in(token);
                    next
                }
                Err(failed) => {
                    attempts += 1;
                    let pause = match failed {
                        NoToken::Unreachable(_) => backoff::pause(attempts),
                        NoToken::Refused(_) => AFTER_REFUSAL,
                    };
                    self.note(failed);
                    Instant::now() + pause
                }
            };
            let mut state = self.lock();
            loop {
                if state.is_closed {
                    return;
                }
                let left = next.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                state = self.wait(state, left);
            }
        }
    }

    fn take_in(&self, token: Token) {
        let token = Arc::new(token);
        {
            let mut state = self.lock();
            state.token = Some(Arc::clone(&token));
            if state.failed.take().is_some() {
                tracing::info!("the token endpoint gives tokens again");
            }
        }
        self.changed.notify_all();
        self.lock_receivers().retain(|receiver| receiver(&token));
    }

    fn note(&self, failed: NoToken) {
        let mut state = self.lock();
        let (NoToken::Unreachable(error) | NoToken::Refused(error)) = &failed;
        // Whoever waits for the first token hears of it.
        if state.token.is_some() && state.failed.is_none() {
            tracing::warn!("no new token, trying on: {}", error.one_line());
        }
        state.failed = Some(failed);
        drop(state);
        self.changed.notify_all();
    }
}
