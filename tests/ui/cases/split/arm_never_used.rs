use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | split { short: |line| line.len() < 3, rest };
        short | print
    };
}
