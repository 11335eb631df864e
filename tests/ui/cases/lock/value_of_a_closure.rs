use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job value_of_a_closure
        from kafka("a")
            | map(|line| line.as_bytes().to_vec())
            | reduce(|a, b| if a.len() < b.len() { b } else { a }) every 1s as longest
            | map(|bytes| bytes.len())
            | print
    };
}
