use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | try_map(|line| line.trim()) | print
    };
}
