use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | key_by(|line| line.len()) | agg_by_key { count, total: sum(|line| line.len()) } every 1s | print
    };
}
