use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a")
            | map(|line| line.split_once(',').map(|(user, _)| (user, 1u64)))
            | reduce_by_key(+) every 1s
            | print
    };
}
