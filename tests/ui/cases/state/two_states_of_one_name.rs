use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | count every 1s as total | print;
        from kafka("b") | count every 1s as total | print
    };
}
