//! Says which items go from one stage to the next.

use super::Explanation;
use crate::plan::Role;

impl Explanation {
    /// The type of the items that leave a stage, if it is known: that of the stage itself, or of
    /// what reaches a stage that hands on what it gets.
    pub(super) fn items(&self, id: usize) -> Option<&str> {
        let mut id = id;
        loop {
            if let Some(name) = self.types.get(&id) {
                return Some(name);
            }
            let stage = self.plan.stages.get(id)?;
            match stage.role {
                Role::Stateless | Role::EventTime { .. } => {
                    // Stages stand behind those they get items from, so this ends.
                    id = *stage.inputs.first().filter(|input| **input < id)?;
                }
                Role::Source
                | Role::Aggregate { .. }
                | Role::Ordered { .. }
                | Role::Table { .. }
                | Role::LookUp { .. }
                | Role::Sink => {
                    return None;
                }
            }
        }
    }
}
