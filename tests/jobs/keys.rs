//! Operators that make, change and take apart pairs.

use streamflow::stream_job;

use crate::SECOND;

#[test]
fn key_by_puts_a_key_in_front_of_the_item() {
    let mut test = stream_job! { from kafka("in") | key_by(|line| line.len()) | print }.test();
    test.feed("in", ["abc"]);
    test.expect(["(3,abc)"]);
}

#[test]
fn key_may_be_borrowed_from_an_owned_item() {
    struct Click {
        user: String,
    }
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| Click { user: line[..2].to_owned() })
            | key_by(|click| click.user.as_str())
            | count_by_key every 1s
            | print
    }
    .test();
    test.feed("in", ["u1/home", "u1/a", "u2/"]);
    test.advance(SECOND);
    test.expect(["(u1,2)", "(u2,1)"]);
}

#[test]
fn key_may_be_borrowed_from_the_value_that_is_kept() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Order {
        user: String,
        cents: u64,
    }
    let mut test = stream_job! {
        from kafka("in") as Json<Order>
            | key_by(|order| order.user.as_str())
            | reduce_by_key(|a, b| if a.cents >= b.cents { a } else { b }) every 1s
            | map_values(|order| order.cents)
            | print
    }
    .test();
    let order = |user: &str, cents: u64| format!(r#"{{"user":"{user}","cents":{cents}}}"#);
    test.feed("in", [order("a", 5), order("a", 9), order("b", 1)]);
    test.advance(SECOND);
    test.expect(["(a,9)", "(b,1)"]);
}

#[test]
fn map_values_leaves_the_keys_alone() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| (line, line.len())) | map_values(|n| n * 10) | print
    }
    .test();
    test.feed("in", ["ab"]);
    test.expect(["(ab,20)"]);
}

#[test]
fn keys_and_values_are_the_halves_of_pairs() {
    let mut test = stream_job! {
        let pairs = from kafka("in") | map(|line| (line, line.len()));
        pairs | keys | print;
        pairs | values | print
    }
    .test();
    test.feed("in", ["ab"]);
    test.expect(["ab", "2"]);
}

#[test]
fn tuples_and_types_of_the_user_can_be_keys() {
    #[derive(
        streamflow::Key, Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
    )]
    enum Kind {
        Read,
        Write,
    }
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| {
                let kind = if line.starts_with('r') { Kind::Read } else { Kind::Write };
                ((kind, line.len()), 1u32)
            })
            | reduce_by_key(+) every 1s
            | print
    }
    .test();
    test.feed("in", ["r1", "r2", "w1", "w22"]);
    test.advance(SECOND);
    test.expect(["((Read,2),2)", "((Write,2),1)", "((Write,3),1)"]);
}
