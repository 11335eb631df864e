use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") as Csv<(u64, u64)> else default((0, 0)) | print
    };
}
