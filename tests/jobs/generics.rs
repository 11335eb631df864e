//! Jobs inside of generic functions, and jobs that take functions and formats as parameters.

use streamflow::{Decode, DecodeError, Job, Record, stream_job};

use crate::SECOND;

/// A format of this test: numbers, one a record.
struct Number;

impl Decode<'_> for Number {
    type Item = u64;

    fn decode(record: Record<'_>) -> Result<u64, DecodeError> {
        let text = std::str::from_utf8(record.value.unwrap_or_default());
        text.map_err(DecodeError::new)?
            .parse()
            .map_err(DecodeError::new)
    }
}

#[test]
fn format_can_be_a_parameter_of_a_generic_function() {
    fn sums<F>(topic: &'static str) -> Job<'static>
    where
        F: for<'b> Decode<'b, Item = u64> + 'static,
    {
        stream_job! { from kafka(topic) as F | sum every 1s | print }
    }
    let mut test = sums::<Number>("in").test();
    test.feed("in", ["1", "2"]);
    test.advance(SECOND);
    test.expect(["3"]);
}

#[test]
fn format_can_borrow_in_a_generic_function() {
    fn counts<F>() -> Job<'static>
    where
        F: for<'b> Decode<'b, Item = &'b str> + 'static,
    {
        stream_job! { from kafka("in") as F | count_by_value every 1s | print }
    }
    let mut test = counts::<streamflow::formats::Text>().test();
    test.feed("in", ["a", "a"]);
    test.advance(SECOND);
    test.expect(["(a,2)"]);
}

#[test]
fn functions_can_be_parameters() {
    fn job<V>(
        parse: impl Fn(&str) -> Option<V> + Send + Sync + 'static,
        combine: impl Fn(V, V) -> V + Send + Sync + 'static,
    ) -> Job<'static>
    where
        V: serde::Serialize + serde::de::DeserializeOwned + Send + 'static,
    {
        stream_job! {
            from kafka("in") | try_map(parse) else skip | map(|v| ("all", v)) | reduce_by_key(combine) every 1s | print
        }
    }
    let mut test = job(|text| text.parse::<u64>().ok(), |a, b| a + b).test();
    test.feed("in", ["1", "x", "2"]);
    test.advance(SECOND);
    test.expect(["(all,3)"]);
}

stream_job! {
    job longer_than(min: usize, label: impl Fn(&str) -> String + Send + Sync + 'static) {}
    from kafka("in") | filter(|line| line.len() > min) | map(label) | print
}

#[test]
fn job_written_as_an_item_takes_functions() {
    let mut test = longer_than(1, |line| format!("<{line}>")).test();
    test.feed("in", ["a", "bc"]);
    test.expect(["<bc>"]);
}

macro_rules! counting {
    ($topic:literal, $format:ty) => {
        stream_job! { from kafka($topic) as $format | count every 1s | print }
    };
}

#[test]
fn job_can_be_made_by_a_macro_of_ones_own() {
    let mut test = counting!("in", Number).test();
    test.feed("in", ["1", "2"]);
    test.advance(SECOND);
    test.expect(["2"]);
}
