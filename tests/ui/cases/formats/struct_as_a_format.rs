use streamflow::stream_job;

#[derive(serde::Deserialize)]
struct Click<'b> {
    page: &'b str,
}

fn main() {
    let _job = stream_job! {
        from kafka("a") as Click | map(|click| click.page) | print
    };
}
