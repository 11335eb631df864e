//! How many different items there are: `HyperLogLog`.

use std::hash::{Hash, Hasher};

use datasketches::hll::{Coupon, HllSketch, HllType, HllUnion};

use crate::state::accumulate::Accumulate;
use crate::state::combine::Overflow;
use crate::state::groups::StableHasher;
use crate::state::key::Key;

/// The sketch has 2 to the power of so many registers of one byte: the standard error is 1.15 %.
const LG_REGISTERS: u8 = 13;

/// Different items, roughly counted.
///
/// Up to 768 of them the count is exact but for two items of one hash, which are one in 10^8 pairs or so.
#[derive(Debug, Clone)]
pub struct Distinct(Seen);

#[derive(Debug, Clone)]
enum Seen {
    /// One item, of one record.
    One(Coupon),
    Many(Box<HllSketch>),
}

/// Feeds a key to the library's hasher: the same bytes in every process.
struct Fed<'k, K>(&'k K);

impl<K: Key> Hash for Fed<'_, K> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let mut stable = StableHasher::default();
        self.0.hash_into(&mut stable);
        hasher.write(&stable.finish().to_le_bytes());
    }
}

fn empty() -> HllSketch {
    HllSketch::new(LG_REGISTERS, HllType::Hll8)
        .unwrap_or_else(|error| unreachable!("the number of registers is allowed: {error}"))
}

impl Distinct {
    /// One item.
    #[inline]
    pub fn of<K: Key>(item: &K) -> Self {
        Distinct(Seen::One(Coupon::from_value(Fed(item))))
    }

    /// How many there are, roughly.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate is no less than 0, and far from 2^64"
    )]
    pub fn count(&self) -> u64 {
        match &self.0 {
            Seen::One(_) => 1,
            // The other estimate depends on the order in which items came.
            Seen::Many(sketch) => sketch.composite_estimate().round() as u64,
        }
    }

    fn sketch(self) -> HllSketch {
        match self.0 {
            Seen::Many(sketch) => *sketch,
            Seen::One(coupon) => {
                let mut sketch = empty();
                sketch.update_with_coupon(coupon);
                sketch
            }
        }
    }

    fn add(&mut self, other: Distinct) {
        match (&mut self.0, other.0) {
            (Seen::One(known), Seen::One(coupon)) if *known == coupon => {}
            (Seen::Many(sketch), Seen::One(coupon)) => sketch.update_with_coupon(coupon),
            (known, other) => {
                let one = Distinct(std::mem::replace(known, other)).sketch();
                let other = self.take_sketch();
                self.0 = Seen::Many(Box::new(union(&one, &other)));
            }
        }
    }

    fn take_sketch(&mut self) -> HllSketch {
        let taken = std::mem::replace(&mut self.0, Seen::One(Coupon::from_value(0u8)));
        Distinct(taken).sketch()
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        self.clone().sketch().serialize()
    }

    /// The sketch of these bytes; one of nothing, where there are none.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let sketch = if bytes.is_empty() {
            empty()
        } else {
            HllSketch::deserialize(bytes).ok()?
        };
        Some(Distinct(Seen::Many(Box::new(sketch))))
    }
}

fn union(one: &HllSketch, other: &HllSketch) -> HllSketch {
    let mut union = HllUnion::new(LG_REGISTERS)
        .unwrap_or_else(|error| unreachable!("the number of registers is allowed: {error}"));
    union.update(one);
    union.update(other);
    union.to_sketch(HllType::Hll8)
}

super::saved_as_bytes!(Distinct, "Distinct");

/// `approx_distinct`.
impl Accumulate for Distinct {
    type Result = u64;

    #[inline]
    fn take(&mut self, other: Self) -> Result<(), Overflow> {
        self.add(other);
        Ok(())
    }

    fn result(self) -> u64 {
        self.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(items: impl IntoIterator<Item = u64>) -> Distinct {
        let mut all: Option<Distinct> = None;
        for item in items {
            match &mut all {
                Some(all) => all.add(Distinct::of(&item)),
                none => *none = Some(Distinct::of(&item)),
            }
        }
        all.expect("items")
    }

    #[test]
    fn few_items_are_counted_exactly() {
        for n in [1, 2, 7, 8, 9, 100, 700] {
            assert_eq!(of((0..n).chain(0..n)).count(), n);
        }
    }

    #[test]
    fn many_items_are_counted_roughly() {
        for n in [5_000u64, 100_000] {
            let found = of(0..n).count();
            assert!(found.abs_diff(n) * 100 < n * 4, "{n}: {found}");
        }
    }

    #[test]
    fn count_depends_neither_on_the_order_nor_on_how_items_were_shared_out() {
        for n in [3u64, 500, 1_000, 30_000] {
            let (mut even, odd) = (of((0..n).step_by(2)), of((1..n).step_by(2)));
            even.add(odd);
            assert_eq!(even.count(), of(0..n).count());
            assert_eq!(of((0..n).rev()).count(), of(0..n).count());
            assert_eq!(even.bytes().len(), of(0..n).bytes().len());
        }
    }

    #[test]
    fn sketch_comes_back_from_its_bytes() {
        for n in [1u64, 500, 30_000] {
            let bytes = postcard::to_stdvec(&of(0..n)).expect("bytes");
            let read: Distinct = postcard::from_bytes(&bytes).expect("a sketch");
            assert_eq!(read.count(), of(0..n).count());
            // Those of some hundred items have no order.
            assert_eq!(read.bytes().len(), of(0..n).bytes().len());
        }
        assert!(postcard::from_bytes::<Distinct>(&[2, 7, 7]).is_err());
    }
}
