use streamflow::stream_job;

#[derive(serde::Serialize, serde::Deserialize)]
struct Visit<'b> {
    user: &'b str,
    ms: u64,
}

fn main() {
    let _job = stream_job! {
        from kafka("visits") as Json<Visit>
            | key_by(|visit| visit.user)
            | reduce_by_key(|a, b| if a.ms > b.ms { a } else { b }) every 1s
            | map_values(|visit| visit.ms)
            | print
    };
}
