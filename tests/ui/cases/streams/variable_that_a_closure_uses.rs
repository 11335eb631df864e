use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let least = 10;

        from kafka("clicks") | filter(|line| line.len() > least) | print
    };
}
