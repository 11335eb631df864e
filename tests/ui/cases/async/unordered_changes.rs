use streamflow::stream_job;

async fn length(line: &str) -> usize {
    line.len()
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|user| (user, 1u64))
            | reduce_by_key(+) running forever as totals
            | map_async(async |(user, total)| (user.to_owned(), length(user).await, total)) unordered
            | print;
    };
}
