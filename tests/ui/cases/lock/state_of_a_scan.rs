use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job state_of_a_scan
        let orders = from kafka("orders")
            | map(|line| { let (user, spent) = line.split_once(',')?; (user, spent.parse::<u64>()?) });
        orders | scan(0u64, |total, spent| total + spent) forever as totals | print
    };
}
