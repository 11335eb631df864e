use streamflow::stream_job;

struct Order {
    user: String,
    sum: u64,
}

fn main() {
    let _job = stream_job! {
        let orders = from kafka("orders") | map(|line| Order { user: line.to_owned(), sum: 1 });
        orders | map(|order| (order.user, order.sum)) | reduce_by_key(+) every 1s | print;
        orders | map(|order| order.user.into_bytes().len()) | print;
        orders | tee { for_each(|order| drop(order.user)) } | map(|order| order.user) | print
    };
    let _job = stream_job! {
        from kafka("orders") | map(|line| Order { user: line.to_owned(), sum: 1 }) | split {
            big: |order| order.sum > 3,
            rest,
        };
        big | filter(|order| order.sum > 4) | map(|order| { let user = order.user; user }) | print;
        big | map(|order| order.user) | print;
        rest | map(|order| order.user) | print
    };
}
