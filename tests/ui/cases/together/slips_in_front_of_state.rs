use streamflow::stream_job;

fn scanned() {
    let _job = stream_job! {
        from kafka("a") | map(|line| (line, line.lenght())) | scan(0, |sum, n| sum + n) forever as a | print
    };
}

fn reduced() {
    let _job = stream_job! {
        from kafka("b") | map(|line| (line, line.lenght())) | reduce_by_key(|a, b| a + b) over session 1m as b | map(|(_, n)| n + 1) | print
    };
}

fn ranked() {
    let _job = stream_job! {
        from kafka("c") | map(|line| (line, line.lenght())) | top(3) over hopping 1m by 10s as c | map(|(_, n)| n + 1) | print
    };
}

fn updated() {
    let _job = stream_job! {
        from kafka("d") | map(|line| (line, line.lenght())) | update_state(|values, n| Some(n.unwrap_or(0) + values.len())) every 1s forever as d | print
    };
}

fn joined_near() {
    let _job = stream_job! {
        let right = from kafka("e") | map(|line| (line, line.lenght()));
        from kafka("f") | map(|line| (line, 1)) | join(right) within 0s..+1m as f | map(|(_, (a, b))| a + b) | print
    };
}

fn looked_up() {
    let _job = stream_job! {
        let known = from kafka("g") | map(|line| (line, line.lenght())) | table forever as g;
        from kafka("h") | map(|line| (line, 1)) | join(known) | map(|(_, (a, b))| a + b) | print
    };
}

fn processed() {
    let _job = stream_job! {
        from kafka("i") | map(|line| (line, line.lenght()))
            | process { sum: u64 = 0, on_record: |_, n, state, out| { state.sum += n; out.emit(state.sum); } } forever as i
            | map(|sum| sum + 1) | print
    };
}

fn grouped() {
    let _job = stream_job! {
        from kafka("j") | map(|line| (line, line.lenght())) | group_by_key over tumbling 1m as j | map(|(_, all)| all.len()) | print
    };
}

fn lagging() {
    let _job = stream_job! {
        from kafka("k") | map(|line| (line, line.lenght())) | lag(2) forever as k | map(|(_, (n, before))| n - before.unwrap_or(n)) | print
    };
}

fn shared() {
    let _job = stream_job! {
        let one = from kafka("l") | map(|line| (line, line.lenght()));
        one | map(|(line, n)| (line, n + 1)) | max every 1s | print;
        one | cogroup(one) over tumbling 1m as l | map(|(_, (a, b))| a.len() + b.len()) | print
    };
}

fn main() {
    scanned();
    reduced();
    ranked();
    updated();
    joined_near();
    looked_up();
    processed();
    grouped();
    lagging();
    shared();
}
