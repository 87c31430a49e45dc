//! What can go wrong on purpose.

use super::wire;

/// How a [`Server`](super::Server) answers one request instead of asking its model.
///
/// # Examples
/// ```
/// use fcall_runtime::testing::Fault;
///
/// let busy = Fault::answer(429).header("retry-after", "2").body(r#"{"error":{"message":"slow down"}}"#);
/// let broken = Fault::cut(100);
/// ```
#[derive(Clone, Debug)]
pub struct Fault(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Answer { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    Cut(usize),
    Hang,
    HangAfter(usize),
    Close,
}

impl Fault {
    /// Answers with this status, no headers of its own and an empty body.
    pub fn answer(status: u16) -> Self {
        Self(Kind::Answer { status, headers: Vec::new(), body: Vec::new() })
    }

    /// Answers as the model does, and closes the connection after this many bytes of the body.
    pub fn cut(after: usize) -> Self {
        Self(Kind::Cut(after))
    }

    /// Reads the request and never answers.
    pub fn hang() -> Self {
        Self(Kind::Hang)
    }

    /// Answers as the model does, and falls silent after this many bytes of the body.
    pub fn hang_after(bytes: usize) -> Self {
        Self(Kind::HangAfter(bytes))
    }

    /// Reads the request and closes the connection without a word.
    pub fn close() -> Self {
        Self(Kind::Close)
    }

    /// With this header; only for [`Fault::answer`].
    ///
    /// # Panics
    /// On a name or a value that would break the answer into two: a line end.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        assert!(wire::is_header(&name, &value), "a header of an answer can't hold a line end");
        if let Kind::Answer { headers, .. } = &mut self.0 {
            headers.push((name, value));
        }
        self
    }

    /// With this body; only for [`Fault::answer`]. Sent as JSON where no `content-type` says otherwise.
    #[must_use]
    pub fn body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        if let Kind::Answer { body, .. } = &mut self.0 {
            *body = bytes.into();
        }
        self
    }
}
