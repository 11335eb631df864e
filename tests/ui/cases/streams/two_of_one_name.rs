use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let clicks = from kafka("clicks");
        let clicks = clicks | map(|line| line.len());
        clicks | print
    };
}
