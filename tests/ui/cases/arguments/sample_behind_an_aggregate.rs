use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | count_by_value every 1s | sample(1%) | print
    };
}
