use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | split { short: |line| line.len() < 3, long: |line| line.len() > 2 };
        short | print;
        long | print
    };
}
