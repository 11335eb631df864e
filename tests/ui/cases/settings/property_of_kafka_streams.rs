use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job clicks { application.id: "clicks", parallelism: 2 }

        from kafka("a") | print
    };
}
