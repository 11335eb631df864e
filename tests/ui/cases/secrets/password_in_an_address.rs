use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | to postgres("postgres://job:hunter2@db/clicks")
    };
}
