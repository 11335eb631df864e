use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { parallelism: all }
        from kafka("clicks") | print
    };
}
