//! Writes one object: in one piece if it is small, otherwise in pieces that are sent ahead.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStoreExt};

use super::store::Target;
use super::tasks::Begun;
use crate::error::Result;
use crate::sink::parts::Part;

/// How large a piece is. Stores want 5 MiB at least, and some that all are of one size but the last.
pub(super) const PIECE_BYTES: usize = 8 << 20;
/// How many pieces a store takes for an object; S3 has 10 000.
pub(super) const MOST_PIECES: usize = 9_000;
/// How many pieces are on their way at once: with the one that is filled, so much memory is taken.
const MOST_ON_THE_WAY: usize = 3;
/// How long the end of a run waits for pieces to be taken away that became no object.
const LONGEST_ABORT: Duration = Duration::from_secs(5);

/// An object that is being written.
#[derive(Debug)]
pub struct ObjectPart {
    target: Arc<Target>,
    path: Path,
    /// What has not been sent yet.
    piece: Vec<u8>,
    /// What has, if it is more than a piece.
    upload: Option<Upload>,
}

impl ObjectPart {
    pub(super) fn new(target: Arc<Target>, path: Path) -> Self {
        ObjectPart {
            target,
            path,
            piece: Vec::new(),
            upload: None,
        }
    }

    fn send_ahead(&mut self, piece: Vec<u8>) -> object_store::Result<()> {
        if self.upload.is_none() {
            self.upload = Some(Upload::begin(&self.target, &self.path)?);
        }
        self.upload
            .as_mut()
            .map_or(Ok(()), |upload| upload.send(piece))
    }

    fn put(mut self) -> object_store::Result<()> {
        let last = mem::take(&mut self.piece);
        let Some(mut upload) = self.upload.take() else {
            let (store, path) = (Arc::clone(&self.target.store), self.path.clone());
            let put = async move { store.put(&path, last.into()).await };
            return self.target.tasks.run(put).map(drop);
        };
        if !last.is_empty() {
            upload.send(last)?;
        }
        upload.complete()
    }
}

impl Part for ObjectPart {
    const GROWS_WHEN_SAVED: bool = false;

    fn write(&mut self, rows: &[u8]) -> Result<()> {
        self.piece.extend_from_slice(rows);
        while self.piece.len() >= PIECE_BYTES {
            let rest = self.piece.split_off(PIECE_BYTES);
            let full = mem::replace(&mut self.piece, rest);
            self.send_ahead(full)
                .map_err(|cause| self.target.failed(cause))?;
        }
        Ok(())
    }

    fn save(self) -> Result<Option<Self>> {
        self.finish().map(|()| None)
    }

    fn finish(self) -> Result<()> {
        let target = Arc::clone(&self.target);
        self.put().map_err(|cause| target.failed(cause))
    }
}

/// An object on its way in pieces. Dropped before it is complete, it leaves nothing behind if the
/// store can still be reached.
#[derive(Debug)]
struct Upload {
    target: Arc<Target>,
    /// Nothing once it is complete.
    pieces: Option<Box<dyn MultipartUpload>>,
    on_the_way: VecDeque<Begun<()>>,
}

impl Upload {
    fn begin(target: &Arc<Target>, path: &Path) -> object_store::Result<Self> {
        let (store, path) = (Arc::clone(&target.store), path.clone());
        let begun = async move { store.put_multipart(&path).await };
        Ok(Upload {
            pieces: Some(target.tasks.run(begun)?),
            target: Arc::clone(target),
            on_the_way: VecDeque::new(),
        })
    }

    fn send(&mut self, piece: Vec<u8>) -> object_store::Result<()> {
        while self.on_the_way.len() >= MOST_ON_THE_WAY {
            self.await_oldest()?;
        }
        if let Some(pieces) = &mut self.pieces {
            let sent = pieces.put_part(piece.into());
            self.on_the_way.push_back(self.target.tasks.begin(sent));
        }
        Ok(())
    }

    fn await_oldest(&mut self) -> object_store::Result<()> {
        self.on_the_way.pop_front().map_or(Ok(()), Begun::wait)
    }

    fn complete(mut self) -> object_store::Result<()> {
        while !self.on_the_way.is_empty() {
            self.await_oldest()?;
        }
        let Some(mut pieces) = self.pieces.take() else {
            return Ok(());
        };
        let completed = async move {
            let done = pieces.complete().await;
            Ok((pieces, done))
        };
        let (pieces, done) = self.target.tasks.run(completed)?;
        done.map(drop).inspect_err(|_| self.pieces = Some(pieces))
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        let Some(mut pieces) = self.pieces.take() else {
            return;
        };
        let deadline = Instant::now() + LONGEST_ABORT;
        // One that comes behind the abort would stay.
        for piece in self.on_the_way.drain(..) {
            piece.wait_until(deadline);
        }
        let aborted = async move { pieces.abort().await };
        self.target.tasks.begin(aborted).wait_until(deadline);
    }
}
