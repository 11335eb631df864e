use streamflow::stream_job;

#[derive(serde::Deserialize)]
struct Click<'a> {
    user: &'a str,
}

fn main() {
    let _job = stream_job! {
        from kafka("a") as Json<Click<'_>> | repartition(4) | map(|click| click.user.len()) | print
    };
}
