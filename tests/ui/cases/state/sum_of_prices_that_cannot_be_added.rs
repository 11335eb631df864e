use streamflow::stream_job;

#[derive(Clone, Copy)]
struct Order {
    user: u64,
    price: Price,
}

#[derive(Clone, Copy)]
struct Price;

fn main() {
    let _job = stream_job! {
        from iter((0..9).map(|user| Order { user, price: Price }))
            | key_by(|order| order.user)
            | agg_by_key { n: count, total: sum(|order| order.price) } every 1s
            | print
    };
}
