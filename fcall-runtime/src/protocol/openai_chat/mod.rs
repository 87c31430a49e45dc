//! The wire format.

use super::{Dialect, Encoded, Incoming};
use crate::{
    error::{Error, Result},
    message::{Request, Response},
};

pub(super) const NAME: &str = "openai-chat";

pub(super) fn encode(_model: &str, _dialect: &Dialect, _request: &Request<'_>) -> Result<Encoded> {
    Err(Error::encode(NAME, "not there yet"))
}

pub(super) fn read_request(_body: &[u8]) -> Result<Incoming> {
    Err(Error::encode(NAME, "not there yet"))
}

pub(super) fn write_response(_response: &Response) -> Vec<u8> {
    Vec::new()
}

pub(super) fn write_error(_status: u16, _code: Option<&str>, _message: &str) -> Vec<u8> {
    Vec::new()
}
