//! Operators that work on one item at a time.

use streamflow::stream_job;

#[test]
fn map_gives_what_its_closure_gives() {
    let mut test = stream_job! { from kafka("in") | map(|line| line.len()) | print }.test();
    test.feed("in", ["a", "bcd"]);
    test.expect(["1", "3"]);
}

#[test]
fn map_takes_the_path_of_a_function() {
    fn shout(line: &str) -> String {
        line.to_uppercase()
    }
    let mut test = stream_job! { from kafka("in") | map(str::trim) | map(shout) | print }.test();
    test.feed("in", [" a ", "b"]);
    test.expect(["A", "B"]);
}

#[test]
fn map_takes_a_function_that_another_makes() {
    fn longer_by(n: usize) -> impl Fn(&str) -> usize {
        move |line| line.len() + n
    }
    let mut test = stream_job! { from kafka("in") | map(longer_by(10)) | print }.test();
    test.feed("in", ["a"]);
    test.expect(["11"]);
}

#[test]
fn map_uses_variables_of_the_surrounding_function() {
    let prefix = String::from("user-");
    let mut test =
        stream_job! { from kafka("in") | map(|line| format!("{prefix}{line}")) | print }.test();
    test.feed("in", ["7"]);
    test.expect(["user-7"]);
}

#[test]
fn filter_keeps_items_for_which_it_is_true() {
    let mut test = stream_job! {
        from kafka("in") | filter(|line| !line.starts_with('#')) | print
    }
    .test();
    test.feed("in", ["# note", "text"]);
    test.expect(["text"]);
}

#[test]
fn filter_looks_at_owned_items_without_taking_them() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| line.to_lowercase()) | filter(|line| line.len() > 1) | print
    }
    .test();
    test.feed("in", ["A", "BC"]);
    test.expect(["bc"]);
}

#[test]
fn filter_map_leaves_out_none() {
    let mut test = stream_job! {
        from kafka("in") | filter_map(|line| line.strip_prefix('#')) | print
    }
    .test();
    test.feed("in", ["#a", "x", "#b"]);
    test.expect(["a", "b"]);
}

#[test]
fn question_mark_in_filter_map_leaves_the_item_out() {
    let mut test = stream_job! {
        from kafka("in")
            | filter_map(|line| { let (user, page) = line.split_once(',')?; Some((page, user)) })
            | print
    }
    .test();
    test.feed("in", ["u,p", "neither"]);
    test.expect(["(p,u)"]);
}

#[test]
fn flat_map_gives_every_item_of_what_its_closure_gives() {
    let mut test =
        stream_job! { from kafka("in") | flat_map(|line| line.split(' ')) | print }.test();
    test.feed("in", ["to be or", "not"]);
    test.expect(["to", "be", "or", "not"]);
}

#[test]
fn pieces_may_be_borrowed_from_what_an_earlier_stage_made() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| line.to_lowercase()) | flat_map(|line| line.split(' ')) | print
    }
    .test();
    test.feed("in", ["To BE"]);
    test.expect(["to", "be"]);
}

#[test]
fn flatten_takes_collections_apart() {
    let mut test = stream_job! {
        from kafka("in") | map(|line| line.split(',').map(str::len).collect::<Vec<_>>()) | flatten | print
    }
    .test();
    test.feed("in", ["a,bb", "ccc"]);
    test.expect(["1", "2", "3"]);
}

#[test]
fn flatten_takes_options_apart() {
    let mut test =
        stream_job! { from kafka("in") | map(|line| line.chars().next()) | flatten | print }.test();
    test.feed("in", ["", "xyz"]);
    test.expect(["x"]);
}

#[test]
fn inspect_sees_every_item_and_changes_none() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let mut test = stream_job! {
        from kafka("in")
            | inspect(|line| { counter.fetch_add(line.len(), Ordering::Relaxed); })
            | print
    }
    .test();
    test.feed("in", ["a", "bc"]);
    test.expect(["a", "bc"]);
    assert_eq!(seen.load(Ordering::Relaxed), 3);
}

#[test]
fn try_map_gives_the_value_of_what_is_fine() {
    let mut test =
        stream_job! { from kafka("in") | try_map(|line| line.parse::<u8>()) | print }.test();
    test.feed("in", ["7"]);
    test.expect(["7"]);
}

#[test]
fn try_map_leaves_failures_out_if_it_is_told_to() {
    let mut test = stream_job! {
        from kafka("in") | try_map(|line| line.parse::<u8>()) else skip | print
    }
    .test();
    test.feed("in", ["7", "300", "x"]);
    test.expect(["7"]);
}

