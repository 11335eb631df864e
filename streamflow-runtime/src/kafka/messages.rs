//! Takes whole batches of messages out of librdkafka, and lends their bytes.
//!
//! The only module that touches librdkafka's memory. rust-rdkafka has no batch consume: its
//! message-by-message poll costs a clock read, a queue poll and an `Arc` for every record.
#![expect(unsafe_code, reason = "librdkafka's batch consume exists in C only")]

use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::ops::Range;
use std::ptr;
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings as c;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::types::RDKafkaRespErr;

use super::client::Client;
use crate::record::{Envelope, Record};

/// How many messages are taken at a time.
const BATCH_MESSAGES: usize = 10_000;

/// The queue of one worker, and the messages it has taken out of it.
#[derive(Debug)]
pub(crate) struct Queue {
    native: *mut c::rd_kafka_queue_t,
    /// Messages that are owned by this struct: taken out, and not yet given back.
    messages: Vec<*mut c::rd_kafka_message_t>,
    /// How many of them have been handed out.
    handed_out: usize,
    // Behind the queue: the client must outlive it.
    client: Arc<Client>,
}

// SAFETY: a queue of librdkafka may be used from any thread; the messages belong to this struct
// alone and are not tied to the thread that took them.
unsafe impl Send for Queue {}

/// Messages in a row that are of one partition, or one error.
#[derive(Debug)]
pub(crate) enum Taken {
    /// The messages at these places of the batch.
    Run {
        /// Which topic and partition.
        source: SourceId,
        /// Where in the batch.
        places: Range<usize>,
        /// The offset of the last message.
        last_offset: i64,
    },
    /// The end of the partition, as it is now.
    End {
        /// Which topic and partition.
        source: SourceId,
        /// The offset that the next record will have.
        offset: i64,
    },
    /// Something is wrong with the partition.
    Failed {
        /// Which topic and partition.
        source: SourceId,
        /// What.
        code: RDKafkaErrorCode,
        /// The offset at which, where one is known.
        offset: i64,
    },
}

/// A topic and partition as librdkafka tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SourceId {
    topic: *mut c::rd_kafka_topic_t,
    partition: i32,
}

impl Queue {
    /// A queue of one worker.
    pub(crate) fn new(client: &Arc<Client>) -> Self {
        Queue {
            // SAFETY: the client is alive; the queue is given back in `drop`.
            native: unsafe { c::rd_kafka_queue_new(client.handle()) },
            messages: Vec::with_capacity(BATCH_MESSAGES),
            handed_out: 0,
            client: Arc::clone(client),
        }
    }

    /// Lets the messages of a partition come here. To be called before it is assigned.
    pub(crate) fn takes(&self, topic: &str, partition: i32) {
        // A topic name with a NUL in it has been refused by the broker before.
        let Ok(topic) = CString::new(topic) else {
            return;
        };
        // SAFETY: all pointers are live. The reference to the partition's queue is given back at
        // once; the forwarding stays.
        unsafe {
            let of_partition =
                c::rd_kafka_queue_get_partition(self.client.handle(), topic.as_ptr(), partition);
            if !of_partition.is_null() {
                c::rd_kafka_queue_forward(of_partition, self.native);
                c::rd_kafka_queue_destroy(of_partition);
            }
        }
    }

    /// Whether every message of the batch has been handed out.
    pub(crate) fn is_spent(&self) -> bool {
        self.handed_out >= self.messages.len()
    }

