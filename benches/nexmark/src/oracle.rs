//! What each query has to give, by a slow and obvious reading of all that has happened.

use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::events::{Auction, Bid, History};

/// What a query has to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// These rows, in any order.
    Rows(Vec<String>),
    /// For each key, this as the last of its rows.
    Latest(BTreeMap<String, String>),
    /// For each key, rows that are numbers with this sum: how many there are is for the clock to say.
    Sums(BTreeMap<String, u64>),
}

impl Expected {
    /// Holds what a query has given against it: keys and values in the order of each key.
    ///
    /// # Errors
    ///
    /// The first rows that are missing, too many, or not those that are expected.
    pub fn is_given(
        &self,
        given: impl IntoIterator<Item = (Option<String>, String)>,
    ) -> Result<(), String> {
        match self {
            Expected::Rows(rows) => {
                let mut rows = rows.clone();
                let mut given: Vec<String> = given.into_iter().map(|(_, row)| row).collect();
                rows.sort();
                given.sort();
                same(&rows, &given)
            }
            Expected::Latest(latest) => {
                let given = given.into_iter();
                let given = given.map(|(key, row)| (key.unwrap_or_default(), row));
                let given: BTreeMap<String, String> = given.collect();
                same(
                    &latest.iter().collect::<Vec<_>>(),
                    &given.iter().collect::<Vec<_>>(),
                )
            }
            Expected::Sums(sums) => {
                let mut given_sums: BTreeMap<String, u64> = BTreeMap::new();
                for (key, row) in given {
                    let number: u64 = row.parse().map_err(|_| format!("`{row}` is no number"))?;
                    *given_sums.entry(key.unwrap_or_default()).or_default() += number;
                }
                same(
                    &sums.iter().collect::<Vec<_>>(),
                    &given_sums.iter().collect::<Vec<_>>(),
                )
            }
        }
    }
}

fn same<T: PartialEq + Debug>(expected: &[T], given: &[T]) -> Result<(), String> {
    if expected == given {
        return Ok(());
    }
    let at = expected.iter().zip(given).take_while(|(a, b)| a == b);
    let at = at.count();
    Err(format!(
        "{} rows are expected, {} were given; the first that differ: {:?} and {:?}",
        expected.len(),
        given.len(),
        expected.get(at),
        given.get(at)
    ))
}

fn rows<T>(items: impl IntoIterator<Item = T>, row: impl Fn(T) -> String) -> Expected {
    Expected::Rows(items.into_iter().map(row).collect())
}

pub(crate) fn q0(history: &History) -> Expected {
    rows(&history.bids, |bid| {
        format!(
            "{},{},{},{}",
            bid.auction, bid.bidder, bid.price, bid.time_ms
        )
    })
}

pub(crate) fn q1(history: &History) -> Expected {
    rows(&history.bids, |bid| {
        let euros = bid.price * 908 / 1_000;
        format!("{},{},{euros},{}", bid.auction, bid.bidder, bid.time_ms)
    })
}

pub(crate) fn q2(history: &History) -> Expected {
    let bids = history.bids.iter().filter(|bid| bid.auction % 123 == 0);
    rows(bids, |bid| format!("{},{}", bid.auction, bid.price))
}

pub(crate) fn q3(history: &History) -> Expected {
    let mut found = Vec::new();
    for auction in history.auctions.iter().filter(|it| it.category == 10) {
        let sellers = history.persons.iter().filter(|it| it.id == auction.seller);
        for person in sellers.filter(|it| ["OR", "ID", "CA"].contains(&it.state.as_str())) {
            let (name, city, state) = (&person.name, &person.city, &person.state);
            found.push(format!("{name},{city},{state},{}", auction.id));
        }
    }
    Expected::Rows(found)
}

/// The auctions that close with a bid, in the order in which they do, with the price.
fn closed(history: &History) -> Vec<(&Auction, u64)> {
    let mut bids_of: BTreeMap<u64, Vec<&Bid>> = BTreeMap::new();
    for bid in &history.bids {
        bids_of.entry(bid.auction).or_default().push(bid);
    }
    let mut closed: Vec<(&Auction, u64)> = Vec::new();
    for auction in &history.auctions {
        let open = auction.time_ms..=auction.expires_ms;
        let bids = bids_of.get(&auction.id).into_iter().flatten();
        let bids = bids.filter(|bid| open.contains(&bid.time_ms));
        if let Some(price) = bids.map(|bid| bid.price).max() {
            closed.push((auction, price));
        }
    }
    closed.sort_by_key(|(auction, _)| (auction.expires_ms, auction.id));
    closed
}

pub(crate) fn q4(history: &History) -> Expected {
    let mut prices: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (auction, price) in closed(history) {
        prices.entry(auction.category).or_default().push(price);
    }
    averages(prices)
}

pub(crate) fn q6(history: &History) -> Expected {
    let mut prices: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    for (auction, price) in closed(history) {
        let prices = prices.entry(auction.seller).or_default();
        prices.push(price);
        if prices.len() > 10 {
            prices.remove(0);
        }
    }
    averages(prices)
}

