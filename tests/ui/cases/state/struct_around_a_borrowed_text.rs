use serde::{Deserialize, Serialize};
use streamflow::stream_job;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Order<'a> {
    user: &'a str,
    sum: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Line<'a>(&'a str);

fn main() {
    let _job = stream_job! {
        from kafka("orders")
            | map(|line| { let (user, sum) = line.split_once(',')?; (user, Order { user, sum: sum.parse()? }) })
            | group_by_key every 1s
            | for_each(|_| ());
        from kafka("orders")
            | map(|line| (line.len(), Line(line)))
            | filter(|(n, _)| *n > 1)
            | reduce_by_key(|a, _| a) over hopping 1m by 10s as last
            | for_each(|_| ());
        from kafka("orders")
            | map(|line| Order { user: line.trim(), sum: 1 })
            | map(|order| order.sum)
            | sum every 1s
            | print;
        from kafka("orders") | map(|line| Line(line.trim())) | repartition(4) | for_each(|_| ())
    };
}
