use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job copies { parallelism: 4, parallelism: 8 }
        from kafka("clicks") | print
    };
}
