use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job clicks { on_error: continue }

        from kafka("a") | map(|line| line.parse::<u64>()?) | print
    };
}
