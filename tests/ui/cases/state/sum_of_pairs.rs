use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("orders") as Csv<(String, f64)>
            | map(|(city, amount)| (city, amount))
            | sum every 1s
            | print
    };
}
