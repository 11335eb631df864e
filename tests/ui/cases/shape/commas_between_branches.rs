use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks")
            | tee { count every 1m | print, to files("copy") }
            | print
    };
}
