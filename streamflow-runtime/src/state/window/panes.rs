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

use super::{Span, Told};

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
    /// The newest step that anything has come for since the last result, of those that are in here already.
    changed: Option<i64>,
    /// What the step brings that is just ending.
    #[serde(skip)]
    waiting: Option<V>,
    /// The results of windows that have just ended or are told of, each with the first step of its window,
    /// the oldest one last, until they are taken.
    #[serde(skip)]
    results: Vec<(i64, V)>,
}

impl<V> Default for Panes<V> {
    fn default() -> Self {
        Panes {
            front: Vec::new(),
            back: Vec::new(),
            back_total: None,
            changed: None,
            waiting: None,
            results: Vec::new(),
        }
    }
}

impl<V> Panes<V> {
    /// What the step that is just ending brings.
    pub(super) fn wait(&mut self, value: V) {
        self.waiting = Some(value);
    }

    /// Whether anything has come for steps that are in here already, since the last result.
    pub(super) fn has_changed(&self) -> bool {
        self.changed.is_some()
    }

    /// The results with the first steps of their windows, the oldest one first.
    pub(super) fn take_results(&mut self) -> impl Iterator<Item = (i64, V)> + '_ {
        self.results.drain(..).rev()
    }

    pub(super) fn take_result(&mut self) -> Option<V> {
        self.results.pop().map(|(_, result)| result)
    }

    /// Makes another value of each, combined ones too.
    pub(super) fn map<W>(self, change: impl Fn(V) -> W) -> Panes<W> {
        let all = |steps: Vec<(i64, V)>| {
            let steps = steps.into_iter();
            steps.map(|(step, value)| (step, change(value))).collect()
        };
        Panes {
            front: all(self.front),
            back: all(self.back),
            back_total: self.back_total.map(&change),
            changed: self.changed,
            waiting: self.waiting.map(&change),
            results: all(self.results),
        }
    }
}

impl<V: Clone> Panes<V> {
    /// One step.
    pub(super) fn of(step: i64, value: V) -> Self {
        Panes {
            back: vec![(step, value.clone())],
            back_total: Some(value),
            changed: Some(step),
            ..Self::default()
        }
    }

    /// Adds what has come for steps that are in here already, or lie between them.
    pub(super) fn take_in<E>(
        &mut self,
        other: Panes<V>,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        self.changed = self.changed.max(other.changed);
        for (step, value) in other.back {
            let is_in_front = self
                .front
                .first()
                .is_some_and(|(newest, _)| step <= *newest);
            if is_in_front {
                self.add_in_front(step, value, combine)?;
            } else {
                self.add_behind(step, value, combine)?;
            }
        }
        Ok(())
    }

    /// The front has with each step all those behind it.
    fn add_in_front<E>(
        &mut self,
        step: i64,
        value: V,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        // The last one of the front is the oldest.
        let older = self.front.partition_point(|(other, _)| *other > step);
        let is_new = self
            .front
            .get(older)
            .is_none_or(|(other, _)| *other != step);
        for (_, total) in self.front.iter_mut().skip(older) {
            combine(total, value.clone())?;
        }
        if is_new {
            let mut total = value;
            if let Some((_, behind)) = older.checked_sub(1).and_then(|at| self.front.get(at)) {
                combine(&mut total, behind.clone())?;
            }
            self.front.insert(older, (step, total));
        }
        Ok(())
    }

    fn add_behind<E>(
        &mut self,
        step: i64,
        value: V,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.back_total {
            Some(total) => combine(total, value.clone())?,
            empty => *empty = Some(value.clone()),
        }
        let at = self.back.partition_point(|(other, _)| *other < step);
        match self.back.get_mut(at) {
            Some((other, known)) if *other == step => combine(known, value),
            _ => {
                self.back.insert(at, (step, value));
                Ok(())
            }
        }
    }

