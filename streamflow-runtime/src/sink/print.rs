//! Prints rows on standard output, in Spark's layout.
//!
//! ```text
//! -------------------------------------------
//! Time: 1420070401000 ms
//! -------------------------------------------
//! (user1,2)
//! (user2,1)
//!
//! ```

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::cli;
use crate::error::Result;
use crate::round::Round;
use crate::sink::{Sink, SinkOpening, Writer, Writes};
use crate::state::Row;
use crate::time::calendar::{Calendar, Ends};

const RULE: &[u8] = b"-------------------------------------------\n";

/// When rows are printed.
#[derive(Debug, Clone, Copy)]
pub enum Rows {
    /// Each as it comes.
    AsTheyCome,
    /// Together, under a header, whenever one of these intervals ends.
    InIntervals {
        /// The intervals, in milliseconds.
        every_ms: &'static [u64],
        /// The order of the rows under one header.
        order: Order,
    },
    /// Together, under a header, at one of these moments.
    AtEnds {
        /// The moments.
        ends: &'static [Ends],
        /// The order of the rows under one header.
        order: Order,
    },
}

impl Rows {
    /// The order of rows that stand under a header.
    fn order(self) -> Option<Order> {
        match self {
            Rows::AsTheyCome => None,
            Rows::InIntervals { order, .. } | Rows::AtEnds { order, .. } => Some(order),
        }
    }

    /// The time in the header that stands over the rows of a round, if one does.
    fn header_ms(self, round: &Round) -> Option<i64> {
        match self {
            Rows::AsTheyCome => None,
            Rows::InIntervals { every_ms, .. } => {
                every_ms.iter().find_map(|every_ms| round.fires(*every_ms))
            }
            Rows::AtEnds { ends, .. } => ends
                .iter()
                .find_map(|ends| round.fires_by(&Calendar::of(*ends))),
        }
    }
}

/// The order of the rows under one header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By their text, numbers in it by value: `user2` stands before `user10`.
    Sorted,
    /// By partition and offset of the records they came from.
    Arrival,
    /// As they are: `top` has ranked them, on one worker.
    Ranked,
}

impl Order {
    /// Sorts rows; those of several workers, one after the other, each already sorted, take one
    /// comparison for each row.
    fn sort(self, rows: &mut [Row]) {
        match self {
            Order::Sorted => rows.sort_by(|a, b| natural_order(a.text(), b.text())),
            Order::Arrival => rows.sort_by_key(|row| row.place),
            Order::Ranked => {}
        }
    }
}

/// `print` and `print(n)`.
#[derive(Debug)]
pub struct PrintSink {
    limit: Option<usize>,
    rows: Rows,
    handed_over: Mutex<Handed>,
    captured: Mutex<Option<Vec<u8>>>,
}

#[derive(Debug, Default)]
struct Handed {
    /// Rows for a header.
    rows: Vec<Row>,
    /// Rows to be printed as they are.
    text: Vec<u8>,
}

