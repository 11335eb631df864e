//! Quantiles: `DDSketch`, whose merge is exact.

use sketches_ddsketch::{Config, DDSketch};

use crate::state::accumulate::Accumulate;
use crate::state::combine::Overflow;

/// How far from the truth a result may be, as a share of it.
const RELATIVE_ERROR: f64 = 0.01;

/// So many bins cover all numbers from `f64::MIN_POSITIVE` to `f64::MAX`. With fewer, bins would be
/// joined where numbers lie far apart, and the error would know no bound.
const MAX_BINS: u32 = 71_040;

/// So many numbers are kept as they are.
const FEW: usize = 128;

/// Numbers of which quantiles are asked.
///
/// Up to 128 numbers the results are exact, and beyond that they are within 1 % of a number that is
/// there. NaN is left out unless there is nothing else, as `min` and `max` do.
#[derive(Clone)]
pub struct Quantiles(Numbers);

#[derive(Clone)]
enum Numbers {
    /// One number, of one record.
    One(f64),
    Few(Vec<f64>),
    Many(Box<DDSketch>),
}

impl std::fmt::Debug for Quantiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Quantiles")
            .field("numbers", &self.len())
            .finish()
    }
}

impl Quantiles {
    /// One number. An infinite one counts as the greatest or the least that is finite.
    #[inline]
    pub fn of(number: f64) -> Self {
        Quantiles(Numbers::One(number.clamp(f64::MIN, f64::MAX)))
    }

    /// The number below which this share of the numbers lies: that of rank `share * (n - 1)`, counted
    /// from 0 and rounded down.
    pub fn at(self, share: f64) -> f64 {
        match self.0 {
            Numbers::One(number) => number,
            Numbers::Few(mut numbers) => {
                numbers.sort_unstable_by(f64::total_cmp);
                let at = rank(share, numbers.len());
                numbers.get(at).copied().unwrap_or(f64::NAN)
            }
            Numbers::Many(sketch) => {
                let (least, greatest) = (sketch.min(), sketch.max());
                let found = sketch.quantile(share).ok().flatten();
                let least = least.unwrap_or(f64::MIN);
                // Of an empty sketch there is nothing to tell.
                found.map_or(f64::NAN, |found| {
                    found.clamp(least, greatest.unwrap_or(f64::MAX))
                })
            }
        }
    }

    fn len(&self) -> usize {
        match &self.0 {
            Numbers::One(number) => usize::from(!number.is_nan()),
            Numbers::Few(numbers) => numbers.len(),
            Numbers::Many(sketch) => sketch.count(),
        }
    }

    fn add(&mut self, other: Quantiles) {
        match (&mut self.0, other.0) {
            (_, Numbers::One(number)) if number.is_nan() => {}
            (known @ Numbers::One(_), other) => {
                let Numbers::One(number) = std::mem::replace(known, other) else {
                    return;
                };
                if !number.is_nan() {
                    self.add_number(number);
                }
            }
            (_, Numbers::One(number)) => self.add_number(number),
            (_, Numbers::Few(numbers)) => {
                for number in numbers {
                    self.add_number(number);
                }
            }
            (Numbers::Many(known), Numbers::Many(other)) => merge(known, &other),
            (known, Numbers::Many(other)) => {
                let few = std::mem::replace(known, Numbers::Many(other));
                self.add(Quantiles(few));
            }
        }
    }

    fn add_number(&mut self, number: f64) {
        match &mut self.0 {
            Numbers::One(known) => {
                self.0 = Numbers::Few(vec![*known, number]);
            }
            Numbers::Few(numbers) if numbers.len() < FEW => numbers.push(number),
            Numbers::Few(numbers) => {
                let mut sketch = empty();
                for known in numbers.iter().chain([&number]) {
                    sketch.add(*known);
                }
                self.0 = Numbers::Many(Box::new(sketch));
            }
            Numbers::Many(sketch) => sketch.add(number),
        }
    }

    /// The numbers themselves behind a 0, or the library's sketch behind a 1.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let numbers = match &self.0 {
            Numbers::One(number) => std::slice::from_ref(number),
            Numbers::Few(numbers) => numbers,
            // A `Vec` can always be written to.
            Numbers::Many(sketch) => {
                return postcard::to_extend(&**sketch, vec![1]).unwrap_or_default();
            }
        };
        let numbers = numbers.iter().flat_map(|number| number.to_le_bytes());
        std::iter::once(0).chain(numbers).collect()
    }

    /// What these bytes are of; nothing, where there are none.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let numbers = match bytes.split_first() {
            None => Numbers::One(f64::NAN),
            Some((0, numbers)) => {
                let (numbers, rest) = numbers.as_chunks::<8>();
                let numbers: Vec<f64> = numbers.iter().copied().map(f64::from_le_bytes).collect();
                match (numbers.as_slice(), rest) {
                    (_, [_, ..]) => return None,
                    ([number], _) => Numbers::One(*number),
                    _ => Numbers::Few(numbers),
                }
            }
            Some((1, sketch)) => Numbers::Many(Box::new(postcard::from_bytes(sketch).ok()?)),
            Some(_) => return None,
        };
        Some(Quantiles(numbers))
    }
}

