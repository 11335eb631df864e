use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over cumulate 1m by 25s as counts | print
    };
}
