use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | key_by(.user) | count_by_key every 1m | print;
        from kafka("b") | key_by($"user") | count_by_key every 1m | print;
        from kafka("c") | filter(amount > 3) | print;
        from kafka("d") | filter({ it.length > 3 }) | print
    };
}
