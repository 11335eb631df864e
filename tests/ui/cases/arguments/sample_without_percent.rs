use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | sample(0.01) | print
    };
}
