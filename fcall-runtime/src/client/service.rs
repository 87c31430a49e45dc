//! A service as data.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use super::{endpoint, retry::Retry, secret::Key, tape::Tape, transport::Transport};
use crate::protocol::{Limits, Protocol};

/// Somewhere that models answer: a protocol, a base URL, a key.
///
/// Clones, and the models made from them, share their connections. Nothing is opened or checked before the first
/// request, or [`ServiceModel::check`](super::ServiceModel::check).
///
/// A key is never shown: not by `Debug`, not in an error. Over plain http it goes to the machine itself and nowhere else;
/// a redirect is never followed.
///
/// # Examples
/// ```
/// use fcall_runtime::{client::Service, protocol::Protocol};
///
/// let model = Service::new(Protocol::OpenAiChat, "https://api.ofox.ai/v1")
///     .key_from_env("OFOXAI_API_KEY")
///     .model("openai/gpt-4o");
/// ```
#[derive(Clone)]
pub struct Service {
    pub(super) protocol: Protocol,
    pub(super) base_url: String,
    pub(super) name: Option<String>,
    pub(super) key: Key,
    pub(super) auth: Auth,
    pub(super) headers: Vec<(String, String)>,
    pub(super) connect_timeout: Duration,
    pub(super) idle_timeout: Duration,
    pub(super) retry: Retry,
    pub(super) limits: Limits,
    pub(super) transport: Arc<OnceLock<Transport>>,
    pub(super) tape: Option<Arc<dyn Tape>>,
}

/// How a key is told to a service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Auth {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// `x-api-key: KEY`.
    ApiKey,
    /// The key alone, in the header of this name.
    Header(String),
}

impl Service {
    /// The service that speaks `protocol` at `base_url`.
    ///
    /// The base is what the vendor calls so: `https://api.openai.com/v1`, `https://api.anthropic.com`,
    /// `https://generativelanguage.googleapis.com`. A slash at its end makes no difference, and of an Anthropic base
    /// neither does a `/v1`; a Gemini base that names no version means `/v1beta`. Where a base has `{model}` in it, the
    /// name of the model stands there, as in the addresses of Azure's deployments.
    pub fn new(protocol: Protocol, base_url: impl Into<String>) -> Self {
        Self {
            protocol,
            base_url: base_url.into(),
            name: None,
            key: Key::None,
            auth: match protocol {
                Protocol::OpenAiChat | Protocol::OpenAiResponses => Auth::Bearer,
                Protocol::Anthropic => Auth::ApiKey,
                Protocol::Gemini => Auth::Header("x-goog-api-key".to_owned()),
            },
            headers: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(300),
            retry: Retry::default(),
            limits: Limits::default(),
            transport: Arc::default(),
            tape: None,
        }
    }

    pub(super) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// With this key; space around it is cut off.
    #[must_use]
    pub fn key(mut self, key: impl AsRef<str>) -> Self {
        self.key = Key::new(key.as_ref());
        self
    }

    /// With the key that this environment variable holds now; where it holds none, every request is an error that says
    /// so.
    #[must_use]
    pub fn key_from_env(self, variable: &str) -> Self {
        self.key_from(variable, std::env::var(variable).ok())
    }

    pub(super) fn key_from(mut self, variable: &str, value: Option<String>) -> Self {
        self.key = match value {
            Some(key) if !key.trim().is_empty() => Key::new(&key),
            _ => Key::Missing(variable.to_owned()),
        };
        self
    }

    /// How the key is told: by default as the protocol's own vendor wants it.
    #[must_use]
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// With one more header; it wins over one of the same name that would be sent anyhow, `anthropic-version` say, and
    /// the body is then one of that version.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// How long making a connection may take: 10 s by default.
    #[must_use]
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self.transport = Arc::default();
        self
    }

    /// How long the service may be silent, before its answer and within it: 5 min by default, because reasoning models
    /// are. There is no limit on a reply as a whole; who wants one drops the future.
    #[must_use]
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.idle_timeout = limit;
        self
    }

    /// How requests that failed are repeated.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// How much of a reply is taken.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With everything that goes over the wire kept on this tape, or answered by it.
    #[cfg(feature = "testing")]
    pub(crate) fn taped(mut self, tape: Arc<dyn Tape>) -> Self {
        self.tape = Some(tape);
        self
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Service")
            .field("protocol", &self.protocol)
            .field("base_url", &endpoint::shown_base(&self.base_url))
            .field("key", &self.key)
            .field("auth", &self.auth)
            .field("headers", &headers)
            .field("connect_timeout", &self.connect_timeout)
            .field("idle_timeout", &self.idle_timeout)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}
