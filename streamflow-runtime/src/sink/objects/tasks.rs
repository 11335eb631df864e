//! Runs the store's requests on a thread of their own.
//!
//! A worker may run on a thread that belongs to a runtime of the user's, where no other can be
//! entered; and pieces of an object are on their way while the worker goes on.

use std::pin::Pin;
use std::sync::mpsc as blocking;
use std::time::Instant;
use std::{io, thread};

use tokio::sync::mpsc;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The thread. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Tasks {
    queue: mpsc::UnboundedSender<Task>,
}

/// A request that is on its way.
#[derive(Debug)]
pub(super) struct Begun<T>(blocking::Receiver<object_store::Result<T>>);

impl Tasks {
    pub(super) fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (queue, mut tasks) = mpsc::unbounded_channel::<Task>();
        let work = move || {
            runtime.block_on(async move {
                while let Some(task) = tasks.recv().await {
                    tokio::spawn(task);
                }
            });
        };
        thread::Builder::new()
            .name("streamflow-objects".to_owned())
            .spawn(work)?;
        Ok(Tasks { queue })
    }

    /// Lets a request begin.
    pub(super) fn begin<T: Send + 'static>(
        &self,
        request: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Begun<T> {
        let (done, begun) = blocking::sync_channel(1);
        let task = async move {
            // Whoever has begun it may have gone since.
            let _sent = done.send(request.await);
        };
        // If the thread is gone, so is the sender, and waiting says it.
        let _queued = self.queue.send(Box::pin(task));
        Begun(begun)
    }

    /// Waits for a request.
    pub(super) fn run<T: Send + 'static>(
        &self,
        request: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> object_store::Result<T> {
        self.begin(request).wait()
    }
}

impl<T> Begun<T> {
    /// Waits until the request is done, with all that the store's client tries again.
    pub(super) fn wait(self) -> object_store::Result<T> {
        self.0.recv().unwrap_or_else(|gone| {
            Err(object_store::Error::Generic {
                store: "streamflow",
                source: Box::new(gone),
            })
        })
    }

    /// Waits no longer than this, for a request whose outcome does not matter.
    pub(super) fn wait_until(self, deadline: Instant) {
        let left = deadline.saturating_duration_since(Instant::now());
        let _done = self.0.recv_timeout(left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_can_be_waited_for_inside_a_runtime_of_the_users() {
        let users = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let answer = users.block_on(async {
            let tasks = Tasks::start().unwrap();
            tasks.run(async { Ok(42) })
        });
        assert_eq!(answer.unwrap(), 42);
    }
}
