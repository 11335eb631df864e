use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { guarantee: exactly_once }
        from kafka("clicks") | map(|line| format!("{line} {:?}", std::time::Instant::now())) nondet | to kafka("copies")
    };
}
