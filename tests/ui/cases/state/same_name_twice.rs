use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let lines = from kafka("clicks") | key_by(|line| line.len());
        lines | count_by_key every 1s as n | print;
        lines | count_by_key every 1m as n | print
    };
}