fn empty() -> DDSketch {
    DDSketch::new(Config::new(RELATIVE_ERROR, MAX_BINS, f64::MIN_POSITIVE))
}

/// All sketches have one configuration, so that they can be merged.
fn merge(known: &mut DDSketch, other: &DDSketch) {
    let merged = known.merge(other);
    debug_assert!(merged.is_ok(), "{merged:?}");
}

/// The rank that a share stands for, as the sketch computes it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "there are few numbers, and the share is between 0 and 1"
)]
fn rank(share: f64, n: usize) -> usize {
    (share * n.saturating_sub(1) as f64) as usize
}

super::saved_as_bytes!(Quantiles, "Quantiles");

/// `quantile`. Which one is asked for is known where the results leave.
impl Accumulate for Quantiles {
    type Result = Quantiles;

    #[inline]
    fn take(&mut self, other: Self) -> Result<(), Overflow> {
        self.add(other);
        Ok(())
    }

    fn result(self) -> Quantiles {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: impl IntoIterator<Item = f64>) -> Quantiles {
        let mut all = Quantiles::of(f64::NAN);
        for number in numbers {
            all.add(Quantiles::of(number));
        }
        all
    }

    fn is(found: f64, wanted: f64) -> bool {
        found.to_bits() == wanted.to_bits()
    }

    #[test]
    fn quantiles_of_few_numbers_are_exact() {
        let numbers = || of([4.0, 1.0, 3.0, 2.0]);
        for (share, wanted) in [(0.0, 1.0), (0.5, 2.0), (0.67, 3.0), (1.0, 4.0)] {
            assert!(is(numbers().at(share), wanted), "{share}");
        }
        assert!(is(of([7.0]).at(0.3), 7.0));
    }

    #[test]
    fn quantiles_of_many_numbers_are_within_one_percent() {
        for share in [0.01, 0.25, 0.5, 0.9, 0.999] {
            let found = of((1..=10_000).map(f64::from)).at(share);
            let wanted = (share * 9_999.0).floor() + 1.0;
            assert!((found / wanted - 1.0).abs() <= 0.011, "{share}: {found}");
        }
        let negative = of((1..=10_000).map(|n| f64::from(-n))).at(0.1);
        assert!((negative / -9_000.0 - 1.0).abs() <= 0.011, "{negative}");
    }

    #[test]
    fn numbers_far_apart_keep_the_bound() {
        let numbers = (-300..=300).map(|exponent| 10f64.powi(exponent));
        let found = of(numbers).at(0.25);
        assert!((found / 1e-150 - 1.0).abs() <= 0.011, "{found}");
    }

    #[test]
    fn result_depends_neither_on_the_order_nor_on_how_numbers_were_shared_out() {
        for n in [2, 100, 128, 129, 200, 5_000] {
            let number = |n: u32| f64::from(n * 7_919 % 5_003);
            let whole = of((0..n).map(number));
            let mut shared = of((0..n).step_by(3).map(number));
            shared.add(of((1..n).step_by(3).map(number)));
            shared.add(of((2..n).step_by(3).map(number)));
            let reversed = of((0..n).rev().map(number));
            for share in [0.0, 0.1, 0.5, 0.99, 1.0] {
                let wanted = whole.clone().at(share);
                assert!(is(shared.clone().at(share), wanted), "{n} {share}");
                assert!(is(reversed.clone().at(share), wanted), "{n} {share}");
            }
        }
    }

    #[test]
    fn nan_counts_only_where_there_is_nothing_else() {
        assert!(of([]).at(0.5).is_nan());
        assert!(is(of([f64::NAN, 3.0, f64::NAN]).at(0.9), 3.0));
        assert!(is(of([f64::INFINITY]).at(0.5), f64::MAX));
    }

    #[test]
    fn sketch_comes_back_from_its_bytes() {
        for n in [0, 1, 2, 128, 1_000] {
            let numbers = of((0..n).map(f64::from));
            let bytes = postcard::to_stdvec(&numbers).expect("bytes");
            let read: Quantiles = postcard::from_bytes(&bytes).expect("a sketch");
            assert_eq!(read.len(), numbers.len());
            assert!(is(read.clone().at(0.5), numbers.at(0.5)) || n == 0);
            assert_eq!(postcard::to_stdvec(&read).expect("bytes"), bytes);
        }
        assert!(postcard::from_bytes::<Quantiles>(&[2, 0, 7]).is_err());
    }
}
