//! A number for somebody who sends, by which brokers know what they have of him already.

use crate::kafka::native::wire::{Input, Malformed, Output};

/// Who sends, and which life of his it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kafka::native) struct ProducerId {
    pub(in crate::kafka::native) id: i64,
    pub(in crate::kafka::native) epoch: i16,
}

/// Writes the request, for versions 0 and 1, of somebody without transactions.
pub(in crate::kafka::native) fn write_producer_id(out: &mut Output) {
    out.null_text();
    // How long a transaction may take: there are none.
    out.i32(i32::MAX);
}

/// Reads the response; the error of the broker where it has one.
pub(in crate::kafka::native) fn read_producer_id(
    message: &[u8],
) -> Result<Result<ProducerId, i16>, Malformed> {
    let mut input = Input::new(message);
    let _throttle_time_ms = input.i32()?;
    let error = input.i16()?;
    let id = input.i64()?;
    let epoch = input.i16()?;
    input.end()?;
    Ok(if error == 0 {
        Ok(ProducerId { id, epoch })
    } else {
        Err(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_or_error_is_read() {
        let read = |error: i16| {
            let mut out = Output::default();
            out.i32(0);
            out.i16(error);
            out.i64(4_711);
            out.i16(2);
            read_producer_id(&out.into_bytes())
        };
        let id = ProducerId {
            id: 4_711,
            epoch: 2,
        };
        assert_eq!(read(0), Ok(Ok(id)));
        assert_eq!(read(15), Ok(Err(15)));
        assert!(read_producer_id(&[0; 15]).is_err());
    }
}
