//! The closure of a scan gives the state.

use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("in")
            | map(|line| (line, line.len()))
            | scan(0u64, |total, length| format!("{total}{length}")) forever as totals
            | print
    };
}
