//! State that lies with the owners of its keys: what a checkpoint brings goes there first.

/// State whose entries a checkpoint may bring to any worker.
pub trait Homing {
    /// An entry on its way.
    type Entry;

    /// Takes out what a checkpoint has brought, with the worker that each entry goes to.
    fn leaving(&mut self, workers: usize) -> Vec<(usize, Self::Entry)>;

    /// Takes in what a checkpoint has brought to any worker.
    fn come_home(&mut self, all: impl Iterator<Item = Self::Entry>);
}
