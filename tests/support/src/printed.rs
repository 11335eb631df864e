//! Reads the rows that a job has printed.

use std::collections::BTreeMap;

const RULE: &str = "-------------------------------------------";

/// What stands under one header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The header's time: when the interval ended.
    pub time_ms: i64,
    /// The rows, as printed.
    pub rows: Vec<String>,
}

/// The blocks in a job's standard output, in order.
///
/// Lines outside of blocks are passed over. So is a last block without the blank line that ends
/// it: the job was killed while it wrote.
///
/// # Panics
///
/// If there is no time between two rules.
pub fn blocks(stdout: &str) -> Vec<Block> {
    let mut lines = stdout.lines();
    let mut blocks = Vec::new();
    while lines.by_ref().any(|line| line == RULE) {
        let (Some(header), Some(rule)) = (lines.next(), lines.next()) else {
            break;
        };
        if rule.len() < RULE.len() && lines.clone().next().is_none() {
            break;
        }
        let time_ms = time_ms(header).filter(|_| rule == RULE);
        let time_ms = time_ms.unwrap_or_else(|| {
            panic!("expected `Time: N ms` and a rule, found `{header}` and `{rule}`")
        });
        let mut rows = Vec::new();
        for line in lines.by_ref() {
            if line.is_empty() {
                blocks.push(Block { time_ms, rows });
                break;
            }
            rows.push(line.to_owned());
        }
    }
    blocks
}

/// The sum of the counts of each key over all blocks, from rows such as `(user,2)`.
///
/// # Panics
///
/// If a row does not look like that; `...`, which stands for rows not shown, does not either.
pub fn totals(blocks: &[Block]) -> BTreeMap<String, u64> {
    let mut totals = BTreeMap::new();
    for row in blocks.iter().flat_map(|block| &block.rows) {
        let (key, count) =
            key_and_count(row).unwrap_or_else(|| panic!("expected `(key,count)`, found `{row}`"));
        *totals.entry(key.to_owned()).or_default() += count;
    }
    totals
}

fn time_ms(header: &str) -> Option<i64> {
    header
        .strip_prefix("Time: ")?
        .strip_suffix(" ms")?
        .parse()
        .ok()
}

fn key_and_count(row: &str) -> Option<(&str, u64)> {
    let (key, count) = row.strip_prefix('(')?.strip_suffix(')')?.rsplit_once(',')?;
    Some((key, count.trim_start().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "\
waiting for records
-------------------------------------------
Time: 1000 ms
-------------------------------------------
(user1,2)
(user2,1)

-------------------------------------------
Time: 2000 ms
-------------------------------------------

-------------------------------------------
Time: 3000 ms
-------------------------------------------
(user1,40)

";

    #[test]
    fn each_header_begins_a_block() {
        let blocks = blocks(OUTPUT);
        let times: Vec<i64> = blocks.iter().map(|block| block.time_ms).collect();
        assert_eq!(times, [1000, 2000, 3000]);
        assert_eq!(blocks[0].rows, ["(user1,2)", "(user2,1)"]);
        assert!(blocks[1].rows.is_empty());
    }

    #[test]
    fn a_block_that_was_cut_off_is_passed_over() {
        let cut_off = OUTPUT.trim_end();
        assert_eq!(blocks(cut_off).len(), 2);
        let within_the_header = OUTPUT.split("3000").next().unwrap();
        assert_eq!(blocks(within_the_header).len(), 2);
        let within_a_rule = format!("{within_the_header}3000 ms\n-----");
        assert_eq!(blocks(&within_a_rule).len(), 2);
    }

    #[test]
    fn totals_are_summed_over_blocks() {
        let totals = totals(&blocks(OUTPUT));
        let expected = [("user1".to_owned(), 42), ("user2".to_owned(), 1)];
        assert_eq!(totals, BTreeMap::from(expected));
    }

    #[test]
    fn a_key_may_hold_commas() {
        let rows = vec!["((user1,tokyo),3)".to_owned()];
        let totals = totals(&[Block { time_ms: 0, rows }]);
        assert_eq!(totals["(user1,tokyo)"], 3);
    }

    #[test]
    #[should_panic(expected = "found `...`")]
    fn rows_not_shown_cannot_be_summed() {
        let rows = vec!["(user1,3)".to_owned(), "...".to_owned()];
        totals(&[Block { time_ms: 0, rows }]);
    }

    #[test]
    #[should_panic(expected = "expected `Time: N ms`")]
    fn a_header_without_a_time_is_refused() {
        blocks(&format!("{RULE}\n(user1,3)\n{RULE}\n\n"));
    }
}
