use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { workers: 4 }
        from kafka("clicks") | print
    };
}
