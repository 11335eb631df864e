//! `process { … }`: fields and timers of each key.

use std::time::Duration;

use streamflow::stream_job;

use crate::SECOND;

#[test]
fn fields_are_kept_for_each_key() {
    for workers in [1, 2, 4] {
        let mut test = stream_job! {
            from kafka("in")
                | map(|line| { let (user, page) = line.split_once(',')?; (user, page) })
                | process {
                    count: u64 = 0,
                    last: Option<String> = None,
                    on_record: |user, page, state, out| {
                        state.count += 1;
                        let before = state.last.replace(page.to_owned());
                        out.emit(format!("{user} {} {}", state.count, before.unwrap_or_default()));
                    },
                } forever as visits
                | print
        }
        .test()
        .workers(workers);
        test.feed("in", ["a,/x", "b,/y", "a,/z"]);
        test.feed("in", ["a,/q"]);
        test.expect(["a 1 ", "b 1 ", "a 2 /x", "a 3 /z"]);
    }
}
