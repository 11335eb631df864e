use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") as Csv<(&str, &str, u64)>
            | map(|(user, page, ms)| (user, (ms, page)))
            | reduce_by_key(|a, b| if a.0 > b.0 { a } else { b }) every 1s
            | map(|(user, (_, page))| (user, page))
            | print
    };
}
