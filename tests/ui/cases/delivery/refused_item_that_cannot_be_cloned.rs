use streamflow::stream_job;

struct Click {
    page: String,
}

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | map(|line| Click { page: line.to_owned() })
            | try_map(|click| click.page.parse::<u64>()) else to(bad)
            | print;
        bad | map(|click| click.page) | print
    };
}
