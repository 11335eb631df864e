//! Decides which partitions' batches go into the next request to a broker.

/// The most bytes of one request.
pub(super) const MOST_BYTES: usize = 8 << 20;

/// As many of the partitions as one request takes, beginning with `first`, and with which one the
/// next request begins: the first that was left out, so that none is left out for ever.
pub(super) fn chosen(
    partitions: &[usize],
    first: usize,
    mut n_bytes: impl FnMut(usize) -> usize,
) -> (Vec<usize>, usize) {
    let at = partitions.partition_point(|partition| *partition < first);
    let (behind, from_first) = partitions.split_at(at);
    let mut chosen = Vec::new();
    let mut left = MOST_BYTES;
    for partition in from_first.iter().chain(behind) {
        match left.checked_sub(n_bytes(*partition)) {
            Some(still) => left = still,
            // One that is larger than all of a request goes alone.
            None if chosen.is_empty() => left = 0,
            None => return (chosen, *partition),
        }
        chosen.push(*partition);
    }
    (chosen, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partition_that_is_left_out_goes_first_next_time() {
        let third = |_| MOST_BYTES / 3;
        let all = [2, 3, 5, 7, 9];
        let (now, next) = chosen(&all, 0, third);
        assert_eq!((now, next), (vec![2, 3, 5], 7));
        // The first ones are there again, and wait.
        let (now, next) = chosen(&all, next, third);
        assert_eq!((now, next), (vec![7, 9, 2], 3));
        let (now, next) = chosen(&[2, 9], 3, third);
        assert_eq!((now, next), (vec![9, 2], 0));
    }

    #[test]
    fn batch_that_is_larger_than_a_request_goes_alone() {
        let (now, next) = chosen(&[0, 1], 1, |_| MOST_BYTES + 1);
        assert_eq!((now, next), (vec![1], 0));
        assert_eq!(chosen(&[], 1, |_| 0), (Vec::new(), 0));
    }
}
