//! A record as a source hands it out: a view of bytes that the batch owns.

/// One record with its metadata, borrowed from the batch it was fetched in.
///
/// `as Record` on a source gives this to the first stage instead of the decoded value:
///
/// ```text
/// from kafka("user_access") as Record | map(|record| (record.partition, record.offset)) | print
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'b> {
    /// The topic (for a file source the file's path) that the record was read from.
    pub topic: &'b str,
    /// The partition of the topic.
    pub partition: i32,
    /// The record's own offset in its partition; for a file, the byte at which its line begins.
    pub offset: i64,
    /// Milliseconds since the Unix epoch, or -1 where the source knows none.
    pub timestamp_ms: i64,
    /// The key; `None` is a null key.
    pub key: Option<&'b [u8]>,
    /// The value; `None` is a null value (a tombstone in a compacted topic).
    pub value: Option<&'b [u8]>,
    /// The headers, decoded only when they are asked for.
    pub headers: Headers<'b>,
}

/// The headers of a record, in the bytes of record-batch v2: decoded while iterated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Headers<'b> {
    count: usize,
    bytes: &'b [u8],
}

impl<'b> Headers<'b> {
    /// `count` headers in the layout of record-batch v2: varint length, name, varint length (-1
    /// for null), value.
    pub(crate) fn new(count: usize, bytes: &'b [u8]) -> Self {
        Headers { count, bytes }
    }

    /// How many headers the record has.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether the record has no headers.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}
