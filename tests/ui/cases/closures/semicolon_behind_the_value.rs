use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a")
            | map(|line| {
                let (user, page) = line.split_once(',')?;
                (page, user);
            })
            | count_by_key every 1s
            | print
    };
}
