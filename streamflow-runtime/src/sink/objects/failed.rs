//! Says why a store takes nothing, and what can be done.

use super::store::Target;
use super::url::Scheme;
use crate::error::{Code, Error};

/// Where clouds tell the machines in them who they are: asked when nothing else names credentials.
const METADATA: &str = "169.254.169.254";

impl Target {
    /// The error of a request that the store's client no longer tries again.
    pub(super) fn failed(&self, cause: object_store::Error) -> Error {
        use object_store::Error as Cause;
        let credentials = match self.scheme {
            Scheme::S3 => {
                "`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or the role of the machine"
            }
            Scheme::Google => "`GOOGLE_APPLICATION_CREDENTIALS`, or the account of the machine",
            Scheme::Azure => {
                "`AZURE_STORAGE_ACCOUNT_NAME` and `AZURE_STORAGE_ACCOUNT_KEY`, or the identity of the machine"
            }
            Scheme::File | Scheme::Memory => "the user that the job runs as",
        };
        let has_none = cause.to_string().contains(METADATA);
        let (code, help) = match &cause {
            Cause::NotFound { .. } => (
                Code::UnknownOutput,
                "create the bucket, or name one that is there".to_owned(),
            ),
            Cause::PermissionDenied { .. } | Cause::Unauthenticated { .. } => (
                Code::NotAuthorized,
                format!(
                    "see that this job may put objects there: its credentials are {credentials}"
                ),
            ),
            // So says the HTTP client of an address without TLS.
            _ if format!("{cause:?}").contains("BadScheme") => (
                Code::Config,
                "the address of the store begins with `http://`: say `AWS_ALLOW_HTTP=true`, or \
                 write `https://`"
                    .to_owned(),
            ),
            _ if has_none => (
                Code::NotAuthorized,
                format!("no credentials are found: they are {credentials}"),
            ),
            _ => (
                Code::OutputUnreachable,
                "nothing since the last save is committed: see that the store can be reached from \
                 here, then start the job again"
                    .to_owned(),
            ),
        };
        Error::new(code, format!("cannot write to `{}`", self.url))
            .caused_by(cause)
            .at(&self.place)
            .help(help)
    }
}
