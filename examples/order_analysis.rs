//! Orders and their payments: what each product brings in an hour, and which orders nobody pays.
//!
//! The topic `orders` has lines `order,product,cents,milliseconds since 1970`, the topic `payments`
//! lines `order,milliseconds`. An order and its payment meet by the number of the order, whichever
//! is read first, if the payment comes within half an hour.
//!
//! ```text
//! cargo run --release --example order_analysis                       # sample orders, without end
//! cargo run --release --example order_analysis -- --until caught-up  # those of the first hours
//! cargo run --release --example order_analysis -- --brokers 127.0.0.1:9092 --from earliest
//! ```

use streamflow::{Samples, stream_job};

#[derive(Clone, Copy, serde::Deserialize)]
struct Order<'b> {
    number: u64,
    product: &'b str,
    cents: u64,
    at_ms: i64,
}

#[derive(Clone, Copy, serde::Deserialize)]
struct Payment {
    order: u64,
    at_ms: i64,
}

fn main() -> streamflow::Result<()> {
    let job = stream_job! {
        job order_analysis

        let orders = from kafka("orders") as Csv<Order<'_>>
            | event_time(|order| order.at_ms) lag 1m;
        let payments = from kafka("payments") as Csv<Payment>
            | event_time(|payment| payment.at_ms) lag 1m
            | map(|payment| (payment.order, payment.at_ms));

        // An order counts in the hour in which it is paid.
        orders
            | map(|order| (order.number, (order.product.to_owned(), order.cents)))
            | join(payments) within 0s..+30m late drop as paid
            | map(|(_, ((product, cents), paid_ms))| ((hour(paid_ms), product), cents))
            | agg_by_key { orders: count, cents: sum, dearest: max } over tumbling 1h late drop as revenue
            | map(|((hour, product), sold)| {
                let (total, dearest) = (euros(sold.cents), euros(sold.dearest));
                format!("revenue {} {product}: {total} in {} orders, the largest {dearest}", clock(hour), sold.orders)
            })
            | print;

        // Half an hour later it is certain that nothing has come.
        orders
            | map(|order| (order.number, (order.at_ms, order.product.to_owned(), order.cents)))
            | anti_join(payments) within 0s..+30m late drop as open
            | map(|(number, (at_ms, product, cents))| {
                format!("unpaid  {} order {number}: {} for {product}", clock(at_ms), euros(cents))
            })
            | print
    };
    streamflow::main(
        job.samples(Samples::new("orders", order).per_second(20).backlog(300))
            .samples(
                Samples::new("payments", payment)
                    .per_second(20)
                    .backlog(300),
            ),
    )
}

/// The beginning of the hour that a time lies in.
fn hour(ms: i64) -> i64 {
    ms - ms.rem_euclid(3_600_000)
}

/// A time as `hours:minutes`, UTC.
fn clock(ms: i64) -> String {
    let minutes = ms / 60_000;
    format!("{:02}:{:02}", minutes / 60 % 24, minutes % 60)
}

fn euros(cents: u64) -> String {
    format!("{}.{:02} €", cents / 100, cents % 100)
}

/// When the sample order number `n` is made: two a minute on the first of January 2026, from nine
/// o'clock.
fn ordered_ms(n: u64) -> u64 {
    1_767_258_000_000 + n * 30_000
}

/// The sample order number `n`.
fn order(n: u64) -> String {
    let (product, cents) = [
        ("lamp", 2_490),
        ("desk", 18_900),
        ("chair", 7_950),
        ("lamp", 4_980),
    ][(n * 7 % 11 % 4) as usize];
    format!("{n},{product},{},{}", cents * (1 + n % 3), ordered_ms(n))
}

/// The sample payment number `n`, some minutes after its order. One of thirteen names a wrong order.
fn payment(n: u64) -> String {
    let order = if n % 13 == 4 {
        9_000_000 + n
    } else {
        n / 7 * 7 + n * 5 % 7
    };
    format!("{order},{}", ordered_ms(n) + 240_000)
}