impl PrintSink {
    /// Prints at most `limit` rows of each interval.
    pub fn new(limit: Option<usize>, rows: Rows) -> Self {
        PrintSink {
            limit,
            rows,
            handed_over: Mutex::default(),
            captured: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Handed> {
        // A worker that panicked ends the run; what others handed over is whole.
        self.handed_over
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_captured(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.captured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, text: &[u8]) -> Result<()> {
        if let Some(captured) = &mut *self.lock_captured() {
            captured.extend_from_slice(text);
            return Ok(());
        }
        let mut out = io::stdout().lock();
        out.write_all(text)
            .and_then(|()| out.flush())
            .map_err(cli::output_error)
    }

    /// What stands under one header.
    fn block(&self, time_ms: i64, mut rows: Vec<Row>, order: Order) -> Vec<u8> {
        order.sort(&mut rows);
        let text_bytes: usize = rows.iter().map(|row| row.text().len() + 1).sum();
        let mut block = Vec::with_capacity(256 + text_bytes);
        block.extend_from_slice(RULE);
        block.extend_from_slice(format!("Time: {time_ms} ms\n").as_bytes());
        block.extend_from_slice(RULE);
        let shown = self.limit.unwrap_or(rows.len());
        for row in rows.iter().take(shown) {
            block.extend_from_slice(row.text());
            block.push(b'\n');
        }
        if rows.len() > shown {
            block.extend_from_slice(b"...\n");
        }
        block.push(b'\n');
        block
    }
}

impl Sink for PrintSink {
    fn open(&self, opening: &SinkOpening<'_>) -> Result<()> {
        // What an earlier run of the same job has left was never saved, and comes again.
        *self.lock() = Handed::default();
        if opening.captures_output {
            *self.lock_captured() = Some(Vec::new());
        }
        Ok(())
    }

    fn publish(&self, round: &Round) -> Result<()> {
        let text = std::mem::take(&mut self.lock().text);
        if !text.is_empty() {
            self.write(&text)?;
        }
        let Some(order) = self.rows.order() else {
            return Ok(());
        };
        match self.rows.header_ms(round) {
            Some(time_ms) => {
                let rows = std::mem::take(&mut self.lock().rows);
                self.write(&self.block(time_ms, rows, order))
            }
            // Rows that came beside an aggregate's wait for its interval, unless their offsets
            // are about to be saved.
            None if round.saves => {
                let rows = std::mem::take(&mut self.lock().rows);
                let mut lines = Vec::new();
                for row in &rows {
                    lines.extend_from_slice(row.text());
                    lines.push(b'\n');
                }
                if lines.is_empty() {
                    Ok(())
                } else {
                    self.write(&lines)
                }
            }
            None => Ok(()),
        }
    }

    fn flush(&self) -> Result<()> {
        // What is published is written and flushed.
        Ok(())
    }

    fn captured(&self) -> Option<String> {
        self.lock_captured()
            .as_mut()
            .map(|text| String::from_utf8_lossy(&std::mem::take(text)).into_owned())
    }
}

/// One worker's way to `print`.
#[derive(Debug)]
pub struct PrintWriter {
    sink: Arc<PrintSink>,
    handed: Handed,
    /// The row that is being rendered.
    rendered: Vec<u8>,
}

impl PrintWriter {
    /// Adds a row that `render` writes.
    #[inline]
    pub(crate) fn row(&mut self, render: impl FnOnce(&mut Vec<u8>)) {
        match self.sink.rows {
            Rows::AsTheyCome => {
                render(&mut self.handed.text);
                self.handed.text.push(b'\n');
            }
            Rows::InIntervals { .. } | Rows::AtEnds { .. } => {
                self.rendered.clear();
                render(&mut self.rendered);
                self.handed.rows.push(Row::new((0, 0), &self.rendered));
            }
        }
    }

    /// Adds a row that has been kept.
    pub(crate) fn kept(&mut self, row: Row) {
        self.handed.rows.push(row);
    }
}

impl Writer for PrintWriter {
    /// Rows that come one by one are printed with their batch, not only in the next round.
    fn after_batch(&mut self) -> Result<()> {
        if self.handed.text.is_empty() {
            return Ok(());
        }
        let outcome = self.sink.write(&self.handed.text);
        self.handed.text.clear();
        outcome
    }

    fn hand_over(&mut self) -> Result<()> {
        if let Some(order) = self.sink.rows.order() {
            // What is left to be done for all of them together is then little.
            order.sort(&mut self.handed.rows);
        }
        if !self.handed.rows.is_empty() || !self.handed.text.is_empty() {
            let mut shared = self.sink.lock();
            shared.rows.append(&mut self.handed.rows);
            shared.text.append(&mut self.handed.text);
        }
        Ok(())
    }
}

impl Writes for PrintSink {
    type Writer = PrintWriter;

    fn writer(self: &Arc<Self>, _worker: usize) -> Result<PrintWriter> {
        Ok(PrintWriter {
            sink: Arc::clone(self),
            handed: Handed::default(),
            rendered: Vec::new(),
        })
    }
}

/// By text, but numbers in it by value.
fn natural_order(left: &[u8], right: &[u8]) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    // What both begin with says nothing, but for the digits at its end: they may go on.
    let shared = shared_bytes(left, right);
    let number = left.get(..shared).unwrap_or_default().iter().rev();
    let begin = shared - number.take_while(|byte| byte.is_ascii_digit()).count();
    let mut left = left.get(begin..).unwrap_or_default();
    let mut right = right.get(begin..).unwrap_or_default();
    loop {
        let (a, b) = match (left.first(), right.first()) {
            (Some(a), Some(b)) => (*a, *b),
            (a, b) => return a.is_some().cmp(&b.is_some()),
        };
        if a.is_ascii_digit() && b.is_ascii_digit() {
            let (number_a, rest_a) = split_number(left);
            let (number_b, rest_b) = split_number(right);
            match number_a
                .len()
                .cmp(&number_b.len())
                .then_with(|| number_a.cmp(number_b))
            {
                Ordering::Equal => (left, right) = (rest_a, rest_b),
                unequal => return unequal,
            }
        } else if a == b {
            (left, right) = (left.get(1..).unwrap_or(&[]), right.get(1..).unwrap_or(&[]));
        } else {
            return a.cmp(&b);
        }
    }
}

/// How many bytes two texts begin with alike; eight are looked at together.
fn shared_bytes(left: &[u8], right: &[u8]) -> usize {
    let ((eights, _), (other_eights, _)) = (left.as_chunks::<8>(), right.as_chunks::<8>());
    let alike = eights.iter().zip(other_eights).take_while(|(a, b)| a == b);
    let begin = 8 * alike.count();
    let rest = left.iter().zip(right).skip(begin);
    begin + rest.take_while(|(a, b)| a == b).count()
}

/// The digits at the front, without leading zeros, and what follows.
fn split_number(text: &[u8]) -> (&[u8], &[u8]) {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, rest) = text.split_at(digits);
    let zeros = number.iter().take_while(|byte| **byte == b'0').count();
    (number.get(zeros..).unwrap_or(&[]), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Row {
        Row::new((0, 0), text.as_bytes())
    }

    fn printed(limit: Option<usize>, rows: &[&str]) -> String {
        let sink = PrintSink::new(limit, Rows::AsTheyCome);
        let rows = rows.iter().map(|text| row(text)).collect();
        String::from_utf8(sink.block(1_000, rows, Order::Sorted)).expect("text")
    }

    #[test]
    fn layout_is_that_of_spark() {
        assert_eq!(
            printed(None, &["(user10,1)", "(user2,3)"]),
            "-------------------------------------------\n\
             Time: 1000 ms\n\
             -------------------------------------------\n\
             (user2,3)\n\
             (user10,1)\n\
             \n"
        );
    }

    #[test]
    fn more_rows_than_asked_for_are_dots() {
        assert!(printed(Some(1), &["a", "b"]).ends_with("a\n...\n\n"));
        assert!(printed(Some(2), &["a", "b"]).ends_with("a\nb\n\n"));
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        use std::cmp::Ordering;
        assert_eq!(natural_order(b"(9,x)", b"(10,a)"), Ordering::Less);
        assert_eq!(natural_order(b"user2", b"user10"), Ordering::Less);
        assert_eq!(natural_order(b"a01", b"a1"), Ordering::Equal);
        assert_eq!(natural_order(b"a", b"ab"), Ordering::Less);
        assert_eq!(
            natural_order(b"(user1234567,1)", b"(user123456,9)"),
            Ordering::Greater
        );
        assert_eq!(
            natural_order(b"(user12345678,10)", b"(user12345678,9)"),
            Ordering::Greater
        );
        assert_eq!(
            natural_order(b"abcdefgh10x", b"abcdefgh10"),
            Ordering::Greater
        );
        assert_eq!(natural_order(b"", b""), Ordering::Equal);
    }
}
