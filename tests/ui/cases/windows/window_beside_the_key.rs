use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|page| (page, 1u64))
            | reduce_by_key(+) over tumbling 1m as views
            | with_window
            | map(|(page, n, window)| format!("{page} {n} {window}"))
            | print
    };
}
