use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        state longest migrate v1 -> v2 (|old: u32| u64::from(old));
        state longest migrate v2 -> v3 (|old: u16| old.to_string());
        from kafka("a")
            | map(|line| line.to_owned())
            | reduce(|a, b| if a.len() < b.len() { b } else { a }) every 1s as longest
            | print
    };
}
