//! The first job migrates from what was locked; in the second one the former struct is another.
use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Debug, Serialize, Deserialize)]
struct Totals {
    visits: u64,
    spent: f64,
}

#[derive(Serialize, Deserialize, streamflow::State)]
#[serde(rename = "Totals")]
struct TotalsV1 {
    visits: u32,
}

impl From<TotalsV1> for Totals {
    fn from(old: TotalsV1) -> Self {
        Totals {
            visits: old.visits.into(),
            spent: 0.0,
        }
    }
}

fn main() {
    let _fits = stream_job! {
        job former_struct
        state totals migrate v1 -> v2 (|old: TotalsV1| Totals::from(old));
        from kafka("a")
            | map(|line| (line, Totals { visits: 1, spent: 0.5 }))
            | reduce_by_key(|a, _| a) every 5s as totals
            | print
    };
    let _fits_not = stream_job! {
        job former_struct_otherwise
        state totals migrate v1 -> v2 (|old: TotalsV1| Totals::from(old));
        from kafka("a")
            | map(|line| (line, Totals { visits: 1, spent: 0.5 }))
            | reduce_by_key(|a, _| a) every 5s as totals
            | print
    };
}
