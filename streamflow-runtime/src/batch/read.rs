//! Walks the records of checked batches without copying a byte of them.

use std::cell::Cell;
use std::ops::Range;
use std::sync::Arc;

use super::check::Checked;
use super::header::{HEADER_BYTES, Header};
use super::varint::{self, Broken};
use crate::record::{Envelope, Record};

/// The records of some batches of one partition, in the order of their offsets.
///
/// Records outside the wanted offsets and the marks of transactions are left out.
#[derive(Debug, Clone)]
pub struct Records<'r> {
    topic: &'r str,
    partition: i32,
    /// The first offset wanted, and how many from there on.
    first_offset: i64,
    n_offsets: u64,
    /// How many records of the batch at hand are left, and their bytes.
    left: u32,
    bytes: &'r [u8],
    base_offset: i64,
    timestamp_ms: i64,
    /// All ones where a record's timestamp is relative to `timestamp_ms`; zero where the broker
    /// wrote one timestamp for the whole batch.
    timestamp_delta_mask: i64,
    /// The batches behind the one at hand.
    stretch: &'r [u8],
    more: &'r [Arc<[u8]>],
    breakage: &'r Breakage,
}

/// Where a walk over records had to end early: the checksum of the batch is right, but a record
/// does not have the layout of one.
///
/// The walk itself just ends, as it has nobody to tell; whoever handed it out looks here
/// afterwards.
#[derive(Debug, Default)]
pub struct Breakage(Cell<Option<i64>>);

impl Breakage {
    /// The base offset of the batch that could not be walked to its end; forgets it.
    pub fn take(&self) -> Option<i64> {
        self.0.take()
    }
}

impl<'r> Records<'r> {
    /// The records of a partition whose offsets are `wanted`.
    pub fn new(
        topic: &'r str,
        partition: i32,
        batches: Checked<'r>,
        wanted: Range<i64>,
        breakage: &'r Breakage,
    ) -> Self {
        let n_offsets = wanted.end.saturating_sub(wanted.start);
        Records {
            topic,
            partition,
            first_offset: wanted.start,
            n_offsets: u64::try_from(n_offsets).unwrap_or(0),
            left: 0,
            bytes: &[],
            base_offset: 0,
            timestamp_ms: 0,
            timestamp_delta_mask: 0,
            stretch: batches.stretch,
            more: batches.more,
            breakage,
        }
    }

    /// Goes on to the next batch that has something wanted.
    #[cold]
    fn enter_batch(&mut self) -> Option<()> {
        if !self.bytes.is_empty() {
            return self.end_broken();
        }
        loop {
            while self.stretch.is_empty() {
                let (next, more) = self.more.split_first()?;
                self.stretch = next;
                self.more = more;
            }
            let (header, batch, rest) = Header::split(self.stretch)?;
            self.stretch = rest;
            let is_past = header
                .next_offset()
                .is_some_and(|next| next <= self.first_offset);
            if header.is_control() || header.n_records <= 0 || is_past {
                continue;
            }
            self.left = header.n_records.cast_unsigned();
            self.bytes = batch.get(HEADER_BYTES..).unwrap_or_default();
            self.base_offset = header.base_offset;
            (self.timestamp_ms, self.timestamp_delta_mask) = if header.has_log_append_time() {
                (header.max_timestamp_ms, 0)
            } else {
                (header.base_timestamp_ms, -1)
            };
            return Some(());
        }
    }

    #[expect(
        clippy::inline_always,
        reason = "measured: what a job does not look at costs nothing"
    )]
    #[inline(always)]
    fn take_record(&mut self) -> Result<Record<'r>, Broken> {
        let mut body = varint::take_bytes(&mut self.bytes)?.ok_or(Broken)?;
        let (_attributes, behind) = body.split_first().ok_or(Broken)?;
        body = behind;
        let timestamp_delta = varint::take(&mut body)?;
        let offset_delta = varint::take(&mut body)?;
        let key = varint::take_bytes(&mut body)?;
        let value = varint::take_bytes(&mut body)?;
        let n_headers = usize::try_from(varint::take(&mut body)?).map_err(|_| Broken)?;
        Ok(Record {
            topic: self.topic,
            partition: self.partition,
            offset: self.base_offset.wrapping_add(offset_delta),
            key,
            value,
            envelope: Envelope::Batch {
                timestamp_ms: self
                    .timestamp_ms
                    .wrapping_add(timestamp_delta & self.timestamp_delta_mask),
                n_headers,
                headers: body,
            },
        })
    }

    #[cold]
    fn end_broken<T>(&mut self) -> Option<T> {
        self.breakage.0.set(Some(self.base_offset));
        self.left = 0;
        self.bytes = &[];
        self.stretch = &[];
        self.more = &[];
        None
    }
}

