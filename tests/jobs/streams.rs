//! Named streams, `union`, `tee`, and several pipelines in one job.

use streamflow::stream_job;

use crate::SECOND;

#[test]
fn union_brings_streams_together() {
    let mut test = stream_job! {
        let web = from kafka("web") | map(|line| (line, 1u64));
        let app = from kafka("app") | map(|line| (line, 10u64));
        union(web, app) | reduce_by_key(+) every 1s | print
    }
    .test();
    test.feed("web", ["u1", "u2"]);
    test.feed("app", ["u1"]);
    test.advance(SECOND);
    test.expect(["(u1,11)", "(u2,1)"]);
}

#[test]
fn union_takes_whole_pipelines() {
    let mut test = stream_job! {
        union(from kafka("a") | map(str::len), from kafka("b") | map(|line| line.len() * 10)) | print
    }
    .test();
    test.feed("a", ["x"]);
    test.feed("b", ["xy"]);
    test.expect(["1", "20"]);
}

#[test]
fn tee_gives_every_branch_each_item() {
    let mut test = stream_job! {
        from kafka("in")
            | tee { map(|line| line.len()) | print; filter(|line| line.len() > 1) | print }
            | map(|line| format!("<{line}>"))
            | print
    }
    .test();
    test.feed("in", ["a", "bc"]);
    test.expect(["1", "2", "bc", "<a>", "<bc>"]);
}

#[test]
fn tee_can_end_a_pipeline() {
    let mut test = stream_job! {
        from kafka("in") | tee { print; map(str::len) | print }
    }
    .test();
    test.feed("in", ["abc"]);
    test.expect(["abc", "3"]);
}

#[test]
fn tee_lends_items_that_cannot_be_copied() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.to_owned())
            | tee { map(|line| line.len()) | print }
            | map(|line| line + "!")
            | print
    }
    .test();
    test.feed("in", ["ab"]);
    test.expect(["2", "ab!"]);
}

#[test]
fn results_of_an_aggregate_can_be_teed() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| (line, 1u64))
            | reduce_by_key(+) every 1s
            | tee { filter(|(_, n)| *n > 1) | map(|(key, _)| format!("often {key}")) | print }
            | print
    }
    .test();
    test.feed("in", ["a", "a", "b"]);
    test.advance(SECOND);
    test.expect(["often a", "(a,2)", "(b,1)"]);
}

#[test]
fn pipelines_of_one_job_share_a_topic() {
    let mut test = stream_job! {
        from kafka("in") | count every 1s | print;
        from kafka("in") | map(str::len) | sum every 1s | print;
    }
    .test();
    test.feed("in", ["a", "bc", "def"]);
    test.advance(SECOND);
    test.expect(["3", "6"]);
}

#[test]
fn several_topics_are_one_stream() {
    let mut test = stream_job! { from kafka(["a", "b"]) | count every 1s | print }.test();
    test.feed("a", ["1"]);
    test.feed("b", ["2", "3"]);
    test.advance(SECOND);
    test.expect(["3"]);
}

stream_job! {
    pub job longer_than(min: usize) { parallelism: 2 }
    from kafka("in") | filter(|line| line.len() > min) | print
}

#[test]
fn job_written_as_an_item_is_a_function_and_constants() {
    let mut test = longer_than(2).test();
    test.feed("in", ["ab", "abc"]);
    test.expect(["abc"]);
    assert_eq!(longer_than::PLAN.name, "longer_than");
    assert_eq!(longer_than::PLAN.settings.parallelism, Some(2));
}

#[test]
fn rows_beside_an_aggregates_results_are_printed_with_them() {
    let mut test = stream_job! {
        let lengths = from kafka("in") | map(|line| line.len() as u64);
        let counts = lengths | count every 2s;
        union(lengths, counts) | print;
        lengths | count every 1s | to null
    }
    .test();
    test.feed("in", ["a", "bb"]);
    test.advance(SECOND * 2);
    test.expect(["1", "2", "2"]);
}

#[test]
fn split_sends_each_item_to_the_first_arm_that_takes_it() {
    let mut test = stream_job! {
        from kafka("in") | split {
            short: |line| line.len() < 3,
            shout: |line| line.chars().all(char::is_uppercase),
            rest,
        };
        short | map(|line| format!("short {line}")) | print;
        shout | map(|line| format!("shout {line}")) | print;
        rest | map(|line| format!("rest {line}")) | print
    }
    .test();
    test.feed("in", ["AB", "ABC", "abc"]);
    test.expect(["short AB", "shout ABC", "rest abc"]);
}

#[test]
fn arms_of_a_split_own_their_items_and_may_aggregate() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (kind, id) = line.split_once(':')?; (kind.to_owned(), id.len()) })
            | split { orders: |(kind, _)| kind == "order", rest as others };
        orders | map(|(kind, n)| (kind + "s", n)) | reduce_by_key(+) every 1s | print;
        others | count every 1s | print
    }
    .test();
    test.feed("in", ["order:123", "order:1", "click:1"]);
    test.advance(SECOND);
    test.expect(["(orders,4)", "1"]);
}

#[test]
fn split_that_covers_everything_needs_no_rest() {
    let mut test = stream_job! {
        from kafka("in") | split { long: |line| line.len() > 2, short: |_| true };
        long | to null;
        short | print
    }
    .test();
    test.feed("in", ["abc", "a"]);
    test.expect(["a"]);
}

#[test]
fn predicate_that_fails_refuses_the_record() {
    let mut test = stream_job! {
        from kafka("in") | split { even: |line| line.parse::<u64>()? % 2 == 0, rest } else skip;
        even | map(|line| format!("even {line}")) | print;
        rest | print
    }
    .test();
    test.feed("in", ["1", "x", "2"]);
    test.expect(["1", "even 2"]);
}

/// A number beside a text is a number, whether its stream has one reader or several.
#[test]
fn parts_of_a_lent_tuple_are_copied_where_they_can_be() {
    let mut test = stream_job! {
        let sales = from kafka("in")
            | map(|line| { let (item, price) = line.split_once(',')?; (item.to_owned(), price.parse::<u64>()?, 'x') });
        sales | map(|(item, price, _)| (item, price * 2)) | filter(|(_, price)| *price > 50) | print;
        sales | try_map(|(item, price, mark)| (price > 10).then(|| format!("{item} {price} {mark}"))) else skip | print;
        sales | tee { flat_map(|(item, price, _)| (0..price / 20).map(|_| item.len())) | print };
        sales | map(|(item, price, mark)| (item, price, mark)) | for_each(|(item, _, _): (String, u64, char)| drop(item))
    }
    .test()
    .partitions(1);
    test.feed("in", ["lamp,30", "desk,5"]);
    test.expect(["(lamp,60)", "lamp 30 x", "4"]);
}

/// What is lent goes through filters as it is, and a struct's fields that can be copied are taken out of it.
#[test]
fn fields_that_can_be_copied_are_taken_out_of_what_is_lent() {
    struct Sale {
        item: String,
        price: u64,
    }
    let mut test = stream_job! {
        let sales = from kafka("in") | map(|line| Sale { item: line.to_owned(), price: line.len() as u64 });
        sales | filter(|sale| sale.price > 1) | map(|sale| (sale.item.clone(), sale.price)) | print;
        sales | map(|sale: &Sale| sale.price) | print;
        sales | map(|sale| sale.item) | print
    }
    .test()
    .partitions(1);
    test.feed("in", ["a", "bc"]);
    test.expect(["1", "a", "(bc,2)", "2", "bc"]);
}
