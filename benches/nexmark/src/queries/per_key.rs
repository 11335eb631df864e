//! Queries about the latest of each key.

use streamflow::{Job, stream_job};

use super::{Bid, Offer, Topics};

pub(super) fn q18(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q18
        from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | map(|bid| ((bid.bidder, bid.auction), Offer { price: bid.price, time_ms: bid.time_ms }))
            | reduce_by_key(|last, bid| if bid.time_ms >= last.time_ms { bid } else { last })
                running forever as last_bids
            | to kafka(
                topics.output.clone(),
                key: |((bidder, auction), _)| format!("{bidder},{auction}"),
                value: |(_, bid)| format!("{},{}", bid.price, bid.time_ms),
            )
    }
}
