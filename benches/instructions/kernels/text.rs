//! The bytes of a record as text, and the user in it.

use streamflow_runtime::Record;
use streamflow_runtime::batch::{Breakage, Records, check};
use streamflow_runtime::decode::{Decode, Text};

use super::{BATCH, Load, batches};

pub(super) fn decode_and_split(load: Load) {
    let bytes = batches::batch();
    let batches = check(&bytes, &[]).expect("the batch is whole");
    let breakage = Breakage::default();
    let records = Records::new("user_access", 0, batches, 0..i64::MAX, &breakage);
    let records: Vec<Record<'_>> = records.collect();
    let mut n_bytes = 0;
    for _ in 0..load.measured / BATCH {
        for record in &records {
            let line = Text::decode(*record).expect("text");
            let (user, _page) = line.split_once(',').expect("a comma");
            n_bytes += user.len();
        }
    }
    assert!(n_bytes > 0);
}
