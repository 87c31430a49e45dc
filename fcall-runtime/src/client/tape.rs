//! What goes over the wire, as a recording has it.
//!
//! This room only knows that somebody may keep what is asked and answered, or answer in a service's place: the
//! recordings themselves are the business of `testing`.

use std::{fmt, mem, sync::Arc};

use reqwest::{Request, Url, header::HeaderMap};

use super::secret::is_secret;
use crate::{error::Result, protocol::Protocol};

/// Which headers of a request say something about its body.
const ASKED: [&str; 3] = ["anthropic-version", "anthropic-beta", "openai-beta"];
/// Which headers of an answer this library reads.
const ANSWERED: [&str; 7] =
    ["content-type", "retry-after", "retry-after-ms", "x-should-retry", "x-request-id", "request-id", "location"];

/// Keeps what goes over the wire, or answers in its place.
pub(crate) trait Tape: Send + Sync {
    /// Whether it answers: no connection is made then, and no key is needed.
    fn plays(&self) -> bool;

    /// The answer to this request; an error where there is none.
    fn play(&self, asked: &Asked, secrets: &[String]) -> Result<Answer>;

    /// The number of a request that is about to be sent.
    fn number(&self) -> usize;

    /// Keeps the request of this number and its answer, without these secrets.
    fn keep(&self, number: usize, asked: Asked, answer: Answer, secrets: &[String]);
}

/// A request, without what tells who asks.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) protocol: Protocol,
    pub(crate) method: String,
    /// With its query, but for keys.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer, piece by piece as it came.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) chunks: Vec<Vec<u8>>,
    pub(crate) end: End,
}

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It was complete.
    Complete,
    /// The connection was lost.
    Lost,
    /// Nobody read on.
    Unread,
}

impl Asked {
    pub(super) fn of(request: &Request, protocol: Protocol) -> Self {
        Self {
            protocol,
            method: request.method().to_string(),
            path: path(request.url()),
            headers: kept(request.headers(), &ASKED),
            body: request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec(),
        }
    }
}

/// Path and query of a URL, without the keys in it.
fn path(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    let pairs: Vec<_> = url.query_pairs().filter(|(name, _)| !is_secret(&name.to_ascii_lowercase())).collect();
    if !pairs.is_empty() {
        shown.query_pairs_mut().extend_pairs(pairs);
    }
    shown.query().map_or_else(|| shown.path().to_owned(), |query| format!("{}?{query}", shown.path()))
}

/// The headers with these names, in this order.
fn kept(headers: &HeaderMap, names: &[&str]) -> Vec<(String, String)> {
    let value = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?;
        // Of an address that somebody is sent to, only the query could hold a key.
        Some(if name == "location" { value.split('?').next().unwrap_or_default() } else { value }.to_owned())
    };
    names.iter().filter_map(|name| Some(((*name).to_owned(), value(name)?))).collect()
}

/// One exchange while it is recorded; kept once it is dropped.
pub(super) struct Recording {
    tape: Arc<dyn Tape>,
    number: usize,
    asked: Option<Asked>,
    answer: Answer,
    secrets: Vec<String>,
}

impl Recording {
    pub(super) fn new(
        tape: &Arc<dyn Tape>,
        number: usize,
        asked: Asked,
        (status, headers): (u16, &HeaderMap),
        secrets: &[String],
    ) -> Self {
        let answer = Answer { status, headers: kept(headers, &ANSWERED), chunks: Vec::new(), end: End::Unread };
        Self { tape: Arc::clone(tape), number, asked: Some(asked), answer, secrets: secrets.to_vec() }
    }

    pub(super) fn chunk(&mut self, bytes: &[u8]) {
        self.answer.chunks.push(bytes.to_vec());
    }

    pub(super) fn end(&mut self, end: End) {
        self.answer.end = end;
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let Some(asked) = self.asked.take() else { return };
        let empty = Answer { status: 0, headers: Vec::new(), chunks: Vec::new(), end: End::Unread };
        self.tape.keep(self.number, asked, mem::replace(&mut self.answer, empty), &self.secrets);
    }
}

impl fmt::Debug for dyn Tape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.plays() { "played from a recording" } else { "recorded" })
    }
}
