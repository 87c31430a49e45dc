//! How much of a reply is taken.

/// The bounds of a reply; crossing one is an error that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one event of a stream.
    pub event: usize,
    /// Bytes of a whole reply.
    pub reply: usize,
    /// Bytes of one call's arguments.
    pub arguments: usize,
    /// Parts of one reply: texts, calls, blocks.
    pub parts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { event: 1 << 20, reply: 64 << 20, arguments: 1 << 20, parts: 1024 }
    }
}
