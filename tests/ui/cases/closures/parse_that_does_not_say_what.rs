use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(|line| line.parse()?) | sum every 1m | print
    };
}
