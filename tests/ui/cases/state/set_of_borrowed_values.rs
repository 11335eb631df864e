use std::collections::HashSet;

use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| line.split_once(',')?)
            | aggregate_by_key(
                HashSet::new(),
                |mut pages, page| { pages.insert(page); pages },
                |mut a, b| { a.extend(b); a }
            ) every 1s
            | map_values(|pages| pages.len())
            | print
    };
}
