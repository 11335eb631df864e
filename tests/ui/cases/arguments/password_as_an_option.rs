use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks", sasl_password: "hunter2") | print
    };
}
