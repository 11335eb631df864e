use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job click-counts { parallelism: 4 }

        from kafka("clicks") | print
    };
}
