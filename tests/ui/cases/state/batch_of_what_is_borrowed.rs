use serde::Deserialize;
use streamflow::stream_job;

#[derive(Deserialize)]
struct Click<'c> {
    user: &'c str,
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks") as Json<Click<'_>>
            | map(|click| (click.user.len(), (click.user, 1u64)))
            | for_each_batch(|batch| assert!(!batch.is_empty())) every 1s
    };
}
