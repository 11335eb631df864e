use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        job counts { paralelism: 4 }
        from kafka("user_access") | print
    };
}
