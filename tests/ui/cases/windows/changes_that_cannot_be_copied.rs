use streamflow::stream_job;

#[derive(serde::Serialize, serde::Deserialize)]
struct Spent(u64);

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| (line, Spent(1)))
            | reduce_by_key(|a, b| Spent(a.0 + b.0)) over tumbling 1m as spent emit changes
            | map(|(key, spent)| format!("{key} {}", spent.0))
            | print
    };
}
