use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("a") | map(format!("{}!", 1)) | for_each(println!("alert"))
    };
}
