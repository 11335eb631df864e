use streamflow::stream_job;

struct Click {
    length: usize,
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| Click { length: line.len() })
            | for_each_batch(|batch| assert!(batch.iter().all(|click| click.length > 0))) every 1s
    };
}
