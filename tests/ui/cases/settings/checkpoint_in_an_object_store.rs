use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job clicks { checkpoint: "s3://bucket/state" }

        from kafka("a") | count every 1m | print
    };
}
