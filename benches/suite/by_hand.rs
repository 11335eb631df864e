//! The loops that somebody would write who knows batches, tables and hashing: a limit to hold a job
//! against, over the same bytes in memory.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use streamflow::NewRecord;
use streamflow_runtime::batch::{self, BatchWriter, Breakage, Records};

/// How many records a batch has.
pub(crate) const BATCH: usize = 4_096;

/// Record batches as a broker keeps them, without compression.
pub(crate) fn batches<V: AsRef<[u8]>>(values: impl Iterator<Item = V>) -> Vec<Box<[u8]>> {
    let mut batches = Vec::new();
    let mut values = values.peekable();
    let mut base_offset = 0;
    while values.peek().is_some() {
        let mut writer = BatchWriter::new(Vec::new(), base_offset);
        for value in values.by_ref().take(BATCH) {
            writer.push(0, NewRecord::of_value(value.as_ref()));
            base_offset += 1;
        }
        batches.push(writer.finish().into());
    }
    batches
}

/// Walks over batches, checksums and encoding included.
pub(crate) fn each_line(batches: &[Box<[u8]>], mut take: impl FnMut(&str)) {
    let breakage = Breakage::default();
    for bytes in batches {
        let checked = batch::check(bytes, &[]).expect("the batch is whole");
        for record in Records::new("by hand", 0, checked, 0..i64::MAX, &breakage) {
            let value = record.value.unwrap_or_default();
            take(std::str::from_utf8(value).expect("text"));
        }
    }
}

/// Counts of keys.
#[derive(Default)]
pub(crate) struct Counts {
    table: HashTable<(Box<str>, u64)>,
    hashing: foldhash::fast::RandomState,
}

impl Counts {
    pub(crate) fn count(&mut self, key: &str) {
        let Counts { table, hashing } = self;
        let entry = table.entry(
            hashing.hash_one(key),
            |(known, _)| **known == *key,
            |(known, _)| hashing.hash_one(known),
        );
        match entry {
            Entry::Occupied(mut known) => {
                let count = &mut known.get_mut().1;
                *count = count.checked_add(1).expect("no overflow");
            }
            Entry::Vacant(vacant) => {
                vacant.insert((key.into(), 1));
            }
        }
    }

    pub(crate) fn total(self) -> u64 {
        self.table.into_iter().map(|(_key, count)| count).sum()
    }
}
