//! A service as data, and a model that it serves.

use std::{
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::{
    endpoint::{self, Endpoint},
    http::Exchange,
    retry::Retry,
    secret::{self, Key},
    transport::Transport,
};
use crate::{
    error::{Error, Result},
    message::{Request, Sink},
    model::{BoxFuture, Model},
    protocol::{Dialect, Limits, Protocol},
};

const USER: &str = concat!("fcall/", env!("CARGO_PKG_VERSION"));
/// An Anthropic reply of more tokens than this may take longer than the service keeps a silent connection open.
const LONG_REPLY: u64 = 21_333;

/// Somewhere that models answer: a protocol, a base URL, a key.
///
/// Clones, and the models made from them, share their connections. Nothing is opened or checked before the first
/// request, or [`ServiceModel::check`].
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
    protocol: Protocol,
    base_url: String,
    name: Option<String>,
    key: Key,
    auth: Auth,
    headers: Vec<(String, String)>,
    connect_timeout: Duration,
    idle_timeout: Duration,
    retry: Retry,
    limits: Limits,
    transport: Arc<OnceLock<Transport>>,
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
    /// The base is what the vendor calls so: `https://api.openai.com/v1`, `https://api.anthropic.com`. A slash at its end
    /// makes no difference, and of an Anthropic base neither does a `/v1`.
    pub fn new(protocol: Protocol, base_url: impl Into<String>) -> Self {
        Self {
            protocol,
            base_url: base_url.into(),
            name: None,
            key: Key::None,
            auth: match protocol {
                Protocol::OpenAiChat => Auth::Bearer,
                Protocol::Anthropic => Auth::ApiKey,
            },
            headers: Vec::new(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(300),
            retry: Retry::default(),
            limits: Limits::default(),
            transport: Arc::default(),
        }
    }

    /// OpenAI, with the key in `OPENAI_API_KEY`.
    pub fn openai() -> Self {
        super::known::OPENAI.service()
    }

    /// Anthropic, with the key in `ANTHROPIC_API_KEY`.
    pub fn anthropic() -> Self {
        super::known::ANTHROPIC.service()
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

    /// With one more header; it wins over one of the same name that would be sent anyhow, `anthropic-version` say.
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

    /// A model of this service, by the name that the service knows it by.
    pub fn model(self, name: impl Into<String>) -> ServiceModel {
        let name = name.into();
        let id = match &self.name {
            Some(service) => format!("{service}/{name}"),
            None => match Endpoint::new(self.protocol, &self.base_url) {
                Ok(endpoint) => format!("{name} at {}", endpoint.host()),
                Err(_) => name.clone(),
            },
        };
        let dialect = Dialect::of(self.protocol, &self.base_url, &name);
        ServiceModel { inner: Arc::new(Inner { id, name, dialect, service: self, ready: OnceLock::new() }) }
    }
}

/// A [`Model`] that a [`Service`] serves. Cheap to clone.
#[derive(Clone)]
pub struct ServiceModel {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    id: String,
    name: String,
    dialect: Dialect,
    service: Service,
    ready: OnceLock<Ready>,
}

/// What all requests have in common, checked.
#[derive(Clone)]
struct Ready {
    endpoint: Endpoint,
    headers: HeaderMap,
    secrets: Vec<String>,
    transport: Transport,
}

impl ServiceModel {
    /// The name that the service knows the model by.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// How the service is taken to spell its protocol.
    pub fn dialect(&self) -> &Dialect {
        &self.inner.dialect
    }

    /// With another reading of the service's dialect.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{client::Service, protocol::Protocol};
    ///
    /// let model = Service::new(Protocol::OpenAiChat, "http://127.0.0.1:9000/v1")
    ///     .model("house-model")
    ///     .with_dialect(|dialect| dialect.strict = true);
    /// assert!(model.dialect().strict);
    /// ```
    #[must_use]
    pub fn with_dialect(mut self, change: impl FnOnce(&mut Dialect)) -> Self {
        let inner = Arc::make_mut(&mut self.inner);
        change(&mut inner.dialect);
        inner.ready = OnceLock::new();
        self
    }

    /// Finds out, without sending anything, whether a request could be sent.
    ///
    /// # Errors
    /// No key where one was to be, a base URL that is none, a header that can't be sent, a key that would go over plain
    /// http to another machine.
    pub fn check(&self) -> Result<()> {
        self.inner.ready().map(|_| ())
    }
}

impl Inner {
    fn ready(&self) -> Result<&Ready> {
        if let Some(ready) = self.ready.get() {
            return Ok(ready);
        }
        let ready = self.prepare()?;
        Ok(self.ready.get_or_init(|| ready))
    }

    fn prepare(&self) -> Result<Ready> {
        let service = &self.service;
        let endpoint = Endpoint::new(service.protocol, &service.base_url)?;
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(USER));
        if service.protocol == Protocol::Anthropic {
            let version = HeaderValue::from_static(self.dialect.anthropic_version);
            headers.insert(HeaderName::from_static("anthropic-version"), version);
        }
        let mut secrets = endpoint.secrets();
        if let Some(key) = service.key.get()? {
            let (name, value) = match &service.auth {
                Auth::Bearer => (AUTHORIZATION.as_str(), &*format!("Bearer {key}")),
                Auth::ApiKey => ("x-api-key", key),
                Auth::Header(name) => (name.as_str(), key),
            };
            let (name, value) = secret::header(name, value)?;
            headers.insert(name, value);
            secrets.push(key.to_owned());
        }
        add(&mut headers, &mut secrets, &service.headers)?;
        keep_on_machine(&endpoint, !secrets.is_empty())?;
        let transport = match service.transport.get() {
            Some(transport) => transport.clone(),
            None => {
                let transport = Transport::new(&endpoint, service.connect_timeout)?;
                service.transport.get_or_init(|| transport).clone()
            }
        };
        Ok(Ready { endpoint, headers, secrets, transport })
    }

    async fn reply(&self, request: &Request<'_>, sink: &mut dyn Sink) -> Result<()> {
        let ready = self.ready()?;
        let service = &self.service;
        let long = self.dialect_limit(request) > LONG_REPLY && service.protocol == Protocol::Anthropic;
        let request = request.stream(request.stream || long);
        let (headers, secrets) = if request.options.headers.is_empty() {
            (None, None)
        } else {
            let (mut headers, mut secrets) = (ready.headers.clone(), ready.secrets.clone());
            add(&mut headers, &mut secrets, &request.options.headers)?;
            keep_on_machine(&ready.endpoint, !secrets.is_empty())?;
            (Some(headers), Some(secrets))
        };
        let exchange = Exchange {
            protocol: service.protocol,
            transport: &ready.transport,
            endpoint: &ready.endpoint,
            headers: headers.as_ref().unwrap_or(&ready.headers),
            secrets: secrets.as_ref().unwrap_or(&ready.secrets),
            idle: service.idle_timeout,
            limits: service.limits,
        };
        let encode = || Ok(service.protocol.encode(&self.name, &self.dialect, &request)?.body);
        exchange.run(service.retry, encode, sink).await
    }

    fn dialect_limit(&self, request: &Request<'_>) -> u64 {
        request.options.max_tokens.unwrap_or(self.dialect.default_max_tokens)
    }
}

/// Adds headers that the program gave, over those that are there.
fn add(headers: &mut HeaderMap, secrets: &mut Vec<String>, more: &[(String, String)]) -> Result<()> {
    for (name, value) in more {
        let (name, sent) = secret::header(name, value)?;
        if secret::is_secret(name.as_str()) {
            secrets.push(value.clone());
        }
        headers.insert(name, sent);
    }
    Ok(())
}

/// Refuses to let a secret go over plain http to another machine.
fn keep_on_machine(endpoint: &Endpoint, has_secret: bool) -> Result<()> {
    if has_secret && endpoint.is_plain() && !endpoint.loopback {
        let host = endpoint.host();
        return Err(Error::setup(format!(
            "the key would go to {host} over plain http, where anyone on the way can read it: use https, or no key"
        )));
    }
    Ok(())
}

impl Model for ServiceModel {
    fn id(&self) -> &str {
        &self.inner.id
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.inner.reply(request, sink))
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

impl fmt::Debug for ServiceModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceModel")
            .field("id", &self.inner.id)
            .field("name", &self.inner.name)
            .field("service", &self.inner.service)
            .finish_non_exhaustive()
    }
}
