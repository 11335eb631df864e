use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| { let (user, page) = line.split_once(',')?; (user, (page, 1u64)) })
            | group_by_key running ttl 1h as pages
            | map(|(user, pages)| format!("{user} {pages:?}"))
            | print
    };
}
