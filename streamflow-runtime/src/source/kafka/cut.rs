//! Cuts what is read at random, for tests: nothing that a job gives may depend on how its input is
//! cut into batches, or on which partition comes first.

/// The longest batch.
const MOST_RECORDS: u64 = 7;

/// Numbers that look random, and are the same for the same seed (`SplitMix64`).
#[derive(Debug)]
pub(super) struct Cut(u64);

impl Cut {
    /// Each reader has numbers of its own.
    pub(super) fn new(seed: u64, reader: usize) -> Self {
        let reader = u64::try_from(reader).unwrap_or(u64::MAX);
        Cut(seed ^ reader.wrapping_add(1).wrapping_mul(0xd6e8_feb8_6659_fd93))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// How many records the next batch has at most.
    pub(super) fn records(&mut self) -> i64 {
        i64::try_from(1 + self.next() % MOST_RECORDS).unwrap_or(1)
    }

    /// Which of so many partitions is asked first.
    pub(super) fn first_of(&mut self, partitions: usize) -> usize {
        let partitions = u64::try_from(partitions.max(1)).unwrap_or(1);
        usize::try_from(self.next() % partitions).unwrap_or(0)
    }
}