#[test]
fn question_mark_works_on_options_and_results_alike() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| {
                let (name, number) = line.split_once('=')?;
                (name, number.parse::<i64>()?)
            }) else skip
            | print
    }
    .test();
    test.feed("in", ["a=1", "b", "c=x", "d=-4"]);
    test.expect(["(a,1)", "(d,-4)"]);
}

#[test]
fn return_leaves_the_closure_and_not_the_job() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { if line.is_empty() { return "nothing"; } line })
            | print
    }
    .test();
    test.feed("in", ["", "x"]);
    test.expect(["nothing", "x"]);
}

#[test]
fn names_of_one_closure_are_not_seen_by_the_next() {
    let line = "outside";
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.len())
            | map(|length| format!("{line} {length}"))
            | print
    }
    .test();
    test.feed("in", ["four"]);
    test.expect(["outside 4"]);
}

#[test]
fn for_each_hands_every_item_to_its_closure() {
    use std::sync::{Arc, Mutex};
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&seen);
    let mut test = stream_job! {
        from kafka("in") | for_each(|line| { kept.lock().unwrap().push(line.to_owned()); })
    }
    .test();
    test.feed("in", ["a", "b"]);
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, ["a", "b"]);
}

#[test]
fn swap_makes_the_key_the_value() {
    let mut test = stream_job! {
        from kafka("in") | key_by(|line| line.len()) | swap | print
    }
    .test();
    test.feed("in", ["abc"]);
    test.expect(["(abc,3)"]);
}

#[test]
fn flat_map_values_gives_every_value_the_key() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| { let (user, pages) = line.split_once(':')?; (user.to_owned(), pages) })
            | flat_map_values(|pages| pages.split(','))
            | count_by_key every 1s
            | print
    }
    .test();
    test.feed("in", ["u1:a,b,c", "u2:a"]);
    test.advance(crate::SECOND);
    test.expect(["(u1,3)", "(u2,1)"]);
}

#[test]
fn default_takes_the_place_of_a_value_that_cannot_be_made() {
    let mut test = stream_job! {
        from kafka("in")
            | try_map(|line| line.parse::<u64>()) else default(7)
            | map(|n| n * 2)
            | sum every 1s
            | print
    }
    .test();
    test.feed("in", ["1", "x", "3"]);
    test.advance(crate::SECOND);
    test.expect(["22"]);
}

#[test]
fn default_is_made_anew_for_each_refused_record() {
    let mut test = stream_job! {
        from kafka("in")
            | map(|line| line.split_once(',')?.0.to_owned()) else default(String::from("nobody"))
            | print
    }
    .test();
    test.feed("in", ["a,1", "b", "c"]);
    test.expect(["a", "nobody", "nobody"]);
}

#[test]
fn function_can_be_what_any_expression_gives() {
    struct Rules {
        least: usize,
    }
    impl Rules {
        fn long(&self) -> impl Fn(&&str) -> bool + use<> {
            let least = self.least;
            move |line| line.len() >= least
        }
    }
    let rules = Rules { least: 2 };
    let suffix = String::from("!");
    let boxed: Box<dyn Fn(&str) -> String + Send + Sync> = Box::new(str::to_uppercase);
    let functions = [str::len as fn(&str) -> usize];
    let mut test = stream_job! {
        from kafka("in")
            | filter(rules.long())
            | map({ let suffix = suffix.clone(); move |line: &str| format!("{line}{suffix}") })
            | map(|line| boxed(&line))
            | inspect((|_line| ()) as fn(&String))
            | map(|line| functions[0](&line))
            | print
    }
    .test();
    test.feed("in", ["a", "ab"]);
    test.expect(["3"]);
}

#[test]
fn variable_that_workers_share_can_be_added_to() {
    #[derive(Default)]
    struct Lines(std::sync::Mutex<Vec<String>>);
    impl Lines {
        fn push(&self, line: &str) {
            self.0.lock().expect("no panic").push(line.to_owned());
        }
    }
    let lines = Lines::default();
    let known = vec!["a"];
    let mut test = stream_job! {
        from kafka("in")
            | inspect(|line| lines.push(line))
            | map(|line| {
                let mut all = known.clone();
                all.push(line);
                all.extend(known.iter());
                all.len()
            })
            | print
    }
    .test();
    test.feed("in", ["x"]);
    test.expect(["3"]);
}
