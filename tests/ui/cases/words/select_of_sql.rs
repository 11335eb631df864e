use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        select user from kafka("a") where user = 1
    };
}
