//! Rows that `print every 1s` keeps until the interval ends.

use serde::{Deserialize, Serialize};

/// A rendered row, and where its record stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// The partition its record came from, and the record's offset: rows are shown in this order.
    pub place: (i32, i64),
    /// The row as it is shown.
    pub text: Vec<u8>,
}

/// The rows that one worker keeps.
#[derive(Debug, Default)]
pub struct RowsState {
    pub(crate) rows: Vec<Row>,
}
