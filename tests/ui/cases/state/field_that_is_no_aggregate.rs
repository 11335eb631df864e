use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("orders")
            | map(|line| { let (user, price) = line.split_once(',')?; (user, price.parse::<u64>()?) })
            | agg_by_key { n: count, total: sum } every 1s
            | map(|(user, agg)| (user, agg.sum))
            | print
    };
}
