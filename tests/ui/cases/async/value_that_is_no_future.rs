use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | map_async(|line| line.len()) | print;
    };
}
