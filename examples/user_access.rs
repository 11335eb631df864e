//! Accesses counted per user, every second: lines `user,page` from the topic `user_access`.
//!
//! Without a broker it counts sample records:
//!
//! ```text
//! cargo run --release --example user_access
//! ```
//!
//! With one it counts what the topic holds:
//!
//! ```text
//! cargo run --release --example user_access -- --brokers 127.0.0.1:9092 --from earliest
//! ```

use streamflow::{Samples, stream_job};

fn main() -> streamflow::Result<()> {
    let job = stream_job! {
        job user_access
        from kafka("user_access")
            | map(|line| { let (user, _page) = line.split_once(',')?; (user, 1u64) })
            | reduce_by_key(+) every 1s
            | print
    };
    streamflow::main(job.samples(Samples::new("user_access", access)))
}

/// The sample record number `n`: twenty users, of whom the first come more often.
fn access(n: u64) -> String {
    let turn = n.wrapping_mul(2_654_435_761) % 400;
    let user = 20 - turn.isqrt();
    let page = ["/home", "/search", "/cart", "/checkout", "/help"][(n % 5) as usize];
    format!("user{user},{page}")
}
