use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let clicks = from kafka("clicks");
        let views = from kafka("views");
        views | print
    };
}
