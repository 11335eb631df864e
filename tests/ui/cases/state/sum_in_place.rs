use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") as Csv<(String, f64)>
            | aggregate_by_key(0.0, |sum, amount| *sum += amount, |a, b| a + b) every 1s
            | print
    };
    let _job = stream_job! {
        from kafka("a") as Csv<(String, String)>
            | aggregate_by_key(
                Vec::new(),
                |mut list, page| { list.push(page); },
                |mut a, mut b| { a.append(&mut b); a }
            ) every 1s
            | map_values(|list| list.len())
            | print
    };
    let _job = stream_job! {
        from kafka("a") as Csv<(String, f64)> | reduce_by_key(|a, b| { a + b; }) every 1s | print
    };
}
