//! The few requests that reading and sending take, in the versions that brokers since 0.11 understand.
//!
//! They are written out here rather than taken from a crate of the whole protocol: that has eighty
//! thousand lines for its two hundred messages, and reserves memory for whatever count a response
//! states. All versions used are those in front of the "flexible" ones, whose layout is another.

mod api_versions;
mod epochs;
mod fetch;
mod metadata;
mod produce;
mod producer_id;
mod sasl;

pub(super) use api_versions::ApiVersions;
pub(super) use epochs::{EndOfEpoch, EpochOf, read_epoch, write_epoch};
pub(super) use fetch::{FetchRequest, FetchedPartition, Wanted, read_fetch};
pub(super) use metadata::{Broker, Metadata, PartitionLeader, write_metadata};
pub(super) use produce::{Sent, Taken, read_produce, write_produce};
pub(super) use producer_id::{ProducerId, read_producer_id, write_producer_id};
pub(super) use sasl::{read_authenticate, read_handshake, write_authenticate, write_handshake};

use super::wire::Output;

/// An epoch that says nothing.
pub(super) const NO_LEADER_EPOCH: i32 = -1;

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    /// `ApiVersions`.
    Versions,
    Metadata,
    Fetch,
    /// `OffsetForLeaderEpoch`.
    Epochs,
    Produce,
    /// `InitProducerId`.
    ProducerId,
    /// `SaslHandshake`.
    Handshake,
    /// `SaslAuthenticate`.
    Authenticate,
}

impl Api {
    /// Those of which a broker says which versions it understands before they are used.
    pub(super) const NEGOTIATED: [Api; 7] = [
        Api::Metadata,
        Api::Fetch,
        Api::Epochs,
        Api::Produce,
        Api::ProducerId,
        Api::Handshake,
        Api::Authenticate,
    ];

    pub(super) fn key(self) -> i16 {
        match self {
            Api::Produce => 0,
            Api::Fetch => 1,
            Api::Metadata => 3,
            Api::Versions => 18,
            Api::ProducerId => 22,
            Api::Epochs => 23,
            Api::Handshake => 17,
            Api::Authenticate => 36,
        }
    }

    /// The oldest and the newest version that is written and read here.
    fn versions(self) -> (i16, i16) {
        match self {
            Api::Versions => (0, 0),
            // From 4 on, asking for a topic need not create it.
            Api::Metadata => (4, 7),
            // From 4 on, aborted transactions are told. 10 may return zstd. From 11 on, a leader
            // may name a replica to read from instead, and returns nothing.
            Api::Fetch => (4, 10),
            // From 3 on, whoever may read a topic may ask, and a leader of another epoch refuses.
            Api::Epochs => (3, 3),
            // From 3 on, batches are in the format of today. 7 may hold zstd, and 8 gives reasons.
            Api::Produce => (3, 8),
            // From 1 on, a login says how long it is good for.
            Api::ProducerId | Api::Authenticate => (0, 1),
            // From 1 on, the messages of the mechanism are requests too.
            Api::Handshake => (1, 1),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Api::Versions => "ApiVersions",
            Api::Metadata => "Metadata",
            Api::Fetch => "Fetch",
            Api::Epochs => "OffsetForLeaderEpoch",
            Api::Produce => "Produce",
            Api::ProducerId => "InitProducerId",
            Api::Handshake => "SaslHandshake",
            Api::Authenticate => "SaslAuthenticate",
        }
    }
}

/// Writes what stands in front of every request but its length.
pub(super) fn write_header(
    out: &mut Output,
    api: Api,
    version: i16,
    correlation: i32,
    client_id: &str,
) {
    out.i16(api.key());
    out.i16(version);
    out.i32(correlation);
    out.text(client_id);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::batch::Aborted;

    const TRANSACTION: Aborted = Aborted {
        producer_id: 1,
        first_offset: 2,
    };

    fn read(kind: u8, version: i16, bytes: &[u8]) {
        match kind {
            0 => drop(ApiVersions::read(bytes)),
            3 => drop(read_epoch(bytes)),
            4 => drop(read_handshake(bytes)),
            5 => drop(read_authenticate(version % 2, bytes)),
            6 => drop(read_produce(version.min(8), bytes)),
            7 => drop(read_producer_id(bytes)),
            1 => drop(Metadata::read(version, bytes)),
            _ => drop(read_fetch(version, bytes, |partition| {
                assert!(partition.records.end <= bytes.len());
                assert!(partition.aborted.len() * 16 <= bytes.len());
            })),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever a broker sends is read to an end, and takes no more memory than it has bytes.
        #[test]
        fn arbitrary_responses_never_panic(
            kind in 0_u8..8,
            version in 4_i16..11,
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            read(kind, version, &bytes);
        }

        /// The same for responses that begin as they should.
        #[test]
        fn changed_responses_never_panic(
            kind in 1_u8..3,
            version in 4_i16..11,
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = if kind == 1 {
                metadata::tests::response(version.min(7), &[(0, 7, 1), (5, -1, 1)])
            } else {
                fetch::tests::response(version, &[TRANSACTION], &[b"some bytes", b"more"])
            };
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(cut.index(bytes.len()) + 1);
            read(kind, version.min(if kind == 1 { 7 } else { 10 }), &bytes);
        }
    }
}
