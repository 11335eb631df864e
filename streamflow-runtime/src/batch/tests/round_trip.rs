//! Records that were written come back, whatever they hold and however they were packed.

use proptest::prelude::*;

use super::written::{Written, batch, packed, packing, records};
use crate::batch::{Breakage, Pieces, Records, Unpacked, extent};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn records_come_back_as_they_were_written(
        first in (records(), packing()),
        second in (records(), packing()),
    ) {
        let n_first = i64::try_from(first.0.len()).expect("a few");
        let bytes = [
            packed(&batch(7, &first.0), first.1),
            packed(&batch(7 + n_first, &second.0), second.1),
        ]
        .concat();
        prop_assert_eq!(extent(&bytes).whole_bytes, bytes.len());
        let written: Vec<_> = (7..).zip([first.0, second.0].concat()).collect();
        prop_assert_eq!(read(&bytes), written);
    }
}

/// All records with their offsets.
fn read(bytes: &[u8]) -> Vec<(i64, Written)> {
    let mut pieces = Pieces::new(Vec::new());
    let mut unpacked = Unpacked::default();
    let mut read = Vec::new();
    while let Some(piece) = pieces.next(bytes, &mut unpacked).expect("whole batches") {
        let breakage = Breakage::default();
        let batches = piece.batches(bytes, &unpacked);
        for record in Records::new("t", 0, batches, 0..i64::MAX, &breakage) {
            let headers = record.headers();
            let written = Written {
                timestamp_ms: record.timestamp_ms().expect("a timestamp"),
                key: record.key.map(<[u8]>::to_vec),
                value: record.value.map(<[u8]>::to_vec),
                headers: headers
                    .map(|(name, value)| (name.to_owned(), value.map(<[u8]>::to_vec)))
                    .collect(),
            };
            read.push((record.offset, written));
        }
        assert_eq!(breakage.take(), None);
    }
    read
}