impl<'r> Iterator for Records<'r> {
    type Item = Record<'r>;

    #[expect(
        clippy::inline_always,
        reason = "measured: a tenth of the loop's instructions"
    )]
    #[inline(always)]
    fn next(&mut self) -> Option<Record<'r>> {
        loop {
            if self.left == 0 {
                self.enter_batch()?;
            }
            self.left -= 1;
            let Ok(record) = self.take_record() else {
                return self.end_broken();
            };
            let behind_first = record.offset.wrapping_sub(self.first_offset);
            // An offset in front of the first one wraps around to one far behind the last.
            if behind_first.cast_unsigned() < self.n_offsets {
                return Some(record);
            }
        }
    }
}

/// The first of some headers in the layout of record-batch v2, and the bytes behind it; `None`
/// where they are damaged.
#[expect(clippy::type_complexity, reason = "a header and the rest")]
pub(crate) fn split_header(mut bytes: &[u8]) -> Option<((&str, Option<&[u8]>), &[u8])> {
    let name = varint::take_bytes(&mut bytes).ok()??;
    let value = varint::take_bytes(&mut bytes).ok()?;
    Some(((std::str::from_utf8(name).ok()?, value), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::{BatchWriter, NewRecord, check};

    const ALL: Range<i64> = 0..i64::MAX;

    fn batch(base_offset: i64, values: &[&str]) -> Vec<u8> {
        let mut writer = BatchWriter::new(Vec::new(), base_offset);
        for (value, timestamp_ms) in values.iter().zip(1_000..) {
            writer.push(timestamp_ms, NewRecord::of_value(value.as_bytes()));
        }
        writer.finish()
    }

    /// Changes a batch and makes its checksum right again.
    fn changed(mut bytes: Vec<u8>, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
        change(&mut bytes);
        let checksum = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    fn walk(bytes: &[u8], first_offset: i64) -> (Vec<(i64, String)>, Option<i64>) {
        let breakage = Breakage::default();
        let batches = check(bytes, &[]).unwrap();
        let seen = Records::new("t", 3, batches, first_offset..i64::MAX, &breakage)
            .map(|record| {
                assert_eq!((record.topic, record.partition), ("t", 3));
                let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
                (record.offset, value)
            })
            .collect();
        (seen, breakage.take())
    }

    fn offsets(bytes: &[u8], first_offset: i64) -> Vec<i64> {
        walk(bytes, first_offset)
            .0
            .into_iter()
            .map(|(offset, _)| offset)
            .collect()
    }

    #[test]
    fn record_comes_back_with_nulls_timestamp_and_headers() {
        let mut writer = BatchWriter::new(Vec::new(), 7);
        writer.push(
            5_000,
            NewRecord {
                headers: &[("a", Some(b"1")), ("b", None)],
                ..NewRecord::default()
            },
        );
        writer.push(4_990, NewRecord::keyed(b"", b""));
        let bytes = writer.finish();
        let breakage = Breakage::default();
        let mut records = Records::new("t", 0, check(&bytes, &[]).unwrap(), ALL, &breakage);

        let first = records.next().unwrap();
        assert_eq!((first.offset, first.key, first.value), (7, None, None));
        assert_eq!(first.timestamp_ms(), Some(5_000));
        let headers: Vec<_> = first.headers().collect();
        assert_eq!(headers, [("a", Some(&b"1"[..])), ("b", None)]);

        let second = records.next().unwrap();
        assert_eq!(
            (second.offset, second.key, second.value),
            (8, Some(&[][..]), Some(&[][..]))
        );
        assert_eq!(second.timestamp_ms(), Some(4_990));
        assert_eq!(second.headers().count(), 0);
        assert!(records.next().is_none());
    }

    #[test]
    fn values_and_offsets_of_every_varint_length_come_back() {
        let lengths = [0, 1, 55, 63, 64, 127, 128, 8_191, 8_192, 20_000, 1_048_576];
        let values: Vec<Vec<u8>> = lengths.iter().map(|length| vec![b'x'; *length]).collect();
        let mut writer = BatchWriter::new(Vec::new(), 0);
        for at in 0..20_000_usize {
            let value = if at < 9_000 {
                &values[at % 3]
            } else {
                &values[at % 10]
            };
            writer.push(
                i64::try_from(at).unwrap() * 1_000,
                NewRecord::keyed(value, value),
            );
        }
        writer.push(0, NewRecord::of_value(&values[10]));
        let bytes = writer.finish();
        let breakage = Breakage::default();
        let records = Records::new("t", 0, check(&bytes, &[]).unwrap(), ALL, &breakage);
        for (record, at) in records.clone().zip(0..20_000_usize) {
            let length = if at < 9_000 {
                lengths[at % 3]
            } else {
                lengths[at % 10]
            };
            assert_eq!(record.offset, i64::try_from(at).unwrap());
            assert_eq!(
                record.timestamp_ms(),
                Some(i64::try_from(at).unwrap() * 1_000)
            );
            assert_eq!(record.key.unwrap().len(), length);
            assert_eq!(record.value.unwrap().len(), length);
        }
        assert_eq!(records.last().unwrap().value.unwrap().len(), 1_048_576);
        assert_eq!(breakage.take(), None);
    }

    #[test]
    fn walk_goes_on_over_several_batches_and_buffers() {
        let stretch = [batch(0, &["a", "b"]), batch(10, &["c"])].concat();
        let more: [Arc<[u8]>; 2] = [batch(11, &["d"]).into(), batch(20, &["e"]).into()];
        let breakage = Breakage::default();
        let batches = check(&stretch, &more).unwrap();
        let offsets: Vec<i64> = Records::new("t", 0, batches, ALL, &breakage)
            .map(|record| record.offset)
            .collect();
        assert_eq!(offsets, [0, 1, 10, 11, 20]);
    }

    #[test]
    fn records_below_the_first_wanted_offset_are_left_out() {
        let bytes = [batch(0, &["a", "b"]), batch(2, &["c", "d", "e"])].concat();
        assert_eq!(offsets(&bytes, 1), [1, 2, 3, 4]);
        assert_eq!(offsets(&bytes, 3), [3, 4]);
        assert_eq!(offsets(&bytes, 5), [0_i64; 0]);
    }

    #[test]
    fn records_behind_the_last_wanted_offset_are_left_out() {
        let bytes = [batch(0, &["a", "b"]), batch(2, &["c", "d", "e"])].concat();
        let breakage = Breakage::default();
        let of = |wanted: Range<i64>| {
            let batches = check(&bytes, &[]).unwrap();
            let records = Records::new("t", 0, batches, wanted, &breakage);
            records.map(|record| record.offset).collect::<Vec<_>>()
        };
        assert_eq!(of(1..4), [1, 2, 3]);
        assert_eq!(of(3..3), [0_i64; 0]);
    }

    #[test]
    fn marks_of_transactions_are_left_out() {
        let mark = changed(batch(1, &["mark"]), |bytes| bytes[22] = 1 << 5);
        let bytes = [batch(0, &["a"]), mark, batch(2, &["b"])].concat();
        assert_eq!(offsets(&bytes, 0), [0, 2]);
    }

    #[test]
    fn log_append_time_counts_for_every_record() {
        let bytes = changed(batch(0, &["a", "b"]), |bytes| bytes[22] = 1 << 3);
        let breakage = Breakage::default();
        let timestamps: Vec<_> = Records::new("t", 0, check(&bytes, &[]).unwrap(), ALL, &breakage)
            .map(|record| record.timestamp_ms().unwrap())
            .collect();
        assert_eq!(timestamps, [1_001, 1_001]);
    }

    #[test]
    fn broken_layout_under_a_right_checksum_ends_the_walk_and_is_noted() {
        // The length of the second record says more than there is.
        let long = changed(batch(5, &["a", "b"]), |bytes| bytes[61 + 8] = 60);
        assert_eq!(
            walk(&[long, batch(7, &["c"])].concat(), 0),
            (vec![(5, "a".into())], Some(5))
        );
        // The count says more, then fewer records than there are.
        let more = changed(batch(5, &["a"]), |bytes| bytes[60] = 2);
        assert_eq!(walk(&more, 0), (vec![(5, "a".into())], Some(5)));
        let fewer = changed(batch(5, &["a", "b"]), |bytes| bytes[60] = 1);
        assert_eq!(walk(&fewer, 0), (vec![(5, "a".into())], Some(5)));
    }

    #[test]
    fn damaged_header_is_none() {
        assert_eq!(
            split_header(&[2, b'h', 2, b'x', 9]),
            Some((("h", Some(&b"x"[..])), &[9][..]))
        );
        assert_eq!(split_header(&[1, 2, b'x']), None, "a header has a name");
        assert_eq!(split_header(&[2, 0xff, 1]), None, "a name is UTF-8");
        assert_eq!(split_header(&[]), None);
    }
}