    /// Gives the spent batch back and takes the next one, waiting for at most `wait` for its
    /// first message. Returns whether there is one.
    pub(crate) fn refill(&mut self, wait: Duration) -> bool {
        self.give_back();
        // librdkafka waits until the batch is full, so what is there is taken without waiting,
        // and only a first message is waited for.
        self.take(BATCH_MESSAGES, 0);
        if self.messages.is_empty() && !wait.is_zero() {
            let wait_ms = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX).max(1);
            self.take(1, wait_ms);
            if !self.messages.is_empty() {
                self.take(BATCH_MESSAGES - 1, 0);
            }
        }
        !self.messages.is_empty()
    }

    fn take(&mut self, most: usize, wait_ms: i32) {
        self.messages.reserve(most);
        let known = self.messages.len();
        // SAFETY: there is room for `most` pointers behind the known ones, and librdkafka
        // initialises as many as it says, each a message that this struct now owns.
        unsafe {
            let room = self.messages.as_mut_ptr().add(known);
            let taken = c::rd_kafka_consume_batch_queue(self.native, wait_ms, room, most);
            let taken = usize::try_from(taken).unwrap_or(0).min(most);
            self.messages.set_len(known + taken);
        }
    }

    /// The next messages in a row of one partition; `None` when the batch is spent.
    pub(crate) fn next_run(&mut self) -> Option<Taken> {
        let begin = self.handed_out;
        let first = self.message(begin)?;
        let source = SourceId {
            topic: first.rkt,
            partition: first.partition,
        };
        if first.err != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            let (code, offset) = (RDKafkaErrorCode::from(first.err), first.offset);
            self.handed_out += 1;
            return Some(if code == RDKafkaErrorCode::PartitionEOF {
                Taken::End { source, offset }
            } else {
                Taken::Failed {
                    source,
                    code,
                    offset,
                }
            });
        }
        let mut last_offset = first.offset;
        let mut end = begin + 1;
        while let Some(message) = self.message(end) {
            let goes_on = message.err == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
                && message.rkt == source.topic
                && message.partition == source.partition;
            if !goes_on {
                break;
            }
            last_offset = message.offset;
            end += 1;
        }
        self.handed_out = end;
        Some(Taken::Run {
            source,
            places: begin..end,
            last_offset,
        })
    }

    fn message(&self, place: usize) -> Option<&c::rd_kafka_message_t> {
        // SAFETY: the pointers up to `len` are messages that this struct owns, and they live
        // until `give_back`, which takes `&mut self`.
        self.messages
            .get(place)
            .map(|message| unsafe { &**message })
    }

    /// The messages at some places of the batch.
    pub(crate) fn messages<'r>(
        &'r self,
        places: Range<usize>,
        topic: &'r str,
        partition: i32,
    ) -> Messages<'r> {
        let messages = self.messages.get(places).unwrap_or(&[]).iter();
        Messages {
            rest: messages,
            topic,
            partition,
        }
    }

    fn give_back(&mut self) {
        for message in self.messages.drain(..) {
            // SAFETY: this struct owns the message, and gives it back once.
            unsafe { c::rd_kafka_message_destroy(message) };
        }
        self.handed_out = 0;
    }

    /// The client that the queue belongs to.
    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.give_back();
        // SAFETY: made in `of_partitions`, given back once; the client is still alive.
        unsafe { c::rd_kafka_queue_destroy(self.native) };
    }
}

impl SourceId {
    /// The topic's name and the partition.
    pub(crate) fn name(&self) -> (String, i32) {
        if self.topic.is_null() {
            return (String::new(), self.partition);
        }
        // SAFETY: librdkafka keeps the topic as long as the client, and its name is a C string.
        let name = unsafe { CStr::from_ptr(c::rd_kafka_topic_name(self.topic)) };
        (name.to_string_lossy().into_owned(), self.partition)
    }
}

/// Messages of one partition, lent as records.
#[derive(Debug)]
pub struct Messages<'r> {
    rest: slice::Iter<'r, *mut c::rd_kafka_message_t>,
    topic: &'r str,
    partition: i32,
}

impl<'r> Iterator for Messages<'r> {
    type Item = Record<'r>;

    #[inline]
    fn next(&mut self) -> Option<Record<'r>> {
        let message = *self.rest.next()?;
        // SAFETY: the queue that lends itself for 'r owns the message and does not give it back
        // before 'r ends; key and payload lie in memory that the message owns.
        let (message, key, value) = unsafe {
            let message: &'r c::rd_kafka_message_t = &*message;
            (
                message,
                bytes(message.key, message.key_len),
                bytes(message.payload, message.len),
            )
        };
        Some(Record {
            topic: self.topic,
            partition: self.partition,
            offset: message.offset,
            key,
            value,
            envelope: Envelope::Message(MessageRef {
                message,
                lent: PhantomData,
            }),
        })
    }
}

/// The bytes at a pointer of librdkafka; null where there is none.
///
/// # Safety
///
/// A pointer that is not null must be readable for `length` bytes during 'r.
#[inline]
unsafe fn bytes<'r>(start: *mut std::ffi::c_void, length: usize) -> Option<&'r [u8]> {
    if start.is_null() {
        return None;
    }
    // SAFETY: the caller's.
    Some(unsafe { slice::from_raw_parts(start.cast::<u8>(), length) })
}

/// A message whose timestamp and headers can still be asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MessageRef<'r> {
    message: *const c::rd_kafka_message_t,
    lent: PhantomData<&'r ()>,
}

impl<'r> MessageRef<'r> {
    pub(crate) fn timestamp_ms(self) -> Option<i64> {
        let mut kind = c::rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        // SAFETY: the message is alive during 'r.
        let timestamp_ms = unsafe { c::rd_kafka_message_timestamp(self.message, &raw mut kind) };
        (timestamp_ms >= 0).then_some(timestamp_ms)
    }

    /// The header at a place, if there are as many.
    pub(crate) fn header(self, at: usize) -> Option<(&'r str, Option<&'r [u8]>)> {
        let mut headers = ptr::null_mut();
        let mut name = ptr::null();
        let mut value = ptr::null();
        let mut length = 0;
        // SAFETY: the message is alive during 'r and owns its headers; both calls only fill in
        // the pointers they are given.
        unsafe {
            let none = RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR;
            if c::rd_kafka_message_headers(self.message, &raw mut headers) != none {
                return None;
            }
            let found = c::rd_kafka_header_get_all(
                headers,
                at,
                &raw mut name,
                &raw mut value,
                &raw mut length,
            );
            if found != none {
                return None;
            }
            let name = CStr::from_ptr(name).to_str().unwrap_or("");
            Some((name, bytes(value.cast_mut(), length)))
        }
    }
}
