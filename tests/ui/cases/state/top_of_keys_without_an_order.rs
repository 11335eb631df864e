use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(streamflow::Key, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct User {
    id: u64,
}

fn main() {
    let _job = stream_job! {
        from iter(0..9)
            | map(|id| (User { id }, id))
            | top(10) every 1s
            | print
    };
}
