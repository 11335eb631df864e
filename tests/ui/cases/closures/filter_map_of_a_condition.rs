use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | filter_map(|line| line.len() > 3) | print;
        from kafka("b") | filter_map(|line| { let (user, _) = line.split_once(',')?; (user, 1u64) }) | print
    };
}
