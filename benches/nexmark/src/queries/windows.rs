//! Queries about bids in windows of time.

use streamflow::{Job, stream_job};

use super::{Bid, Topics};

pub(super) fn q5(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q5
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | event_time(|bid| bid.time_ms) lag 1s
            | map(|bid| (bid.auction, ()))
            | count_by_key over hopping 10s by 2s late drop as bids_of_auctions
            // Each window ends in two seconds of its own.
            | map(|(auction, n_bids)| (n_bids, vec![auction]))
            | reduce(|mut most, mut other| match most.0.cmp(&other.0) {
                std::cmp::Ordering::Less => other,
                std::cmp::Ordering::Greater => most,
                std::cmp::Ordering::Equal => { most.1.append(&mut other.1); most }
            }) over tumbling 2s late drop as hottest_auctions
            | flat_map(|(n_bids, auctions)| auctions.into_iter().map(move |it| (it, n_bids)))
            | to kafka(topics.output.clone(), value: |(auction, n_bids)| format!("{auction},{n_bids}"))
    }
}

pub(super) fn q7(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q7
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | event_time(|bid| bid.time_ms) lag 1s
            | map(|bid| (bid.price, vec![(bid.auction, bid.bidder, bid.time_ms)]))
            | reduce(|mut highest, mut other| match highest.0.cmp(&other.0) {
                std::cmp::Ordering::Less => other,
                std::cmp::Ordering::Greater => highest,
                std::cmp::Ordering::Equal => { highest.1.append(&mut other.1); highest }
            }) over tumbling 10s late drop as highest_bids
            | flat_map(|(price, bids)| bids.into_iter().map(move |bid| (price, bid)))
            | to kafka(topics.output.clone(), value: |(price, (auction, bidder, time_ms))| {
                format!("{auction},{bidder},{price},{time_ms}")
            })
    }
}

pub(super) fn q11(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q11
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | event_time(|bid| bid.time_ms) lag 1s
            | map(|bid| (bid.bidder, ()))
            | count_by_key over session 10s late drop as bids_of_sessions
            | to kafka(topics.output.clone(), value: |(bidder, n_bids)| format!("{bidder},{n_bids}"))
    }
}

pub(super) fn q12(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q12
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | map(|bid| (bid.bidder, ()))
            | count_by_key over tumbling 10s as bids_of_windows
            | to kafka(topics.output.clone(), key: |(bidder, _)| bidder, value: |(_, n_bids)| format!("{n_bids}"))
    }
}

pub(super) fn q17(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q17
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | event_time(|bid| bid.time_ms) lag 1s
            | map(|bid| (bid.auction, bid.price))
            | agg_by_key {
                bids: count,
                below_10_000: sum(|price| u64::from(price < 10_000)),
                below_1_000_000: sum(|price| u64::from((10_000..1_000_000).contains(&price))),
                above: sum(|price| u64::from(price >= 1_000_000)),
                least: min(|price| price),
                most: max(|price| price),
                total: sum(|price| price),
            } over tumbling 1d late drop as figures_of_days
            | to kafka(topics.output.clone(), value: |(auction, it)| format!(
                "{auction},{},{},{},{},{},{},{},{}",
                it.bids, it.below_10_000, it.below_1_000_000, it.above, it.least, it.most,
                it.total / it.bids, it.total,
            ))
    }
}
