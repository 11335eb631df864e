use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job clicks { parallelism = 4, checkpoint = "state" }

        from kafka("clicks") | print
    };
}
