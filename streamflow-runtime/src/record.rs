//! A record as a source hands it out: a view of bytes that the batch owns.

/// One record with its metadata, borrowed from the batch it was fetched in.
///
/// `as Record` on a source gives this to the first stage instead of the decoded value:
///
/// ```text
/// from kafka("user_access") as Record | map(|record| (record.partition, record.offset)) | print
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Record<'b> {
    /// The topic (for a file source the file's path) that the record was read from.
    pub topic: &'b str,
    /// The partition of the topic; 0 for sources without partitions.
    pub partition: i32,
    /// The record's own offset in its partition; for a file, the byte at which its line begins.
    pub offset: i64,
    /// The key; `None` is a null key.
    pub key: Option<&'b [u8]>,
    /// The value; `None` is a null value (a tombstone in a compacted topic).
    pub value: Option<&'b [u8]>,
    /// What is looked at only when it is asked for.
    pub(crate) envelope: Envelope<'b>,
}

/// Where timestamp and headers of a record lie.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Envelope<'b> {
    /// Nowhere: the source knows none.
    None,
    /// In the bytes of a record batch.
    Batch {
        /// Milliseconds since the Unix epoch; -1 is none.
        timestamp_ms: i64,
        /// How many headers there are.
        n_headers: usize,
        /// The headers: varint length, name, varint length (-1 for null), value.
        headers: &'b [u8],
    },
    /// In a message that librdkafka owns.
    #[cfg(feature = "kafka")]
    Message(crate::kafka::messages::MessageRef<'b>),
}

impl<'b> Record<'b> {
    /// A record that has nothing but a value: a line of a file, of standard input, of a socket.
    pub(crate) fn of_value(topic: &'b str, offset: i64, value: &'b [u8]) -> Self {
        Record {
            topic,
            partition: 0,
            offset,
            key: None,
            value: Some(value),
            envelope: Envelope::None,
        }
    }

    /// Milliseconds since the Unix epoch, where the source knows them: the time that the producer
    /// gave, or that of the broker for topics with `message.timestamp.type=LogAppendTime`.
    pub fn timestamp_ms(&self) -> Option<i64> {
        match self.envelope {
            Envelope::None => None,
            Envelope::Batch { timestamp_ms, .. } => (timestamp_ms >= 0).then_some(timestamp_ms),
            #[cfg(feature = "kafka")]
            Envelope::Message(message) => message.timestamp_ms(),
        }
    }

    /// The headers, decoded while they are iterated.
    pub fn headers(&self) -> Headers<'b> {
        Headers(match self.envelope {
            Envelope::None => HeadersIn::Batch {
                left: 0,
                bytes: &[],
            },
            Envelope::Batch {
                n_headers, headers, ..
            } => HeadersIn::Batch {
                left: n_headers,
                bytes: headers,
            },
            #[cfg(feature = "kafka")]
            Envelope::Message(message) => HeadersIn::Message { message, at: 0 },
        })
    }
}

/// The headers of a record: names and values, in order. A name may stand several times.
#[derive(Debug, Clone)]
pub struct Headers<'b>(HeadersIn<'b>);

#[derive(Debug, Clone)]
enum HeadersIn<'b> {
    Batch {
        left: usize,
        bytes: &'b [u8],
    },
    #[cfg(feature = "kafka")]
    Message {
        message: crate::kafka::messages::MessageRef<'b>,
        at: usize,
    },
}

impl<'b> Iterator for Headers<'b> {
    type Item = (&'b str, Option<&'b [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            HeadersIn::Batch { left, bytes } => {
                *left = left.checked_sub(1)?;
                let (header, rest) = crate::batch::split_header(bytes)?;
                *bytes = rest;
                Some(header)
            }
            #[cfg(feature = "kafka")]
            HeadersIn::Message { message, at } => {
                let header = message.header(*at)?;
                *at += 1;
                Some(header)
            }
        }
    }
}
