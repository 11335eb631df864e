//! Wakes whoever waits for a broker when nobody wants the answer any more.

use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

/// Tells the threads of one reader that they are not needed any more.
#[derive(Default)]
pub(super) struct Stop {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_stopped: bool,
    /// The sockets that somebody may be reading from, each with its number.
    sockets: Vec<(u64, TcpStream)>,
    last_number: u64,
}

impl fmt::Debug for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stop").finish_non_exhaustive()
    }
}

/// A socket that is shut down with the rest. Dropped, it is left alone.
#[derive(Debug)]
pub(super) struct Watched {
    stop: Arc<Stop>,
    number: u64,
}

impl Stop {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends every wait for a broker, and every later one as soon as it begins.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        state.is_stopped = true;
        for (_, socket) in state.sockets.drain(..) {
            // It fails where the connection is gone already, and then nobody waits either.
            let _ = socket.shutdown(Shutdown::Both);
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.lock().is_stopped
    }

    /// Watches over a socket from now on.
    pub(super) fn watch(self: &Arc<Self>, socket: &TcpStream) -> io::Result<Watched> {
        let socket = socket.try_clone()?;
        let mut state = self.lock();
        if state.is_stopped {
            let _ = socket.shutdown(Shutdown::Both);
        }
        state.last_number += 1;
        let number = state.last_number;
        state.sockets.push((number, socket));
        Ok(Watched {
            stop: Arc::clone(self),
            number,
        })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut state = self.stop.lock();
        state.sockets.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn wait_for_a_broker_that_says_nothing_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut socket = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let stop = Arc::new(Stop::default());
        let watched = stop.watch(&socket).unwrap();
        let waiting = thread::spawn(move || {
            let _watched = watched;
            socket.read(&mut [0; 1])
        });
        stop.stop();
        assert_eq!(waiting.join().unwrap().unwrap_or(0), 0);
        assert!(stop.is_stopped());
        let late = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let _watched = stop.watch(&late).unwrap();
        assert_eq!((&late).read(&mut [0; 1]).unwrap_or(0), 0);
    }
}
