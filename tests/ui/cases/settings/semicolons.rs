use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job clicks { checkpoint: "state" every 10s; parallelism: 4 }

        from kafka("clicks") | print
    };
}
