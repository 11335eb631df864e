use streamflow::stream_job;

struct Click;

fn main() {
    let _job = stream_job! {
        job grammar { memory: 2GiB, on_data_loss: fail, http: "127.0.0.1:9464", on_error: dead_letter("bad") }

        // Sources.
        from kafka(pattern "re.*") | print;
        from kafka("a", start: earliest) | print;
        from kafka("a", start: timestamp:"2026-01-01T00:00:00Z", until: now) | print;
        from kafka("a", offsets: {0: 100..200, 1: 0..10}) | print;
        from kafka("a", max_rate: 10_000/s) | print;
        from kafka("a") as Avro<Click> | print;

        // Stateless stages.
        from kafka("b") | sample(1%) | print;
        from kafka("b") | throttle(100/s) | print;
        from kafka("b") | repartition(8) | print;
        from kafka("b") | map_batch(|batch| batch) | print;
        from kafka("b") | map_async(|line| ask(line)) concurrency 64 timeout 2s ordered else skip | print;
        from kafka("b") | key_by(|line| line.len()) | lookup(|key| find(key)) cache 10_000 ttl 5m else skip | print;

        // Time and windows.
        let clicks = from kafka("c")
            | event_time(|line| line.len() as u64) lag 5s idle 30s future 10m
            | map(|line| (line.len(), line.len()));
        clicks | count_by_key over tumbling 1m late drop as a1 | print;
        clicks | count_by_key over session 30m max 8h late drop as a4 emit final | print;
        clicks | count_by_key over cumulate 1d by 1h offset 1h tz "Europe/Berlin" late drop as a5 | print;
        clicks | count_by_key over rows 100 by 10 as a6 | print;
        clicks | count_by_key running ttl 1h as a7 | print;
        clicks | count_by_key running forever as a8 | to kafka("totals", key: |(key, _)| key);
        clicks | count_by_key over tumbling 1m late 2m else to(too_late) as a9 emit changes | print;
        too_late | print;

        // State.
        clicks | map_with_state(0u64, |key, value, state| (key, state)) ttl 1h as b2 | print;
        clicks | scan(0u64, |state, value| state + 1) cap 100_000 as b3 | print;
        clicks | dedup(|(key, _)| *key) ttl 1h as b4 | print;
        clicks | lag(1) ttl 1h as b5 | print;
        clicks | process { n: u64 = 0, on_record: |key, value, state, out| out.emit(1) } cap 100 as b6 | print;
        clicks | map_values(|n| n + 1) | top(10) every 1s | print;
        clicks | values | approx_distinct every 1s | print;
        clicks | keys | quantile(0.99) every 1s | print;

        // Joins.
        let pays = from kafka("d") | map(|line| (line.len(), line.len())) | event_time(|_| 0i64) lag 5s;
        clicks | join(pays) within -5m..+5m late drop as c2 | print;
        clicks | left_join(pays) over tumbling 1m late drop as c3 | print;
        clicks | full_join(pays) every 1s | print;
        clicks | cogroup(pays) every 1s | print;
        from kafka("f") | key_by(|line| line.len()) | table ttl 1d as c4 | serve;

        // What happens to bad records.
        from kafka("g") | try_map(|line| line.parse::<u64>()) else retry 3 backoff 1s..10s skip | print;
        from kafka("g") | try_map(|line| line.parse::<u64>()) else dead_letter("bad") | print;
        from kafka("g") | try_map(|line| line.parse::<u64>()) else to(bad) | print;
        bad | print;

        // Sinks.
        from kafka("h") | to postgres("table");
        from kafka("h") | to kafka("t") as Protobuf<Click>;
        from kafka("h") | for_each_batch(|batch| done(batch)) every 1s;
    };
}
