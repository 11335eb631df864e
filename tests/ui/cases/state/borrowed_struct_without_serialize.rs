use streamflow::stream_job;

#[derive(serde::Deserialize)]
struct Visit<'b> {
    user: &'b str,
    ms: u64,
}

fn main() {
    let _job = stream_job! {
        from kafka("visits") as Json<Visit>
            | key_by(|visit| visit.user)
            | group_by_key every 1s
            | map_values(|visits| visits.iter().map(|visit| visit.ms).max())
            | print
    };
}
