//! Numbers for the partitions of a run, so that a record's place is two small numbers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::sharing::OfSource;
use crate::source::PartitionName;

/// The partitions that records have come from.
#[derive(Debug, Default)]
pub(crate) struct Places(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    partitions: Vec<OfSource>,
    /// For each partition its place among all, by stage and name: the same in every run, which the
    /// numbers are not.
    ranks: Arc<[u32]>,
}

impl Places {
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a partition.
    pub(crate) fn number(&self, partition: OfSource) -> u32 {
        let mut known = self.lock();
        let place = known.partitions.iter().position(|it| *it == partition);
        let place = place.unwrap_or_else(|| {
            known.partitions.push(partition);
            known.ranks = ranks(&known.partitions);
            known.partitions.len() - 1
        });
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// For each number the rank of its partition.
    pub(crate) fn ranks(&self) -> Arc<[u32]> {
        Arc::clone(&self.lock().ranks)
    }

    /// The partition that has this number.
    pub(crate) fn name(&self, number: u32) -> Option<PartitionName> {
        let known = self.lock();
        let (_, name) = known.partitions.get(usize::try_from(number).ok()?)?;
        Some(name.clone())
    }

    /// A place in a partition, as messages write it.
    pub(crate) fn shown(&self, number: u32, offset: i64) -> Option<String> {
        Some(self.name(number)?.place(offset))
    }
}

fn ranks(partitions: &[OfSource]) -> Arc<[u32]> {
    let rank = |one: &OfSource| {
        let before = partitions.iter().filter(|other| *other < one).count();
        u32::try_from(before).unwrap_or(u32::MAX)
    };
    partitions.iter().map(rank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::PartitionKind;

    #[test]
    fn ranks_do_not_depend_on_who_came_first() {
        let partition = |number| {
            let kind = PartitionKind::Topic;
            let topic = "t".into();
            (
                0,
                PartitionName {
                    topic,
                    partition: number,
                    kind,
                },
            )
        };
        let places = Places::default();
        for number in [2, 0, 1, 0] {
            places.number(partition(number));
        }
        assert_eq!(&*places.ranks(), [2, 0, 1]);
        assert_eq!(places.number(partition(1)), 2);
        assert_eq!(places.shown(0, 7).as_deref(), Some("`t`[2] at offset 7"));
        assert_eq!(places.shown(9, 7), None);
    }
}
