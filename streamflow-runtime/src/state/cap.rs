//! Which of a stage's keys has gone unused for longest: a list of them in the order of their last use.

use serde::Serialize;

use super::key::{KeptKey, copy_of};
use super::keyed::Keyed;
use super::parts::Parts;

/// No place in the list.
const NOWHERE: u32 = u32::MAX;

/// The place of a key in the list. A checkpoint has the order of its entries instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn(u32);

impl Default for Turn {
    fn default() -> Self {
        Turn(NOWHERE)
    }
}

/// The keys of a stage that keeps only so many, those that nobody has used for longest first.
#[derive(Debug)]
pub(super) struct Cap<K> {
    /// How many keys are kept at most.
    most: usize,
    nodes: Vec<Node<K>>,
    /// Nodes that have no key.
    free: Vec<u32>,
    first: u32,
    last: u32,
}

#[derive(Debug)]
struct Node<K> {
    key: Option<K>,
    before: u32,
    behind: u32,
}

impl<K> Cap<K> {
    pub(super) fn new(most: usize) -> Self {
        Cap {
            most,
            nodes: Vec::new(),
            free: Vec::new(),
            first: NOWHERE,
            last: NOWHERE,
        }
    }

    /// How many keys are kept.
    pub(super) fn len(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    /// Whether one more key is one too many.
    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.most
    }

    /// Puts a key behind all others.
    pub(super) fn insert(&mut self, key: K) -> Turn {
        let node = Node {
            key: Some(key),
            before: NOWHERE,
            behind: NOWHERE,
        };
        let at = if let Some(at) = self.free.pop() {
            if let Some(place) = self.node(at) {
                *place = node;
            }
            at
        } else {
            let at = u32::try_from(self.nodes.len()).unwrap_or(NOWHERE);
            assert!(at < NOWHERE, "a stage with a cap keeps less than 2^32 keys");
            self.nodes.push(node);
            at
        };
        self.link(at);
        Turn(at)
    }

    /// Puts a key that has been used behind all others.
    pub(super) fn touch(&mut self, Turn(at): Turn) {
        if at != self.last && at != NOWHERE {
            self.unlink(at);
            self.link(at);
        }
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, Turn(at): Turn) -> Option<K> {
        let key = self.node(at)?.key.take()?;
        self.unlink(at);
        self.free.push(at);
        Some(key)
    }

    /// Takes the key out that nobody has used for longest.
    pub(super) fn take_first(&mut self) -> Option<K> {
        self.remove(Turn(self.first))
    }

    /// All keys in their order.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &K> + '_ {
        let mut at = self.first;
        std::iter::from_fn(move || {
            let node = self.nodes.get(usize::try_from(at).ok()?)?;
            at = node.behind;
            node.key.as_ref()
        })
    }

    fn node(&mut self, at: u32) -> Option<&mut Node<K>> {
        self.nodes.get_mut(usize::try_from(at).ok()?)
    }

    fn link(&mut self, at: u32) {
        let last = std::mem::replace(&mut self.last, at);
        if let Some(node) = self.node(at) {
            node.before = last;
            node.behind = NOWHERE;
        }
        match self.node(last) {
            Some(before) => before.behind = at,
            None => self.first = at,
        }
    }

    fn unlink(&mut self, at: u32) {
        let Some(node) = self.node(at) else {
            return;
        };
        let (before, behind) = (node.before, node.behind);
        match self.node(before) {
            Some(node) => node.behind = behind,
            None => self.first = behind,
        }
        match self.node(behind) {
            Some(node) => node.before = before,
            None => self.last = before,
        }
    }
}

/// Notes that a key is used, where only so many are kept.
#[inline]
pub(super) fn used<K: KeptKey>(cap: Option<&mut Cap<K>>, key: &K, turn: &mut Turn) {
    if let Some(cap) = cap {
        if *turn == Turn::default() {
            *turn = cap.insert(copy_of(key));
        } else {
            cap.touch(*turn);
        }
    }
}

/// Writes the entries of a table in the order of their last use, which is that of a later run. One worker
/// has them all.
pub(super) fn write<K: KeptKey, V: Serialize>(
    cap: &Cap<K>,
    table: &Keyed<K, V>,
    parts: &mut Parts,
) -> Result<(), postcard::Error> {
    let keys = cap.in_order();
    let entries = keys.filter_map(|key| Some((key, table.get(key)?)));
    parts.whole(&entries.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(cap: &Cap<u32>) -> Vec<u32> {
        cap.in_order().copied().collect()
    }

    #[test]
    fn key_that_was_used_goes_behind_the_others() {
        let mut cap = Cap::new(3);
        let turns: Vec<Turn> = [1, 2, 3].map(|key| cap.insert(key)).into();
        assert!(cap.is_full());
        cap.touch(turns[0]);
        assert_eq!(order(&cap), [2, 3, 1]);
        cap.touch(turns[2]);
        cap.touch(turns[2]);
        assert_eq!(order(&cap), [2, 1, 3]);
        assert_eq!(cap.take_first(), Some(2));
        assert!(!cap.is_full());
        assert_eq!(cap.remove(turns[0]), Some(1));
        assert_eq!(cap.remove(turns[0]), None);
        assert_eq!(order(&cap), [3]);
        let again = cap.insert(4);
        assert_eq!(order(&cap), [3, 4]);
        cap.remove(again);
        assert_eq!(cap.take_first(), Some(3));
        assert_eq!(cap.take_first(), None);
        assert_eq!(cap.len(), 0);
        cap.insert(5);
        assert_eq!(order(&cap), [5]);
    }
}
