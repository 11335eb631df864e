//! Queries that look at one bid after the other.

use streamflow::{Job, stream_job};

use super::{Bid, Topics};

pub(super) fn q0(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q0
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | to kafka(topics.output.clone(), value: |bid| {
                format!("{},{},{},{}", bid.auction, bid.bidder, bid.price, bid.time_ms)
            })
    }
}

pub(super) fn q1(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q1
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | map(|bid| (bid.auction, bid.bidder, bid.price * 908 / 1_000, bid.time_ms))
            | to kafka(topics.output.clone(), value: |(auction, bidder, euros, time_ms)| {
                format!("{auction},{bidder},{euros},{time_ms}")
            })
    }
}

pub(super) fn q2(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q2
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | filter(|bid| bid.auction % 123 == 0)
            | to kafka(topics.output.clone(), value: |bid| format!("{},{}", bid.auction, bid.price))
    }
}

pub(super) fn q22(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q22
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | map(|bid| {
                let mut folders = bid.url.split('/').skip(3);
                (bid, folders.next()?, folders.next()?, folders.next()?)
            })
            | to kafka(topics.output.clone(), value: |(bid, first, second, third)| {
                let Bid { auction, bidder, price, channel, .. } = bid;
                format!("{auction},{bidder},{price},{channel},{first},{second},{third}")
            })
    }
}
