use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a").map(|l| l.len()).filter(|n| *n > 1) | print
    };
}
