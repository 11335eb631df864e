//! The steps of one key's window, combined as two stacks.
//!
//! ```text
//!   leaves ◄── front: 1⊕2⊕3  2⊕3  3 │ back: 4  5 ◄── comes      result: (what is left of front) ⊕ 4⊕5
//! ```
//!
//! The front holds for each of its steps the steps from it on, already combined: what leaves is
//! popped. When it is empty, the back is turned into a new front, once for each step. So a step costs
//! a few combinations, however many a window has, and combining needs no inverse: the greatest, a
//! closure and sums of fractions are as exact as if each window were computed anew.

use serde::{Deserialize, Serialize};

use super::Span;

/// What one key has of each step of its window.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "V: Deserialize<'de>"))]
pub struct Panes<V> {
    /// Of each step, the last one first: it with all behind it in this stack.
    front: Vec<(i64, V)>,
    /// Steps behind those, in their order.
    back: Vec<(i64, V)>,
    /// All of the back together.
    back_total: Option<V>,
    /// What the step brings that is just ending.
    #[serde(skip)]
    waiting: Option<V>,
    /// The result of the window that has just ended, until it is taken.
    #[serde(skip)]
    result: Option<V>,
}

impl<V> Default for Panes<V> {
    fn default() -> Self {
        Panes {
            front: Vec::new(),
            back: Vec::new(),
            back_total: None,
            waiting: None,
            result: None,
        }
    }
}

impl<V> Panes<V> {
    /// What the step that is just ending brings.
    pub(super) fn wait(&mut self, value: V) {
        self.waiting = Some(value);
    }

    pub(super) fn take_result(&mut self) -> Option<V> {
        self.result.take()
    }
}

impl<V> Panes<V> {
    /// Ends a step; returns whether the window has anything left, and with it a result.
    pub(super) fn close<E>(
        &mut self,
        span: Span,
        copy: fn(&V) -> V,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<bool, E> {
        if let Some(value) = self.waiting.take() {
            self.push(span.last, value, copy, combine)?;
        }
        self.leave(span.first, copy, combine)?;
        self.result = self.total(copy, combine)?;
        Ok(self.result.is_some())
    }

    fn push<E>(
        &mut self,
        step: i64,
        value: V,
        copy: fn(&V) -> V,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.back_total {
            Some(total) => combine(total, copy(&value))?,
            empty => *empty = Some(copy(&value)),
        }
        self.back.push((step, value));
        Ok(())
    }

    /// Forgets the steps in front of the first one that the window has.
    fn leave<E>(
        &mut self,
        first: i64,
        copy: fn(&V) -> V,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        while self.front.pop_if(|(step, _)| *step < first).is_some() {}
        let leaves = self.back.first().is_some_and(|(step, _)| *step < first);
        if !leaves {
            return Ok(());
        }
        // What is left of the front is older than the back, and has left before it.
        self.back_total = None;
        self.front.clear();
        for (step, mut value) in std::mem::take(&mut self.back).into_iter().rev() {
            if step < first {
                break;
            }
            if let Some((_, behind)) = self.front.last() {
                combine(&mut value, copy(behind))?;
            }
            self.front.push((step, value));
        }
        Ok(())
    }

    fn total<E>(
        &self,
        copy: fn(&V) -> V,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<V>, E> {
        let front = self.front.last().map(|(_, value)| copy(value));
        match (front, &self.back_total) {
            (Some(mut front), Some(back)) => {
                combine(&mut front, copy(back))?;
                Ok(Some(front))
            }
            (front, back) => Ok(front.or_else(|| back.as_ref().map(copy))),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn join(known: &mut String, other: String) -> Result<(), Infallible> {
        known.push_str(&other);
        Ok(())
    }

    proptest! {
        /// Combining by joining texts shows the order, and whether anything is missing or twice.
        #[test]
        fn window_has_its_steps_in_order(
            steps in vec(option::of("[a-z]{1,2}"), 1..60),
            n_steps in 1_i64..20,
            restarts in vec(any::<bool>(), 60),
        ) {
            let mut panes: Panes<String> = Panes::default();
            for (last, restarts) in (0_i64..).zip(restarts).take(steps.len()) {
                let at = usize::try_from(last).unwrap();
                if let Some(value) = &steps[at] {
                    panes.wait(value.clone());
                }
                let first = last - n_steps + 1;
                let Ok(has_any) = panes.close(Span { last, first }, String::clone, &mut join);
                let from = usize::try_from(first.max(0)).unwrap();
                let expected: String = steps[from..=at].iter().flatten().cloned().collect();
                prop_assert_eq!(has_any, !expected.is_empty());
                prop_assert_eq!(panes.take_result().unwrap_or_default(), expected);
                if restarts {
                    let image = postcard::to_stdvec(&panes).unwrap();
                    panes = postcard::from_bytes(&image).unwrap();
                }
            }
        }
    }

    #[test]
    fn step_costs_a_few_combinations_however_many_a_window_has() {
        for n_steps in [1, 10, 100, 1_000, 10_000] {
            let mut panes: Panes<u64> = Panes::default();
            let mut combined = 0_i64;
            let steps = 3 * n_steps;
            for last in 0..steps {
                panes.wait(1);
                let Ok(_) = panes.close(
                    Span {
                        last,
                        first: last - n_steps + 1,
                    },
                    u64::clone,
                    &mut |known: &mut u64, other| {
                        combined += 1;
                        *known += other;
                        Ok::<(), Infallible>(())
                    },
                );
            }
            assert!(
                combined <= 3 * steps,
                "{combined} for {steps} steps of {n_steps}"
            );
        }
    }
}
