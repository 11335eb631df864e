use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count_by_value running emit final forever as totals | print
    };
}
