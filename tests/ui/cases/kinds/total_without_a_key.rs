use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count running forever as clicks | to kafka("totals")
    };
}
