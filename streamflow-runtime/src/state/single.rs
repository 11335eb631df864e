//! The one value that an aggregate without keys keeps on one worker.

/// What an aggregate without keys keeps on one worker until its trigger fires.
#[derive(Debug)]
pub struct Single<V> {
    value: Option<V>,
    /// What a checkpoint held, until the next merge.
    restored: Vec<V>,
}

impl<V> Default for Single<V> {
    fn default() -> Self {
        Single {
            value: None,
            restored: Vec::new(),
        }
    }
}

impl<V> Single<V> {
    pub(super) fn with_restored(restored: Vec<V>) -> Self {
        Single {
            value: None,
            restored,
        }
    }

    /// The place of the value.
    #[inline]
    pub fn place(&mut self) -> &mut Option<V> {
        &mut self.value
    }

    /// Takes everything out: this worker's value and what was restored.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = V> + use<V> {
        self.value
            .take()
            .into_iter()
            .chain(std::mem::take(&mut self.restored))
    }

    /// Takes what was restored from a checkpoint.
    pub(super) fn take_restored(&mut self) -> Vec<V> {
        std::mem::take(&mut self.restored)
    }

    /// Takes the value out.
    pub fn take(&mut self) -> Option<V> {
        self.value.take()
    }

    /// Everything that is kept.
    pub(super) fn entries(&self) -> Vec<&V> {
        self.value.iter().chain(&self.restored).collect()
    }
}
