//! Decides which partitions move, from what they take of their workers' time.

use super::{Load, OfSource};

/// A worker that is busy for less than this part of its time is not relieved.
const BUSY: f64 = 0.7;

/// A move must take at least this part of a worker's time off the busier one of the two.
const WORTHWHILE: f64 = 0.1;

/// What moves, and to which worker.
///
/// Partitions go from the busiest worker to the one that has most time left, as long as that makes
/// the busier of the two less busy. A worker that has one partition with work keeps it: nobody else
/// would be faster.
pub(super) fn moves(loads: &[&[Load]]) -> Vec<(OfSource, usize)> {
    let mut shares: Vec<Vec<&Load>> = loads.iter().map(|own| own.iter().collect()).collect();
    let mut moves = Vec::new();
    let n_partitions: usize = loads.iter().map(|own| own.len()).sum();
    // Each move makes the busiest one less busy, so that they end by themselves: the bound is for
    // numbers that are none.
    while moves.len() < n_partitions {
        let Some((from, to, place)) = best(&shares) else {
            break;
        };
        let is_busy = shares[from].iter().map(|load| load.busy).sum::<f64>() >= BUSY;
        if moves.is_empty() && !is_busy {
            break;
        }
        let load = shares[from].remove(place);
        shares[to].push(load);
        // A partition that moved twice goes to where it was sent last.
        moves.retain(|(partition, _)| *partition != load.partition);
        moves.push((load.partition.clone(), to));
    }
    moves
}

/// The best single move: from which worker to which, and the place of the partition.
fn best(shares: &[Vec<&Load>]) -> Option<(usize, usize, usize)> {
    let busy: Vec<f64> = shares
        .iter()
        .map(|own| own.iter().map(|load| load.busy).sum())
        .collect();
    let by_load = |a: &usize, b: &usize| busy[*a].total_cmp(&busy[*b]);
    let from = (0..busy.len()).max_by(by_load)?;
    let to = (0..busy.len()).min_by(by_load)?;
    let afterwards = |load: &&Load| (busy[from] - load.busy).max(busy[to] + load.busy);
    let (place, least) = shares[from]
        .iter()
        .map(afterwards)
        .enumerate()
        .min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (least + WORTHWHILE < busy[from]).then_some((from, to, place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{PartitionKind, PartitionName};

    fn load(partition: i32, busy: f64) -> Load {
        let name = PartitionName {
            topic: "t".into(),
            partition,
            kind: PartitionKind::Topic,
        };
        Load {
            partition: (0, name),
            busy,
        }
    }

    fn moved(loads: &[&[Load]]) -> Vec<(i32, usize)> {
        let moves = moves(loads).into_iter();
        moves.map(|((_, name), to)| (name.partition, to)).collect()
    }

    #[test]
    fn idle_worker_relieves_a_busy_one() {
        let loads: [&[Load]; 2] = [
            &[load(0, 0.5), load(2, 0.48)],
            &[load(1, 0.01), load(3, 0.0)],
        ];
        assert_eq!(moved(&loads), [(2, 1)]);
    }

    #[test]
    fn several_partitions_move_to_several_workers() {
        let all: Vec<Load> = (0..6).map(|partition| load(partition, 0.16)).collect();
        let moves = moved(&[&all, &[], &[]]);
        assert_eq!(moves.len(), 4);
        assert_eq!(moves.iter().filter(|(_, to)| *to == 1).count(), 2);
    }

    #[test]
    fn what_would_not_help_does_not_move() {
        let only = [load(0, 0.99), load(2, 0.0)];
        assert_eq!(moved(&[&only, &[load(1, 0.0)]]), []);
        let all_busy: [&[Load]; 2] = [&[load(0, 0.5), load(2, 0.5)], &[load(1, 0.9)]];
        assert_eq!(moved(&all_busy), []);
        let nobody_busy: [&[Load]; 2] = [&[load(0, 0.3), load(2, 0.3)], &[]];
        assert_eq!(moved(&nobody_busy), []);
        assert_eq!(moved(&[]), []);
    }

    #[test]
    fn numbers_that_are_none_do_not_keep_it_going() {
        let loads = [load(0, f64::NAN), load(1, f64::INFINITY), load(2, 0.9)];
        assert!(moved(&[&loads, &[]]).len() <= loads.len());
    }
}
