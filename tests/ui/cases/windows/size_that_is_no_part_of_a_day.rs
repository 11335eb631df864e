use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over tumbling 7h tz "Europe/Berlin" as counts | print
    };
}
