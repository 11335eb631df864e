//! What counting words takes, from topic to topic: lines are split, and each word's count leaves in
//! each interval.
//!
//! A line has ten words out of 10,000, which come as often as Zipf's law has it. Figures are for a
//! word. A run counts if the counts of each word, added up over all intervals, are those of what was
//! produced.

use std::collections::BTreeMap;

use streamflow::stream_job;
use streamflow_test_support::kafka::Compression;

use crate::Scenario;
use crate::bench::Bench;
use crate::by_hand::{self, Counts};
use crate::drained::{self, Case, Run};
use crate::job::{self, Job};
use crate::results::Results;
use streamflow_test_support::random::{Choice, Random};

pub(crate) const SCENARIO: Scenario = Scenario {
    name: "word_count",
    run,
    jobs: &[("word_count", job)],
};

const WORDS: u32 = 10_000;
const WORDS_OF_LINE: u32 = 10;

fn job() -> streamflow::Result<()> {
    let (input, output) = (job::input(), job::output());
    streamflow::main(stream_job! {
        job word_count
        from kafka(&input)
            | flat_map(|line| line.split(' '))
            | map(|word| (word, 1u64))
            | reduce_by_key(+) every 1s
            | to kafka(&output, key: |(word, _)| word, value: |(_, n)| n)
    })
}

fn run(bench: &Bench<'_>) -> Result<(), String> {
    let mut results = Results::begin(bench, SCENARIO.name, &drained::COLUMNS)?;
    let records = bench.arguments.records;
    let choice = Choice::zipf(WORDS);
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for line in lines(&choice, records) {
        for word in line.split(' ') {
            *expected.entry(word.to_owned()).or_default() += 1;
        }
    }
    let batches = by_hand::batches(lines(&choice, records));
    let input = bench.new_topic("input");
    drained::fill(bench, &input, lines(&choice, records), Compression::None);
    let case = Case {
        label: format!("{WORDS} words, {WORDS_OF_LINE} a line; for a word"),
        records: records * WORDS_OF_LINE,
        run: Run::ToTopic {
            command: &|workers, output| {
                let job = Job {
                    name: "word_count",
                    input: &input,
                    output,
                };
                job::command_line(bench, job, workers)
            },
            check: &|output| check(bench, output, &expected),
        },
        by_hand: &|| {
            let mut counts = Counts::default();
            by_hand::each_line(&batches, |line| {
                line.split(' ').for_each(|word| counts.count(word));
            });
            counts.total()
        },
    };
    drained::drain(bench, &mut results, &case)?;
    bench.admin.delete_topic(&input);
    results.print()
}

fn lines(choice: &Choice, records: u32) -> impl Iterator<Item = String> {
    let mut random = Random::new(3);
    (0..records).map(move |_| {
        let mut line = String::new();
        for place in 0..WORDS_OF_LINE {
            if place > 0 {
                line.push(' ');
            }
            push_word(&mut line, choice.next(&mut random));
        }
        line
    })
}

/// A word of two to six letters for each number: frequent ones are short, as in a language.
fn push_word(line: &mut String, number: u32) {
    const LETTERS: &str = "eatoin";
    let mut left = number + 6;
    while left > 0 {
        let letter = left as usize % LETTERS.len();
        line.push_str(&LETTERS[letter..=letter]);
        left /= 6;
    }
}

fn check(bench: &Bench<'_>, output: &str, expected: &BTreeMap<String, u64>) -> Result<(), String> {
    let mut found: BTreeMap<String, u64> = BTreeMap::new();
    bench.admin.each_key_and_value(output, |key, value| {
        let word = String::from_utf8_lossy(key.unwrap_or_default());
        let count = String::from_utf8_lossy(value.unwrap_or_default());
        // What is no number is not counted, and missed.
        *found.entry(word.into_owned()).or_default() += count.parse().unwrap_or(0);
    });
    if found == *expected {
        return Ok(());
    }
    let total = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
    Err(format!(
        "{} words were counted {} times, and {} were produced {} times",
        found.len(),
        total(&found),
        expected.len(),
        total(expected)
    ))
}
