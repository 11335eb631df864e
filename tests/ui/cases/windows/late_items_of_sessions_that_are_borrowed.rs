use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| { let (ms, page) = line.split_once(' ')?; (ms.parse::<i64>()?, page) })
            | event_time(|(ms, _)| *ms) lag 5s
            | map(|(_, page)| (page, 1u64))
            | count over session 1m late 30s else to(stragglers) as clicks
            | print;
        stragglers | print
    };
}
