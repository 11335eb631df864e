use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("user_access")
            | map(|line| (line.len(), line))
            | group_by_key over session 30m as visits
            | for_each(|_| ())
    };
}
