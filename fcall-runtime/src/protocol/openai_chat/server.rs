//! The server's side.

use super::{super::Incoming, NAME};
use crate::{
    error::{Error, Result},
    message::{Delta, Response},
};

#[derive(Debug, Default)]
pub(in super::super) struct Writer;

impl Writer {
    pub(in super::super) fn push(&mut self, _: &Delta, _: &str, _: &mut Vec<u8>) {}
}

pub(in super::super) fn read_request(_body: &[u8]) -> Result<Incoming> {
    Err(Error::encode(NAME, "not there yet"))
}

pub(in super::super) fn write_response(_response: &Response) -> Vec<u8> {
    Vec::new()
}

pub(in super::super) fn write_error(_status: u16, _code: Option<&str>, _message: &str) -> Vec<u8> {
    Vec::new()
}
