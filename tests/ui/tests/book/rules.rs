//! What the book says about each folder of cases, in the order of its index.

/// A page of the index.
pub(crate) struct Rule {
    /// The folder in `tests/ui/cases`.
    pub(crate) folder: &'static str,
    pub(crate) title: &'static str,
    /// One sentence for the index.
    pub(crate) sentence: &'static str,
    /// The rule, and why it exists.
    pub(crate) why: &'static str,
}

pub(crate) const RULES: &[Rule] = &[
    Rule {
        folder: "shape",
        title: "The shape of a job",
        sentence: "pipelines begin with a source and end in a sink.",
        why: "\
A job is one or more pipelines: a source, stages behind `|`, a sink. Without a sink, results would be
computed and thrown away; without a source there is nothing to compute them of.",
    },
    Rule {
        folder: "words",
        title: "Words",
        sentence: "misspelt words, and the words of other systems.",
        why: "\
A word that the language does not have is answered with the word that was meant: the nearest in
spelling, or what the word of another system is called here.",
    },
    Rule {
        folder: "arguments",
        title: "Arguments",
        sentence: "what stands in the parentheses of an operator.",
        why: "\
Each operator says what it takes. What is missing or too much is reported where it stands, before Rust
sees it, as its own message would speak of generated code.",
    },
    Rule {
        folder: "closures",
        title: "Closures",
        sentence: "what the code inside of a stage may do.",
        why: "\
A closure runs for one record, on one of several workers. So it cannot change variables around the job,
wait, or leave the loop that it runs in; `?` and `return` are what it leaves by.",
    },
    Rule {
        folder: "keys",
        title: "Keys",
        sentence: "what is aggregated per key is a stream of pairs.",
        why: "\
Operators that work per key group by the first half of a pair. A key is compared, hashed and kept, and
equal keys must meet on one worker: numbers with a fraction are not equal often enough for that.",
    },
    Rule {
        folder: "intervals",
        title: "Intervals",
        sentence: "an aggregate says when its results leave.",
        why: "\
A stream has no end, so an aggregate needs an interval at whose end its results leave. A duration has
a unit, as a bare number is read as seconds by some people and as milliseconds by others.",
    },
    Rule {
        folder: "windows",
        title: "Windows",
        sentence: "windows over the records' own time, and what is late for them.",
        why: "\
A window closes, and records can come after it has. What becomes of them has to be written down: they
would be lost silently otherwise. A window also has to be one that can be counted: its steps, its beginning and
its time zone are checked.",
    },
    Rule {
        folder: "state",
        title: "State",
        sentence: "what is kept is owned, bounded, and has a name where it outlives an interval.",
        why: "\
State is kept longer than the batch that its records came in, so it owns its data, and can be saved in a
checkpoint. State that nothing empties grows with every key: it needs a bound, or the word `forever`. A
checkpoint finds it by its name, so no two have the same one.",
    },
    Rule {
        folder: "kinds",
        title: "Streams, changes and tables",
        sentence: "which operators take which kind of stream.",
        why: "\
A table holds the latest value of each key and is only looked into; changes replace a result that was
given before. What can only append, or would count a change as something new, does not take them.",
    },
    Rule {
        folder: "tables",
        title: "Tables",
        sentence: "`table` keeps the latest value of each key, and joins look into it.",
        why: "\
A table gives nothing by itself: a join brings what it has for the key of an item. So it says what bounds it, its
values are owned and can be copied, and what would need an answer from the table's side is refused.",
    },
    Rule {
        folder: "async",
        title: "Answers",
        sentence: "`map_async` and `lookup` wait for futures, many at a time.",
        why: "\
The loop waits in these two stages alone, and for what their functions give: a future. Their items outlive the
batch that they came in, so they are owned; an answer that several items get can be copied.",
    },
    Rule {
        folder: "streams",
        title: "Named streams",
        sentence: "`let` names a stream, and something uses it.",
        why: "\
A stream is named in front of where it is used, once. A named stream that is never used would be read
for nothing, and is mostly a slip. The streams of a `union` have items of one type.",
    },
    Rule {
        folder: "split",
        title: "`split`",
        sentence: "each item goes to one arm, and none is left over.",
        why: "\
`split` gives each item to the first arm whose predicate is true of it. What no arm takes would be lost
without a word, so the last arm is `rest`, unless the arms cover everything.",
    },
    Rule {
        folder: "formats",
        title: "Formats",
        sentence: "what stands behind `as`.",
        why: "\
A format says how bytes become items, and items bytes. `Json<T>` and `Csv<T>` need a type that serde can
read; a type of Rust alone, such as `String`, does not say how it is written.",
    },
    Rule {
        folder: "sinks",
        title: "Sinks",
        sentence: "what stands behind `to`, and what can be written.",
        why: "\
A sink says where it writes to, and its items can be written there. The closures of a sink have names
that say what they make of an item.",
    },
    Rule {
        folder: "delivery",
        title: "Bad records",
        sentence: "what becomes of a record that cannot be processed.",
        why: "\
Nothing is lost silently. A record that is refused ends the job, or takes the way that `else` says; an
`else` where nothing can fail, or a failure that is thrown away in a closure, says that something else
was expected.",
    },
    Rule {
        folder: "guarantee",
        title: "`guarantee: exactly_once`",
        sentence: "what stands in the way of the promise.",
        why: "\
For results to count once, sources must be read again, sinks must be able to take back what they wrote,
and the same record must give the same result again. The stage that cannot is named. A job that passes
is refused all the same for now: exactly-once does not run yet.",
    },
    Rule {
        folder: "settings",
        title: "Settings",
        sentence: "what the header of a job says.",
        why: "\
A header has a few settings, each of which stands once. Where a job runs, and with which brokers and
credentials, is said when it is started.",
    },
    Rule {
        folder: "secrets",
        title: "Secrets",
        sentence: "no password or key stands in a job.",
        why: "\
A literal in a job is part of the binary and of what `explain` shows. Secrets come from the environment
or a file.",
    },
    Rule {
        folder: "lock",
        title: "`streamflow.lock`",
        sentence: "state that checkpoints hold still fits.",
        why: "\
Where a job is locked, its state is compared with what its checkpoints hold. What no longer fits is
migrated or dropped, in the job: see [state changes](../state-changes.md).",
    },
    Rule {
        folder: "together",
        title: "Several mistakes",
        sentence: "all of a job are reported at once.",
        why: "\
Each mistake gets one message, and none hides another. What is only wrong because of an earlier mistake
is not reported.",
    },
    Rule {
        folder: "later",
        title: "Not yet",
        sentence: "what is read and checked, and does not run yet.",
        why: "\
A job without mistakes that uses a part of the language which does not run yet is refused at that part,
and told what to write until then. [The list](../not-yet.md) has all of them.",
    },
];
