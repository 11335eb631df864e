use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        from kafka("clicks") | count over tumbling 1d tz "Europe/Berln" as counts | print
    };
}
