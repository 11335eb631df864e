//! What happens in the auction house.

use serde::{Deserialize, Serialize};

use crate::Topics;

/// Somebody who has registered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The number of the person.
    pub id: u64,
    /// First and last name.
    pub name: String,
    /// The address to write to.
    pub email: String,
    /// Four groups of four digits.
    pub credit_card: String,
    /// Where the person lives.
    pub city: String,
    /// The state of the city, in two letters.
    pub state: String,
    /// When it happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Fills the event up to its size.
    pub extra: String,
}

/// Something that is put up for auction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auction {
    /// The number of the auction.
    pub id: u64,
    /// What is sold.
    pub item: String,
    /// More about it.
    pub description: String,
    /// The least that may be bid, in cents.
    pub initial_bid: u64,
    /// What it has to bring, in cents.
    pub reserve: u64,
    /// When it happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// When the auction ends, in milliseconds since the Unix epoch.
    pub expires_ms: i64,
    /// The number of the person who sells.
    pub seller: u64,
    /// One of five: 10 to 14.
    pub category: u64,
    /// Fills the event up to its size.
    pub extra: String,
}

/// A bid for an auction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// The number of the auction.
    pub auction: u64,
    /// The number of the person who bids.
    pub bidder: u64,
    /// In cents.
    pub price: u64,
    /// Through which channel the bid came.
    pub channel: String,
    /// The page on which it was made.
    pub url: String,
    /// When it happened, in milliseconds since the Unix epoch.
    pub time_ms: i64,
    /// Fills the event up to its size.
    pub extra: String,
}

/// Anything that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody registers.
    Person(Person),
    /// Something is put up for auction.
    Auction(Auction),
    /// Somebody bids.
    Bid(Bid),
}

impl Event {
    /// The topic that it is written to.
    pub fn topic<'t>(&self, topics: &'t Topics) -> &'t str {
        match self {
            Event::Person(_) => &topics.persons,
            Event::Auction(_) => &topics.auctions,
            Event::Bid(_) => &topics.bids,
        }
    }

    /// It as JSON.
    ///
    /// # Panics
    ///
    /// Never: numbers and texts can be written.
    pub fn json(&self) -> String {
        let json = match self {
            Event::Person(person) => serde_json::to_string(person),
            Event::Auction(auction) => serde_json::to_string(auction),
            Event::Bid(bid) => serde_json::to_string(bid),
        };
        json.expect("numbers and texts can be written")
    }
}

/// All that has happened, each kind in its order.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Who has registered.
    pub persons: Vec<Person>,
    /// What was put up for auction.
    pub auctions: Vec<Auction>,
    /// What was bid.
    pub bids: Vec<Bid>,
}

impl FromIterator<Event> for History {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Self {
        let mut history = History::default();
        for event in events {
            match event {
                Event::Person(person) => history.persons.push(person),
                Event::Auction(auction) => history.auctions.push(auction),
                Event::Bid(bid) => history.bids.push(bid),
            }
        }
        history
    }
}