    /// Ends a step; returns whether the window has anything left, and with it a result.
    pub(super) fn close<E>(
        &mut self,
        span: Span,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<bool, E> {
        if let Some(value) = self.waiting.take() {
            self.push(span.last, value, combine)?;
        }
        self.leave(span.first, combine)?;
        self.results.clear();
        let total = self.total(combine)?;
        self.results.extend(total.map(|total| (span.first, total)));
        self.changed = None;
        Ok(!self.results.is_empty())
    }

    /// The same in the middle of a window: there is a result where something has changed.
    pub(super) fn update<E>(
        &mut self,
        span: Span,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<bool, E> {
        if self.has_changed() || self.waiting.is_some() {
            return self.close(span, combine);
        }
        self.leave(span.first, combine)?;
        Ok(!self.front.is_empty() || !self.back.is_empty())
    }

    /// Ends a step that several windows have, the oldest one first: there is a result of each that has
    /// changed or ends. Returns whether anything is left.
    pub(super) fn tell<E>(
        &mut self,
        last: i64,
        windows: &[Told],
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<bool, E> {
        if let Some(value) = self.waiting.take() {
            self.push(last, value, combine)?;
            self.changed = Some(last);
        }
        if let Some(oldest) = windows.first() {
            self.leave(oldest.first, combine)?;
        }
        self.results.clear();
        for window in windows.iter().rev() {
            if window.ends || self.changed >= Some(window.first) {
                let total = self.total_from(window.first, combine)?;
                self.results
                    .extend(total.map(|total| (window.first, total)));
            }
        }
        self.changed = None;
        Ok(!self.front.is_empty() || !self.back.is_empty())
    }

    /// All from a step on together.
    fn total_from<E>(
        &self,
        first: i64,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<V>, E> {
        let n_newer = self.front.partition_point(|(step, _)| *step >= first);
        let front = n_newer.checked_sub(1).and_then(|at| self.front.get(at));
        let mut total = front.map(|(_, value)| value.clone());
        let n_older = self.back.partition_point(|(step, _)| *step < first);
        let mut add = |value: &V| match &mut total {
            Some(total) => combine(total, value.clone()),
            empty => {
                *empty = Some(value.clone());
                Ok(())
            }
        };
        if n_older == 0 {
            self.back_total.iter().try_for_each(&mut add)?;
        } else {
            let back = self.back.iter().skip(n_older);
            back.map(|(_, value)| value).try_for_each(&mut add)?;
        }
        Ok(total)
    }

    pub(super) fn push<E>(
        &mut self,
        step: i64,
        value: V,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<(), E> {
        match &mut self.back_total {
            Some(total) => combine(total, value.clone())?,
            empty => *empty = Some(value.clone()),
        }
        self.back.push((step, value));
        Ok(())
    }

    /// Forgets the steps in front of the first one that the window has.
    pub(super) fn leave<E>(
        &mut self,
        first: i64,
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
                combine(&mut value, behind.clone())?;
            }
            self.front.push((step, value));
        }
        Ok(())
    }

    pub(super) fn total<E>(
        &self,
        combine: &mut impl FnMut(&mut V, V) -> Result<(), E>,
    ) -> Result<Option<V>, E> {
        let front = self.front.last().map(|(_, value)| value.clone());
        match (front, &self.back_total) {
            (Some(mut front), Some(back)) => {
                combine(&mut front, back.clone())?;
                Ok(Some(front))
            }
            (front, back) => Ok(front.or_else(|| back.clone())),
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

    #[expect(
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        reason = "that is how values are combined"
    )]
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
                let Ok(has_any) = panes.close(Span { last, first }, &mut join);
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

    /// The greatest and the least need each value once, in whatever order.
    #[expect(clippy::unnecessary_wraps, reason = "that is how values are combined")]
    fn extremes(known: &mut (i32, i32), other: (i32, i32)) -> Result<(), Infallible> {
        *known = (known.0.min(other.0), known.1.max(other.1));
        Ok(())
    }

    proptest! {
        #[test]
        fn what_comes_late_is_in_the_windows_that_are_open(
            steps in vec((option::of(any::<i32>()), vec((0_i64..20, any::<i32>()), 0..4)), 1..60),
            n_steps in 1_i64..20,
        ) {
            let mut panes: Panes<(i32, i32)> = Panes::default();
            let mut all: Vec<(i64, i32)> = Vec::new();
            for (last, (value, late)) in (0_i64..).zip(steps) {
                // Late by so many steps, and not too late for the window at hand.
                for (behind, value) in late {
                    let step = last - 1 - behind;
                    if step > last - n_steps && step >= 0 {
                        let Ok(()) = panes.take_in(Panes::of(step, (value, value)), &mut extremes);
                        all.push((step, value));
                    }
                }
                if let Some(value) = value {
                    panes.wait((value, value));
                    all.push((last, value));
                }
                let first = last - n_steps + 1;
                let Ok(_) = panes.close(Span { last, first }, &mut extremes);
                let inside = || all.iter().filter(|(step, _)| *step >= first);
                let least = inside().map(|(_, value)| *value).min();
                let greatest = inside().map(|(_, value)| *value).max();
                prop_assert_eq!(panes.take_result(), least.zip(greatest));
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
