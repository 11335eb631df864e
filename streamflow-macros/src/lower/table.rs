//! Tells joins that look into a table from those of two streams.

use super::Lowering;
use crate::model::{Join, Node};
use crate::plan::{AsOf, Operation};

impl<'m> Lowering<'m> {
    /// A join: of two streams, or of a stream and a table.
    pub(super) fn join(&self, node: &'m Node, inputs: &[usize], join: Join) -> Operation<'m> {
        match self.table_among(inputs) {
            None => self.streams_join(node, inputs, join),
            Some(table) => Operation::LookUp {
                join,
                table,
                as_of: node.keeping.as_of.and_then(|_| self.as_of(node, inputs)),
            },
        }
    }

    /// The second input, where it is a table.
    fn table_among(&self, inputs: &[usize]) -> Option<usize> {
        let other = *inputs.get(1)?;
        let stage = self.stages.get(other)?;
        matches!(stage.operation, Operation::Table { .. }).then_some(other)
    }

    /// How items wait for the version of their own time. Both sides have one, which has been checked.
    fn as_of(&self, node: &Node, inputs: &[usize]) -> Option<AsOf> {
        let [stream, table] = inputs else {
            return None;
        };
        Some(AsOf {
            state: self.state(node),
            table: self.timed(*table)?,
            stream: self.timed(*stream)?,
        })
    }
}
