use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | count(|line| line.len() > 3) every 1m | print;
        from kafka("b") | sum(amount) every 1m | print
    };
}
