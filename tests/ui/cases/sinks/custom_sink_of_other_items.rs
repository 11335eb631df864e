use streamflow::custom::{self, CustomSink, CustomWriter, WriteItem};
use streamflow::stream_job;

struct Rows;

impl CustomSink for Rows {
    type Writer = Rows;

    fn open(&self, _worker: usize) -> custom::Result<Rows> {
        Ok(Rows)
    }
}

impl CustomWriter for Rows {
    fn flush(&mut self) -> custom::Result<()> {
        Ok(())
    }
}

impl WriteItem<u64> for Rows {
    fn write(&mut self, _item: u64) -> custom::Result<()> {
        Ok(())
    }
}

fn main() {
    let _job = stream_job! { from kafka("lines") | to custom(Rows) };
}
