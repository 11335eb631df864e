use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") as Csv<(u64, u64, u64, u64, u64, &str)>
            | dedup(|(user, ..)| *user) ttl 1h as users
            | map(|(user, .., page)| (user, page))
            | print
    };
}
