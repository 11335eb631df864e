use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | key_by(|line| line.len()) | agg_by_key { n: cuont } every 1s | print
    };
}
