//! Gives tokens to a client of librdkafka, which can use them and cannot get them.
//!
//! rust-rdkafka has a callback for it, which is run only while somebody polls, has no extensions,
//! and makes of every failure an end.

#![expect(unsafe_code, reason = "librdkafka takes tokens in C only")]

use std::ffi::{CStr, CString, NulError, c_char};
use std::ptr;
use std::sync::Arc;

use rdkafka::ClientContext;
use rdkafka::bindings as c;
use rdkafka::client::Client;
use rdkafka::types::RDKafkaRespErr;

use super::{Token, Tokens};

/// Gives each token to the client that somebody holds, for as long as somebody does.
pub(in crate::kafka) fn give<H, C>(tokens: &Tokens, holder: &Arc<H>, client: fn(&H) -> &Client<C>)
where
    H: Send + Sync + 'static,
    C: ClientContext + 'static,
{
    let holder = Arc::downgrade(holder);
    tokens.pass_on(move |token| {
        let Some(holder) = holder.upgrade() else {
            return false;
        };
        if let Err(why) = give_one(client(&holder), token) {
            tracing::warn!("librdkafka does not take a token: {why}");
        }
        true
    });
}

fn give_one<C: ClientContext>(client: &Client<C>, token: &Token) -> Result<(), String> {
    let text = |text: &str| CString::new(text).map_err(|cause: NulError| cause.to_string());
    let (of_token, principal) = (text(&token.text)?, text(&token.principal)?);
    let pairs = token.extensions.iter();
    let pairs = pairs.flat_map(|(name, value)| [name, value]);
    let extensions: Vec<CString> = pairs.map(|it| text(it)).collect::<Result<_, _>>()?;
    let mut pointers: Vec<*const c_char> = extensions.iter().map(|it| it.as_ptr()).collect();
    let mut why: [c_char; 512] = [0; 512];
    let first = if pointers.is_empty() {
        ptr::null_mut()
    } else {
        pointers.as_mut_ptr()
    };
    // SAFETY: the client is there for as long as it is borrowed. The texts end with a zero and outlive the
    // call, which copies them; `first` begins as many pointers as it is told; `why` is written to up
    // to its length, with a zero at the end.
    let code = unsafe {
        c::rd_kafka_oauthbearer_set_token(
            client.native_ptr(),
            of_token.as_ptr(),
            token.expires_at_ms,
            principal.as_ptr(),
            first,
            pointers.len(),
            why.as_mut_ptr(),
            why.len(),
        )
    };
    if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    // SAFETY: librdkafka has written a text with a zero at its end, or nothing over the zeros.
    let why = unsafe { CStr::from_ptr(why.as_ptr()) };
    Err(why.to_string_lossy().into_owned())
}
