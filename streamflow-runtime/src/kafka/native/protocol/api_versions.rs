//! Which versions of which requests a broker understands.

use std::collections::BTreeMap;

use super::Api;
use crate::kafka::native::wire::{Input, Malformed};

/// What a broker understands of what is asked of it here: the newest version in common of each
/// request, by its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::kafka::native) struct ApiVersions(BTreeMap<i16, i16>);

impl ApiVersions {
    /// Reads the response; the error of the broker where it has one.
    pub(in crate::kafka::native) fn read(
        message: &[u8],
    ) -> Result<Result<ApiVersions, i16>, Malformed> {
        let mut input = Input::new(message);
        let error = input.i16()?;
        if error != 0 {
            return Ok(Err(error));
        }
        let mut found = ApiVersions::default();
        for _ in 0..input.count(6)? {
            let (key, least, most) = (input.i16()?, input.i16()?, input.i16()?);
            let api = Api::NEGOTIATED.into_iter().find(|api| api.key() == key);
            let common = api.and_then(|api| newest_common(api, least, most));
            found.0.extend(common.map(|common| (key, common)));
        }
        Ok(Ok(found))
    }

    /// The version to use of a request, if there is one.
    pub(in crate::kafka::native) fn of(&self, api: Api) -> Option<i16> {
        self.0.get(&api.key()).copied()
    }
}

/// The newest version of a request that both sides understand.
fn newest_common(api: Api, least: i16, most: i16) -> Option<i16> {
    let (oldest, newest) = api.versions();
    let common = newest.min(most);
    (common >= oldest && common >= least).then_some(common)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::native::wire::Output;

    fn response(apis: &[(i16, i16, i16)]) -> Vec<u8> {
        let mut out = Output::default();
        out.i16(0);
        out.count(apis.len());
        for (key, least, most) in apis {
            out.i16(*key);
            out.i16(*least);
            out.i16(*most);
        }
        out.into_bytes()
    }

    fn common(apis: &[(i16, i16, i16)]) -> (Option<i16>, Option<i16>) {
        let found = ApiVersions::read(&response(apis)).unwrap().unwrap();
        (found.of(Api::Fetch), found.of(Api::Metadata))
    }

    #[test]
    fn newest_version_that_both_sides_understand_is_taken() {
        // Kafka 4.3, 2.1 and 0.11.
        assert_eq!(
            common(&[(1, 4, 18), (3, 0, 13), (18, 0, 4)]),
            (Some(10), Some(7))
        );
        assert_eq!(common(&[(1, 0, 10), (3, 0, 7)]), (Some(10), Some(7)));
        assert_eq!(common(&[(1, 0, 5), (3, 0, 4)]), (Some(5), Some(4)));
    }

    #[test]
    fn broker_that_is_too_old_or_too_new_has_none() {
        assert_eq!(common(&[(1, 0, 3), (3, 0, 3)]), (None, None));
        assert_eq!(common(&[(1, 11, 30), (3, 8, 20)]), (None, None));
        assert_eq!(common(&[]), (None, None));
    }

    #[test]
    fn error_of_the_broker_is_told() {
        assert_eq!(ApiVersions::read(&[0, 35]), Ok(Err(35)));
        assert!(ApiVersions::read(&[0, 0, 0, 0, 0, 9]).is_err());
    }
}
