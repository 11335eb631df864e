use streamflow::stream_job;

#[derive(Debug, PartialEq, Eq, Hash)]
struct User(u64);

fn main() {
    let _job = stream_job! {
        from kafka("orders")
            | map(|line| (User(line.len() as u64), 1u64))
            | reduce_by_key(+) every 1s
            | print
    };
}
