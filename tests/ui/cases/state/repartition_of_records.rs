use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") as Record | repartition(4) | map(|record| record.offset) | print
    };
}
