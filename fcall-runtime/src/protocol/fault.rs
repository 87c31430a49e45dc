//! Errors as services tell them, in whatever body.

use crate::error::{Error, ServiceFault};

/// The error of a reply with an error status.
pub(super) fn of_reply(status: u16, _body: &[u8]) -> Error {
    Error::service(ServiceFault { status: Some(status), ..ServiceFault::default() })
}
