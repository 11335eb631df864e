use streamflow::stream_job;

struct Click {
    page: u32,
}

fn main() {
    let _job = stream_job! {
        from kafka("a") as Json<Click> | map(|n| n.page) | print
    };
}
