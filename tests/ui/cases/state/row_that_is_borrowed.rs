use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("user_access")
            | map(|line| (line.len(), (line, 1u64)))
            | group_by_key over rows 10 as recent
            | for_each(|_| ())
    };
}
