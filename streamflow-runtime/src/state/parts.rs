//! Where state is written to: the parts of a checkpoint, or scales that only weigh it.

use serde::Serialize;

use super::groups::{GROUPS, group_of};
use super::key::KeptKey;
use crate::checkpoint::StatePart;
use crate::encode::shown;

/// How many of the largest keys are known by name.
const N_LARGEST: usize = 5;

/// Takes what a state keeps, as bytes or as a weight.
#[derive(Debug)]
pub struct Parts(Form);

#[derive(Debug)]
enum Form {
    Bytes {
        /// By key group: how many entries, and their bytes.
        groups: Vec<(usize, Vec<u8>)>,
        whole: Vec<StatePart>,
    },
    Weight(Weight),
}

/// How much there is of a state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    pub(crate) n_entries: usize,
    /// As they would be in a checkpoint, in bytes: what they take in memory is more.
    pub(crate) bytes: usize,
    /// The largest entries, the largest first: their bytes, and their keys as messages show them.
    pub(crate) largest: Vec<(usize, String)>,
}

impl Weight {
    fn add(&mut self, bytes: usize, key: impl FnOnce() -> String) {
        self.n_entries += 1;
        self.bytes += bytes;
        let is_large =
            |largest: &[(usize, String)]| largest.last().is_some_and(|(least, _)| bytes <= *least);
        if self.largest.len() == N_LARGEST && is_large(&self.largest) {
            return;
        }
        let at = self.largest.partition_point(|(more, _)| *more >= bytes);
        self.largest.insert(at, (bytes, key()));
        self.largest.truncate(N_LARGEST);
    }

    /// The weight of both.
    pub(crate) fn and(mut self, other: Weight) -> Weight {
        self.n_entries += other.n_entries;
        self.bytes += other.bytes;
        self.largest.extend(other.largest);
        self.largest
            .sort_by(|(a_bytes, a), (b_bytes, b)| (b_bytes, a).cmp(&(a_bytes, b)));
        self.largest.truncate(N_LARGEST);
        self
    }
}

impl Parts {
    pub(crate) fn bytes() -> Self {
        Parts(Form::Bytes {
            groups: Vec::new(),
            whole: Vec::new(),
        })
    }

    pub(crate) fn scales() -> Self {
        Parts(Form::Weight(Weight::default()))
    }

    /// Takes the entries of keys.
    pub(super) fn entries<'e, K: KeptKey, X: Serialize>(
        &mut self,
        entries: impl Iterator<Item = (&'e K, X)>,
    ) -> Result<(), postcard::Error> {
        match &mut self.0 {
            Form::Bytes { groups, .. } => {
                groups.resize_with(GROUPS, Default::default);
                for (key, value) in entries {
                    if let Some((n_entries, bytes)) = groups.get_mut(usize::from(group_of(key))) {
                        *n_entries += 1;
                        *bytes = postcard::to_extend(&(key, value), std::mem::take(bytes))?;
                    }
                }
            }
            Form::Weight(weight) => {
                for (key, value) in entries {
                    let bytes = postcard::experimental::serialized_size(&(key, value))?;
                    weight.add(bytes, || name_of(key));
                }
            }
        }
        Ok(())
    }

    /// Takes all of a state without keys: a list.
    pub(super) fn whole(&mut self, all: &[impl Serialize]) -> Result<(), postcard::Error> {
        match &mut self.0 {
            Form::Bytes { whole, .. } => {
                let bytes = postcard::to_stdvec(all)?;
                whole.push(StatePart { group: None, bytes });
            }
            Form::Weight(weight) => {
                weight.n_entries += all.len();
                for one in all {
                    weight.bytes += postcard::experimental::serialized_size(one)?;
                }
            }
        }
        Ok(())
    }

    /// The parts of a checkpoint: one for each key group that has anything, or one of all where there
    /// are no keys.
    pub(crate) fn into_parts(self) -> Result<Vec<StatePart>, postcard::Error> {
        let Form::Bytes { groups, mut whole } = self.0 else {
            return Ok(Vec::new());
        };
        for (group, (n_entries, entries)) in (0..=u8::MAX).zip(groups) {
            if n_entries == 0 {
                continue;
            }
            // As a list is written: how many there are, and then each.
            let mut bytes = Vec::with_capacity(entries.len() + size_of::<u64>() + 2);
            bytes = postcard::to_extend(&n_entries, bytes)?;
            bytes.extend(entries);
            let group = Some(group);
            whole.push(StatePart { group, bytes });
        }
        Ok(whole)
    }

    pub(crate) fn into_weight(self) -> Weight {
        match self.0 {
            Form::Weight(weight) => weight,
            Form::Bytes { .. } => Weight::default(),
        }
    }
}

fn name_of(key: &impl KeptKey) -> String {
    let mut text = Vec::new();
    shown(key, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::key::Key;

    fn weight(entries: &[(&str, Vec<u8>)]) -> Weight {
        let kept: Vec<_> = entries
            .iter()
            .map(|(key, value)| (key.keep(), value))
            .collect();
        let mut scales = Parts::scales();
        let entries = kept.iter().map(|(key, value)| (key, *value));
        scales.entries(entries).expect("bytes can be written");
        scales.into_weight()
    }

    #[test]
    fn largest_keys_are_known_by_name() {
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        let sizes = [3, 70, 5, 90, 1, 70, 20];
        let entries = names.into_iter().zip(sizes);
        let entries: Vec<_> = entries.map(|(name, n)| (name, vec![0; n])).collect();
        let weight = weight(&entries);
        assert_eq!(weight.n_entries, 7);
        // A length and a letter for the key, a length and the bytes for the value.
        assert_eq!(weight.bytes, sizes.iter().sum::<usize>() + 7 * 3);
        let largest: Vec<_> = weight.largest.iter().map(|(_, key)| &**key).collect();
        assert_eq!(largest, ["d", "b", "f", "g", "c"]);
    }

    #[test]
    fn weights_of_workers_are_added_up() {
        let one = weight(&[("a", vec![0; 9]), ("b", vec![0; 7])]);
        let other = weight(&[("c", vec![0; 8])]);
        let both = one.and(other);
        assert_eq!((both.n_entries, both.bytes), (3, 24 + 9));
        let largest: Vec<_> = both.largest.iter().map(|(_, key)| &**key).collect();
        assert_eq!(largest, ["a", "c", "b"]);
    }
}
