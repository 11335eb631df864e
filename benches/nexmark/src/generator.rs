//! Makes events in the proportions of the original benchmark, the same for the same seed.

use streamflow_test_support::random::Random;

use crate::events::{Auction, Bid, Event, Person};

/// Of so many events …
const PROPORTION: u64 = 50;
/// … so many are persons, then …
const PERSONS: u64 = 1;
/// … so many auctions, and the rest are bids.
const AUCTIONS: u64 = 3;

const FIRST_PERSON: u64 = 1_000;
const FIRST_AUCTION: u64 = 1_000;
const FIRST_CATEGORY: u64 = 10;
const CATEGORIES: u32 = 5;

/// How many of the latest persons do anything.
const ACTIVE_PERSONS: u64 = 1_000;
/// How many of the latest auctions are bid for.
const AUCTIONS_IN_FLIGHT: u64 = 100;
/// How many that are yet to come are named as well: events of several makers are out of order.
const LEAD: u64 = 10;

/// One in so many is hot: bid for, bidding or selling all the time.
const HOT_ONE_IN: u64 = 100;
/// All but one in so many bids are for a hot auction.
const HOT_AUCTIONS: u32 = 2;
/// All but one in so many bids are of a hot person.
const HOT_BIDDERS: u32 = 4;
/// All but one in so many auctions are of a hot person.
const HOT_SELLERS: u32 = 4;
/// All but one in so many bids come through a hot channel.
const HOT_CHANNELS: u32 = 2;
const OTHER_CHANNELS: u32 = 10_000;

const CHANNELS: [&str; 4] = ["Google", "Facebook", "Baidu", "Apple"];
const STATES: [&str; 6] = ["AZ", "CA", "ID", "OR", "WA", "WY"];
const CITIES: [&str; 10] = [
    "Phoenix",
    "Los Angeles",
    "San Francisco",
    "Boise",
    "Portland",
    "Bend",
    "Redmond",
    "Seattle",
    "Kent",
    "Cheyenne",
];
const FIRST_NAMES: [&str; 11] = [
    "Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter",
];
const LAST_NAMES: [&str; 9] = [
    "Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris",
];

/// The sizes of events in bytes, which `extra` fills up to.
const PERSON_BYTES: usize = 200;
const AUCTION_BYTES: usize = 500;
const BID_BYTES: usize = 100;

/// Makes events, one after the other.
#[derive(Debug)]
pub struct Generator {
    random: Random,
    first_ms: i64,
    per_second: u64,
    /// The number of the next event.
    next: u64,
}

impl Generator {
    /// Events from `first_ms` on (milliseconds since the Unix epoch), `per_second` of them in a second
    /// of their own time.
    pub fn new(seed: u64, first_ms: i64, per_second: u64) -> Self {
        Generator {
            random: Random::new(seed),
            first_ms,
            per_second: per_second.max(1),
            next: 0,
        }
    }

    fn time_ms(&self, event: u64) -> i64 {
        let since_first_ms = event * 1_000 / self.per_second;
        self.first_ms + i64::try_from(since_first_ms).unwrap_or(i64::MAX / 2)
    }

    fn person(&mut self, event: u64) -> Person {
        let id = FIRST_PERSON + last_person(event);
        let name = format!("{} {}", self.one(&FIRST_NAMES), self.one(&LAST_NAMES));
        let email = format!("{}@{}.com", self.letters(7), self.letters(5));
        let credit_card: Vec<String> = (0..4)
            .map(|_| format!("{:04}", self.random.below(10_000)))
            .collect();
        let credit_card = credit_card.join(" ");
        let (city, state) = (self.one(&CITIES).to_owned(), self.one(&STATES).to_owned());
        let size = 8 + name.len() + email.len() + credit_card.len() + city.len() + state.len();
        Person {
            id,
            name,
            email,
            credit_card,
            city,
            state,
            time_ms: self.time_ms(event),
            extra: self.filled(PERSON_BYTES, size),
        }
    }

    fn auction(&mut self, event: u64) -> Auction {
        let seller = if self.random.below(HOT_SELLERS) > 0 {
            last_person(event) / HOT_ONE_IN * HOT_ONE_IN
        } else {
            self.any_person(event)
        };
        let (initial_bid, more) = (self.price(), self.price());
        let (item, description) = (self.letters(20), self.letters(100));
        let time_ms = self.time_ms(event);
        let size = 56 + item.len() + description.len();
        Auction {
            id: FIRST_AUCTION + last_auction(event),
            item,
            description,
            initial_bid,
            reserve: initial_bid + more,
            time_ms,
            expires_ms: time_ms + self.length_ms(event, time_ms),
            seller: FIRST_PERSON + seller,
            category: FIRST_CATEGORY + u64::from(self.random.below(CATEGORIES)),
            extra: self.filled(AUCTION_BYTES, size),
        }
    }

    /// How long an auction is open: about so many are at a time.
    fn length_ms(&mut self, event: u64, time_ms: i64) -> i64 {
        let events_of_those_in_flight = AUCTIONS_IN_FLIGHT * PROPORTION / AUCTIONS;
        let horizon_ms = self.time_ms(event + events_of_those_in_flight) - time_ms;
        let longest_ms = u32::try_from(horizon_ms * 2).unwrap_or(u32::MAX).max(1);
        1 + i64::from(self.random.below(longest_ms))
    }

