use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | heavy_hitters every 1s | print
    };
}
