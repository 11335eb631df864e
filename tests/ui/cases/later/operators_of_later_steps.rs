use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | distinct every 1s | print;
        from kafka("b") | key_by(|line| line.len()) | group_by_key every 1s | print
    };
}
