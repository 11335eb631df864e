//! The queries, by what they are about.

mod joins;
mod one_by_one;
mod per_key;
mod windows;

use serde::{Deserialize, Serialize};
use streamflow::Job;

use crate::events::History;
use crate::oracle::{self, Expected};

/// A query of the benchmark.
#[derive(Debug, Clone, Copy)]
pub struct Query {
    /// `q5`.
    pub name: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// The job that answers it.
    pub job: fn(&Topics) -> Job<'static>,
    /// What it gives for all that has happened.
    pub expected: fn(&History) -> Expected,
}

/// The queries, by their numbers.
pub const QUERIES: [Query; 14] = [
    Query {
        name: "q0",
        asks: "all bids, as they are",
        job: one_by_one::q0,
        expected: oracle::q0,
    },
    Query {
        name: "q1",
        asks: "all bids, in euros",
        job: one_by_one::q1,
        expected: oracle::q1,
    },
    Query {
        name: "q2",
        asks: "the bids for some auctions",
        job: one_by_one::q2,
        expected: oracle::q2,
    },
    Query {
        name: "q3",
        asks: "who sells things of one category in three states",
        job: joins::q3,
        expected: oracle::q3,
    },
    Query {
        name: "q4",
        asks: "the average price at which auctions of each category close",
        job: joins::q4,
        expected: oracle::q4,
    },
    Query {
        name: "q5",
        asks: "the auctions with the most bids in the last ten seconds, every two seconds",
        job: windows::q5,
        expected: oracle::q5,
    },
    Query {
        name: "q6",
        asks: "the average price of the last ten auctions of each seller that have closed",
        job: joins::q6,
        expected: oracle::q6,
    },
    Query {
        name: "q7",
        asks: "the highest bids of each ten seconds",
        job: windows::q7,
        expected: oracle::q7,
    },
    Query {
        name: "q8",
        asks: "who has registered and put something up for auction in the same ten seconds",
        job: joins::q8,
        expected: oracle::q8,
    },
    Query {
        name: "q11",
        asks: "how often each person bids while bidding goes on, with gaps of less than ten seconds",
        job: windows::q11,
        expected: oracle::q11,
    },
    Query {
        name: "q12",
        asks: "how often each person bids in ten seconds of the wall clock",
        job: windows::q12,
        expected: oracle::q12,
    },
    Query {
        name: "q17",
        asks: "figures of each auction and day",
        job: windows::q17,
        expected: oracle::q17,
    },
    Query {
        name: "q18",
        asks: "the last bid of each person for each auction",
        job: per_key::q18,
        expected: oracle::q18,
    },
    Query {
        name: "q22",
        asks: "the folders in the addresses of the pages on which bids are made",
        job: one_by_one::q22,
        expected: oracle::q22,
    },
];

/// Which topics a query reads and writes.
#[derive(Debug, Clone)]
pub struct Topics {
    /// Who registers.
    pub persons: String,
    /// What is put up for auction.
    pub auctions: String,
    /// What is bid.
    pub bids: String,
    /// What the query gives.
    pub output: String,
}

impl Topics {
    /// Topics by the names of what is in them, and one for a query's results.
    pub fn of(query: &str) -> Self {
        Topics {
            persons: "persons".to_owned(),
            auctions: "auctions".to_owned(),
            bids: "bids".to_owned(),
            output: query.to_owned(),
        }
    }
}

/// What the queries read of a bid.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Bid<'b> {
    auction: u64,
    bidder: u64,
    price: u64,
    channel: &'b str,
    url: &'b str,
    time_ms: i64,
}

/// What they read of an auction.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Auction {
    id: u64,
    time_ms: i64,
    expires_ms: i64,
    seller: u64,
    category: u64,
}

/// What they read of a person.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Person<'p> {
    id: u64,
    name: &'p str,
    city: &'p str,
    state: &'p str,
    time_ms: i64,
}

/// What is kept of a bid for an auction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, streamflow::State)]
struct Offer {
    price: u64,
    time_ms: i64,
}

impl Offer {
    /// The higher one, and of two as high the earlier.
    fn or_higher(self, other: Offer) -> Offer {
        let higher = |offer: Offer| (offer.price, -offer.time_ms);
        if higher(other) > higher(self) {
            other
        } else {
            self
        }
    }
}
