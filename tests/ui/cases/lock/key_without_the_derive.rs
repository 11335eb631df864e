use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, streamflow::Key)]
enum Kind {
    Read,
    Write,
}

fn main() {
    let _job = stream_job! {
        job key_without_the_derive
        from kafka("a")
            | map(|line| (if line.is_empty() { Kind::Read } else { Kind::Write }, line.len()))
            | count_by_key every 1s as kinds
            | print
    };
}