fn averages(prices: BTreeMap<u64, Vec<u64>>) -> Expected {
    let averages = prices.into_iter().map(|(key, prices)| {
        let average = prices.iter().sum::<u64>() / prices.len() as u64;
        (key.to_string(), average.to_string())
    });
    Expected::Latest(averages.collect())
}

/// All windows of a size and step that have bids, with these.
fn windows(history: &History, size_ms: i64, step_ms: i64) -> BTreeMap<i64, Vec<&Bid>> {
    let mut windows: BTreeMap<i64, Vec<&Bid>> = BTreeMap::new();
    for bid in &history.bids {
        let mut begin_ms = bid.time_ms.div_euclid(step_ms) * step_ms;
        while begin_ms + size_ms > bid.time_ms {
            windows.entry(begin_ms).or_default().push(bid);
            begin_ms -= step_ms;
        }
    }
    windows
}

pub(crate) fn q5(history: &History) -> Expected {
    let mut found = Vec::new();
    for bids in windows(history, 10_000, 2_000).values() {
        let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
        for bid in bids {
            *counts.entry(bid.auction).or_default() += 1;
        }
        let most = counts.values().max().copied().unwrap_or_default();
        let hottest = counts.into_iter().filter(|(_, n_bids)| *n_bids == most);
        found.extend(hottest.map(|(auction, n_bids)| format!("{auction},{n_bids}")));
    }
    Expected::Rows(found)
}

pub(crate) fn q7(history: &History) -> Expected {
    let mut found = Vec::new();
    for bids in windows(history, 10_000, 10_000).values() {
        let highest = bids.iter().map(|bid| bid.price).max().unwrap_or_default();
        let bids = bids.iter().filter(|bid| bid.price == highest);
        found.extend(bids.map(|bid| {
            format!(
                "{},{},{},{}",
                bid.auction, bid.bidder, bid.price, bid.time_ms
            )
        }));
    }
    Expected::Rows(found)
}

pub(crate) fn q8(history: &History) -> Expected {
    let persons = history.persons.iter().filter(|person| {
        let window = |time_ms: i64| time_ms.div_euclid(10_000);
        history.auctions.iter().any(|auction| {
            auction.seller == person.id && window(auction.time_ms) == window(person.time_ms)
        })
    });
    rows(persons, |person| format!("{},{}", person.id, person.name))
}

pub(crate) fn q11(history: &History) -> Expected {
    let mut times: BTreeMap<u64, Vec<i64>> = BTreeMap::new();
    for bid in &history.bids {
        times.entry(bid.bidder).or_default().push(bid.time_ms);
    }
    let mut found = Vec::new();
    for (bidder, times) in times {
        let mut n_bids = 0;
        for (at, time_ms) in times.iter().enumerate() {
            n_bids += 1;
            let next_ms = times.get(at + 1);
            if next_ms.is_none_or(|next_ms| next_ms - time_ms > 10_000) {
                found.push(format!("{bidder},{n_bids}"));
                n_bids = 0;
            }
        }
    }
    Expected::Rows(found)
}

pub(crate) fn q12(history: &History) -> Expected {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for bid in &history.bids {
        *counts.entry(bid.bidder.to_string()).or_default() += 1;
    }
    Expected::Sums(counts)
}

pub(crate) fn q17(history: &History) -> Expected {
    const DAY_MS: i64 = 86_400_000;
    let mut prices: BTreeMap<(i64, u64), Vec<u64>> = BTreeMap::new();
    for bid in &history.bids {
        let of = (bid.time_ms.div_euclid(DAY_MS), bid.auction);
        prices.entry(of).or_default().push(bid.price);
    }
    rows(prices, |((_, auction), prices)| {
        let among = |from: u64, to: u64| {
            let prices = prices.iter().filter(|price| (from..to).contains(*price));
            prices.count()
        };
        let total: u64 = prices.iter().sum();
        format!(
            "{auction},{},{},{},{},{},{},{},{total}",
            prices.len(),
            among(0, 10_000),
            among(10_000, 1_000_000),
            among(1_000_000, u64::MAX),
            prices.iter().min().copied().unwrap_or_default(),
            prices.iter().max().copied().unwrap_or_default(),
            total / prices.len() as u64,
        )
    })
}

pub(crate) fn q18(history: &History) -> Expected {
    let mut last: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for bid in &history.bids {
        let known = last
            .entry(format!("{},{}", bid.bidder, bid.auction))
            .or_default();
        if bid.time_ms >= known.0 {
            *known = (bid.time_ms, format!("{},{}", bid.price, bid.time_ms));
        }
    }
    let last = last.into_iter().map(|(key, (_, row))| (key, row));
    Expected::Latest(last.collect())
}

pub(crate) fn q22(history: &History) -> Expected {
    rows(&history.bids, |bid| {
        let folders: Vec<&str> = bid.url.split('/').collect();
        format!(
            "{},{},{},{},{},{},{}",
            bid.auction, bid.bidder, bid.price, bid.channel, folders[3], folders[4], folders[5]
        )
    })
}
