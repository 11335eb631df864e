use streamflow::stream_job;
fn main() {
    let _job = stream_job! {
        job j { guarantee: exactly_once, memory: 2GiB, http: "127.0.0.1:9464", on_data_loss: fail, checkpoint: "s3://x/y" every 10s, parallelism: 4 }
        from kafka(pattern "re.*") | print;
        from kafka("a", start: earliest) | print;
        from kafka("a", offsets: {0: 100..200}) | print;
        from kafka("a") | event_time(|l| l.len()) lag 5s | key_by(|l| l.len()) | count_by_key over tumbling 1m late drop | print;
        from kafka("b") | key_by(|l| l.len()) | count_by_key over hopping 1m by 5s late 2m else dead_letter("x") emit updates every 5s | print;
        from kafka("c") | key_by(|l| l.len()) | reduce_by_key(+, inverse: |a, b| a - b) over sliding 5m | print;
        from kafka("d") | key_by(|l| l.len()) | count_by_key running ttl 1h as totals | print;
        from kafka("e") | key_by(|l| l.len()) | process { count: u64 = 0; on_record |k, v| { emit(1); } } | print;
        from kafka("f") | split { big: |l| l.len() > 3, small: |l| l.len() < 2, rest };
        from kafka("g") | map_async(f) concurrency 64 timeout 2s ordered else skip | print;
        from kafka("h") | lookup(f) cache 10_000 ttl 5m else skip | print;
        from kafka("i") | sample(1%) | throttle(100/s) | repartition(8) | print;
        from kafka("j") | key_by(|l| l.len()) | agg_by_key { n: count, total: sum(|l| l.len()), p99: quantile(0.99, f) } every 1s | print;
        from kafka("k") | try_map(|l| l.parse::<u64>()) else retry 3 backoff 1s..10s skip | print;
        from kafka("l") | try_map(|l| l.parse::<u64>()) else default(0) | print;
        from kafka("m") | to postgres("table");
        from kafka("n") | to object_store("s3://x");
        from kafka("o") | to kafka("t", headers: |x| []) ;
        from channel(rx) | print;
        from custom(src) | to custom(snk);
        let orders = from kafka("q") | key_by(|l| l.len());
        let pays = from kafka("r") | key_by(|l| l.len());
        orders | join(pays) within -5m..+5m | print;
        orders | left_join(pays) over tumbling 1m | print;
        from kafka("s") | key_by(|l| l.len()) | table as t1 | serve;
        from kafka("t") as Avro<X> | print;
        from kafka("u") | key_by(|l| l.len()) | update_state(|a, b| None) every 1s forever as n | print;
        from kafka("v") | dedup(|l| l.len()) ttl 1h as seen | print;
        from kafka("w") | to files("dir", roll: 64MiB) as Text;
        from files("x/*.csv") as Csv<(u64,u64)> else dead_letter("x") | to kafka("y") as Protobuf<X>;
        from kafka("z") | map_batch(|b| b) | print;
        from kafka("aa") | top(10) every 1s | print;
        from kafka("bb") | count cap 100 | print;
        from kafka("cc") | window(10s) | print;
        from kafka("dd", max_rate: 100/s) | print;
    };
}
