//! Queries that bring persons, auctions and bids together.

use streamflow::{Job, stream_job};

use super::{Auction, Bid, Offer, Person, Topics};

pub(super) fn q3(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q3
        let persons = from kafka(topics.persons.clone()) as Json<Person<'_>>
            | event_time(|person| person.time_ms) lag 1s
            | filter(|person| matches!(person.state, "OR" | "ID" | "CA"))
            | map(|person| (person.id, format!("{},{},{}", person.name, person.city, person.state)));
        from kafka(topics.auctions.clone()) as Json<Auction>
            | event_time(|auction| auction.time_ms) lag 1s
            | filter(|auction| auction.category == 10)
            | map(|auction| (auction.seller, auction.id))
            | join(persons) within -1h..+1h late drop as sellers
            | to kafka(topics.output.clone(), value: |(_, (auction, person))| format!("{person},{auction}"))
    }
}

pub(super) fn q4(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q4
        let bids = from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | event_time(|bid| bid.time_ms) lag 1s
            | map(|bid| (bid.auction, Offer { price: bid.price, time_ms: bid.time_ms }));
        from kafka(topics.auctions.clone()) as Json<Auction>
            | event_time(|auction| auction.time_ms) lag 1s
            | map(|auction| (auction.id, auction))
            | join(bids) within -1s..+40s late drop as offers
            | filter(|(_, (auction, bid))| {
                (auction.time_ms..=auction.expires_ms).contains(&bid.time_ms)
            })
            | process {
                best: Option<Offer> = None,
                category: u64 = 0,
                on_record: |_auction, value, state, out| {
                    let (auction, bid): (Auction, Offer) = value;
                    state.best = Some(state.best.map_or(bid, |best| best.or_higher(bid)));
                    state.category = auction.category;
                    out.at(auction.expires_ms);
                },
                on_timer: |_auction, _at, state, out| {
                    if let Some(best) = state.best {
                        out.emit((state.category, best.price));
                    }
                    out.forget();
                },
            } forever as open_auctions
            | agg_by_key { total: sum(|price| price), closed: count } running forever as categories
            | to kafka(
                topics.output.clone(),
                key: |(category, _)| category,
                value: |(_, it)| format!("{}", it.total / it.closed),
            )
    }
}

pub(super) fn q6(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q6
        let bids = from kafka(topics.bids.clone()) as Json<Bid<'_>>
            | event_time(|bid| bid.time_ms) lag 1s
            | map(|bid| (bid.auction, Offer { price: bid.price, time_ms: bid.time_ms }));
        from kafka(topics.auctions.clone()) as Json<Auction>
            | event_time(|auction| auction.time_ms) lag 1s
            | map(|auction| (auction.id, auction))
            | join(bids) within -1s..+40s late drop as offers
            | filter(|(_, (auction, bid))| {
                (auction.time_ms..=auction.expires_ms).contains(&bid.time_ms)
            })
            | process {
                best: Option<Offer> = None,
                seller: u64 = 0,
                on_record: |_auction, value, state, out| {
                    let (auction, bid): (Auction, Offer) = value;
                    state.best = Some(state.best.map_or(bid, |best| best.or_higher(bid)));
                    state.seller = auction.seller;
                    out.at(auction.expires_ms);
                },
                on_timer: |auction, at, state, out| {
                    if let Some(best) = state.best {
                        out.emit((state.seller, (at, auction, best.price)));
                    }
                    out.forget();
                },
            } forever as open_auctions
            // Auctions of one seller that close together have an order: that of their numbers.
            | process {
                closed: Vec<(i64, u64, u64)> = Vec::new(),
                on_record: |seller, auction, state, out| {
                    state.closed.push(auction);
                    state.closed.sort_unstable();
                    if state.closed.len() > 10 {
                        state.closed.remove(0);
                    }
                    let total: u64 = state.closed.iter().map(|(_, _, price)| price).sum();
                    out.emit((seller, total / state.closed.len() as u64));
                },
            } forever as sellers
            | to kafka(topics.output.clone(), key: |(seller, _)| seller, value: |(_, average)| format!("{average}"))
    }
}

pub(super) fn q8(topics: &Topics) -> Job<'static> {
    stream_job! {
        job q8
        let sellers = from kafka(topics.auctions.clone()) as Json<Auction>
            | event_time(|auction| auction.time_ms) lag 1s
            | map(|auction| (auction.seller, ()));
        from kafka(topics.persons.clone()) as Json<Person<'_>>
            | event_time(|person| person.time_ms) lag 1s
            | map(|person| (person.id, person.name.to_owned()))
            | semi_join(sellers) over tumbling 10s late drop as new_sellers
            | to kafka(topics.output.clone(), value: |(person, name)| format!("{person},{name}"))
    }
}
