//! Writes an item as JSON.

use serde::Serialize;

use super::contract::whole_or_nothing;
use super::{Encode, EncodeError, Json};

#[diagnostic::do_not_recommend]
impl<T: Serialize, U> Encode<T> for Json<U> {
    #[inline]
    fn encode(item: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        whole_or_nothing(out, |out| {
            serde_json::to_writer(out, item).map_err(EncodeError::new)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn item_is_one_json_value() {
        let mut out = Vec::new();
        <Json>::encode(&("user1", Some(2.5)), &mut out).expect("written");
        assert_eq!(out, br#"["user1",2.5]"#);
    }

    #[test]
    fn failed_item_leaves_nothing_behind() {
        let mut out = b"before".to_vec();
        let map = BTreeMap::from([(("a", 1), 2)]);
        let error = <Json>::encode(&(1, map), &mut out).expect_err("keys are texts");
        assert_eq!(error.to_string(), "key must be a string");
        assert_eq!(out, b"before");
    }
}
