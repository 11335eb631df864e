use streamflow::stream_job;

fn main() {
    let _job = stream_job! {
        let pays = from kafka("pays") | map(|ms| ms.parse::<i64>()?) | event_time(|ms| *ms) lag 5s | map(|ms| (ms % 10, ms));
        from kafka("orders")
            | map(|ms| ms.parse::<i64>()?)
            | event_time(|ms| *ms) lag 5s
            | map(|ms| (ms % 10, ms))
            | join(pays) within -1s..+1s late else dead_letter("late") as near
            | print
    };
}
