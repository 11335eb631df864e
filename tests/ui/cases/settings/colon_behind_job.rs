use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job: clicks

        from kafka("a") | print
    };
}
