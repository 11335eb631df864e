use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { guarantee: exactly_once }
        from kafka("clicks") | tee { to files("copies") } | to kafka("copies")
    };
}
