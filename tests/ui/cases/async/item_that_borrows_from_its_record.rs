use streamflow::stream_job;

#[derive(serde::Deserialize)]
struct Click<'b> {
    user: &'b str,
}

async fn length(click: Click<'_>) -> usize {
    click.user.len()
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks") as Json<Click> | map_async(length) | print;
    };
}