    fn bid(&mut self, event: u64) -> Bid {
        let auction = if self.random.below(HOT_AUCTIONS) > 0 {
            last_auction(event) / HOT_ONE_IN * HOT_ONE_IN
        } else {
            self.any_auction(event)
        };
        let bidder = if self.random.below(HOT_BIDDERS) > 0 {
            last_person(event) / HOT_ONE_IN * HOT_ONE_IN + 1
        } else {
            self.any_person(event)
        };
        let price = self.price();
        let channel = if self.random.below(HOT_CHANNELS) > 0 {
            self.one(&CHANNELS).to_owned()
        } else {
            format!("channel-{}", self.random.below(OTHER_CHANNELS))
        };
        let page: Vec<String> = (0..3).map(|_| self.letters(5)).collect();
        let url = format!(
            "https://www.nexmark.com/{}/item.htm?query=1",
            page.join("/")
        );
        let size = 32 + channel.len() + url.len();
        Bid {
            auction: FIRST_AUCTION + auction,
            bidder: FIRST_PERSON + bidder,
            price,
            channel,
            url,
            time_ms: self.time_ms(event),
            extra: self.filled(BID_BYTES, size),
        }
    }

    /// Any of the latest persons, or of those that are yet to come.
    fn any_person(&mut self, event: u64) -> u64 {
        let n_persons = last_person(event) + 1;
        let n_active = n_persons.min(ACTIVE_PERSONS);
        n_persons - n_active + self.below(n_active + LEAD)
    }

    /// Any of the latest auctions, or of those that are yet to come.
    fn any_auction(&mut self, event: u64) -> u64 {
        let last = last_auction(event);
        let first = last.saturating_sub(AUCTIONS_IN_FLIGHT);
        first + self.below(last - first + 1 + LEAD)
    }

    fn below(&mut self, end: u64) -> u64 {
        u64::from(self.random.below(u32::try_from(end).unwrap_or(u32::MAX)))
    }

    /// In cents: as many between 1 and 10 as between 100,000 and 1,000,000.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "from 100 to 100,000,000"
    )]
    fn price(&mut self) -> u64 {
        (10_f64.powf(self.random.share() * 6.0) * 100.0).round() as u64
    }

    fn one(&mut self, list: &[&'static str]) -> &'static str {
        let end = u32::try_from(list.len()).unwrap_or(u32::MAX);
        list[self.random.below(end) as usize]
    }

    /// A word of three letters at least.
    fn letters(&mut self, longest: u32) -> String {
        let n_letters = 3 + self.random.below(longest.saturating_sub(2));
        (0..n_letters).map(|_| self.letter()).collect()
    }

    fn letter(&mut self) -> char {
        char::from(b'a' + u8::try_from(self.random.below(26)).unwrap_or_default())
    }

    fn filled(&mut self, size: usize, already: usize) -> String {
        (already..size).map(|_| self.letter()).collect()
    }
}

impl Iterator for Generator {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let event = self.next;
        self.next += 1;
        Some(match event % PROPORTION {
            0..PERSONS => Event::Person(self.person(event)),
            PERSONS..=AUCTIONS => Event::Auction(self.auction(event)),
            _ => Event::Bid(self.bid(event)),
        })
    }
}

/// The number of the last person up to an event, from 0.
fn last_person(event: u64) -> u64 {
    event / PROPORTION * PERSONS + (event % PROPORTION).min(PERSONS - 1)
}

/// The number of the last auction up to an event, from 0.
fn last_auction(event: u64) -> u64 {
    let before = event / PROPORTION * AUCTIONS;
    match event % PROPORTION {
        // None of these fifty yet.
        within @ 0..PERSONS => (before + within).saturating_sub(1),
        within => before + (within - PERSONS).min(AUCTIONS - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::History;

    fn history(n_events: usize) -> History {
        Generator::new(1, 0, 100).take(n_events).collect()
    }

    #[test]
    fn proportions_are_those_of_the_benchmark() {
        let history = history(50_000);
        assert_eq!(history.persons.len(), 1_000);
        assert_eq!(history.auctions.len(), 3_000);
        assert_eq!(history.bids.len(), 46_000);
    }

    #[test]
    fn numbers_of_persons_and_auctions_go_up_by_one() {
        let history = history(5_000);
        let persons: Vec<u64> = history.persons.iter().map(|person| person.id).collect();
        assert_eq!(persons, (1_000..1_100).collect::<Vec<_>>());
        let auctions: Vec<u64> = history.auctions.iter().map(|auction| auction.id).collect();
        assert_eq!(auctions, (1_000..1_300).collect::<Vec<_>>());
    }

    #[test]
    fn half_of_the_bids_are_for_hot_auctions_and_most_are_of_hot_persons() {
        let bids = history(50_000).bids;
        let share = |is_hot: fn(&Bid) -> bool| {
            let n_hot = bids.iter().filter(|bid| is_hot(bid)).count();
            n_hot * 100 / bids.len()
        };
        let auctions = share(|bid| bid.auction % 100 == 0);
        assert!((48..54).contains(&auctions), "{auctions} %");
        let persons = share(|bid| bid.bidder % 100 == 1);
        assert!((73..79).contains(&persons), "{persons} %");
        let channels = share(|bid| CHANNELS.contains(&bid.channel.as_str()));
        assert!((48..52).contains(&channels), "{channels} %");
    }

    #[test]
    fn auctions_end_after_they_have_begun_and_sellers_exist_or_will() {
        let history = history(20_000);
        let last = history.persons.last().expect("some").id;
        for auction in &history.auctions {
            assert!(auction.expires_ms > auction.time_ms);
            assert!((1_000..=last + LEAD).contains(&auction.seller));
            assert!((10..15).contains(&auction.category));
            assert!(auction.reserve > auction.initial_bid);
        }
    }

    #[test]
    fn same_seed_makes_the_same_events() {
        let events = |seed| Generator::new(seed, 0, 100).take(500).collect::<Vec<_>>();
        assert!(events(1) == events(1));
        assert!(events(1) != events(2));
    }
}
