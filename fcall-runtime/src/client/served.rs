//! A model that a service serves.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, OnceLock},
};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

#[cfg(feature = "testing")]
use super::tape::Tape;
use super::{
    endpoint::Endpoint,
    http::Exchange,
    line::Line,
    secret,
    service::{Auth, Service},
    transport::{self, Transport},
};
use crate::{
    error::{Error, Result},
    message::{Request, ResponseSchema, Sink, ToolSpecs},
    model::{BoxFuture, Model},
    protocol::{Dialect, Encoded, Protocol},
    schema::Loss,
};

const USER: &str = concat!("fcall/", env!("CARGO_PKG_VERSION"));
/// The most tokens of a reply that Anthropic sends whole; more is streamed, whatever was asked for.
const LONG_REPLY: u64 = 21_333;

/// A [`Model`] that a [`Service`] serves. Cheap to clone.
///
/// A reply comes over a connection that is kept for the next; it is read as it comes, and handed on at once. Where
/// nothing of it was handed on, a fault that may pass is followed by another try, as the service's
/// [`Retry`](super::Retry) says.
///
/// # Errors
/// Of a reply: what [`check`](Self::check) finds; no connection, none within the limit, silence beyond the limit; an
/// answer that is an error, in the service's own words and with the request's id; one that is not what its protocol
/// says, broke off, or is larger than the limit.
///
/// # Panics
/// In a tokio runtime without I/O or without time. Outside of any, a reply is an error.
///
/// # Cancellation
/// Dropping the future of a reply closes its connection.
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
    on_loss: Option<Arc<OnLoss>>,
    ready: OnceLock<Ready>,
}

type OnLoss = dyn Fn(&Loss) + Send + Sync;

/// What all requests have in common, checked.
#[derive(Clone)]
struct Ready {
    endpoint: Endpoint,
    headers: HeaderMap,
    secrets: Vec<String>,
    line: Line,
}

impl Service {
    /// A model of this service, by the name that the service knows it by.
    pub fn model(self, name: impl Into<String>) -> ServiceModel {
        ServiceModel::new(self, name.into())
    }
}

impl ServiceModel {
    fn new(service: Service, name: String) -> Self {
        let id = match &service.name {
            Some(service) => format!("{service}/{name}"),
            None => match Endpoint::new(service.protocol, &service.base_url) {
                Ok(endpoint) => format!("{name} at {}", endpoint.host()),
                Err(_) => name.clone(),
            },
        };
        let mut dialect = Dialect::of(service.protocol, &service.base_url, &name);
        dialect.speak_as_told(&service.headers);
        Self { inner: Arc::new(Inner { id, name, dialect, service, on_loss: None, ready: OnceLock::new() }) }
    }

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

    /// Tells `observe` what of a request this service's protocol could not say.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::{client::Service, protocol::Protocol};
    ///
    /// let model = Service::new(Protocol::Anthropic, "http://127.0.0.1:9000")
    ///     .model("house-model")
    ///     .on_loss(|loss| eprintln!("left out: {loss}"));
    /// ```
    #[must_use]
    pub fn on_loss(mut self, observe: impl Fn(&Loss) + Send + Sync + 'static) -> Self {
        Arc::make_mut(&mut self.inner).on_loss = Some(Arc::new(observe));
        self
    }

    /// As [`Service::taped`].
    #[cfg(feature = "testing")]
    pub(crate) fn taped(mut self, tape: Arc<dyn Tape>) -> Self {
        let inner = Arc::make_mut(&mut self.inner);
        inner.service.tape = Some(tape);
        inner.ready = OnceLock::new();
        self
    }

    /// The body of a request as it would be sent, and what of the request could not be said in it.
    ///
    /// # Errors
    /// Where the request can't be said in this service's protocol at all.
    pub fn encode(&self, request: &Request<'_>) -> Result<Encoded> {
        self.inner.encode(request)
    }

    /// The address that a request goes to; what looks like a secret in its query is left out.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn address(&self, stream: bool) -> Result<String> {
        Ok(self.inner.ready()?.endpoint.shown_with_query(stream))
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
        let played = service.tape.as_ref().filter(|tape| tape.plays());
        let base = Endpoint::base_of(&service.base_url, &self.name);
        let endpoint = Endpoint::new(service.protocol, &base)?.of_model(service.protocol, &self.name);
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(USER));
        if service.protocol == Protocol::Anthropic {
            let version = HeaderValue::from_static(self.dialect.anthropic_version);
            headers.insert(HeaderName::from_static("anthropic-version"), version);
        }
        let mut secrets = endpoint.secrets();
        let key = match service.key.get() {
            // A recording asks for none.
            Err(_) if played.is_some() => None,
            key => key?,
        };
        if let Some(key) = key {
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
        if let Some(tape) = played {
            let line = Line::Played(Arc::clone(tape));
            return Ok(Ready { endpoint, headers, secrets, line });
        }
        keep_on_machine(&endpoint, !secrets.is_empty())?;
        let transport = match service.transport.get() {
            Some(transport) => transport.clone(),
            None => {
                let transport = Transport::new(&endpoint, service.connect_timeout)?;
                service.transport.get_or_init(|| transport).clone()
            }
        };
        let line = match &service.tape {
            Some(tape) => Line::Recorded(transport, Arc::clone(tape)),
            None => Line::Wire(transport),
        };
        Ok(Ready { endpoint, headers, secrets, line })
    }

    fn encode(&self, request: &Request<'_>) -> Result<Encoded> {
        let service = &self.service;
        let mut dialect = Cow::Borrowed(&self.dialect);
        if !request.options.headers.is_empty() {
            dialect.to_mut().speak_as_told(&request.options.headers);
        }
        // Anthropic closes a connection that is silent for as long as a long reply takes.
        let long = service.protocol.limit_sent(&dialect, request).is_some_and(|limit| limit > LONG_REPLY);
        service.protocol.encode(&self.name, &dialect, &request.stream(request.stream || long))
    }

    async fn reply(&self, request: &Request<'_>, sink: &mut dyn Sink) -> Result<()> {
        transport::runtime()?;
        let ready = self.ready()?;
        let own;
        let (headers, secrets) = if request.options.headers.is_empty() {
            (&ready.headers, &ready.secrets)
        } else {
            let (mut headers, mut secrets) = (ready.headers.clone(), ready.secrets.clone());
            add(&mut headers, &mut secrets, &request.options.headers)?;
            keep_on_machine(&ready.endpoint, !secrets.is_empty())?;
            own = (headers, secrets);
            (&own.0, &own.1)
        };
        let exchange = Exchange {
            protocol: self.service.protocol,
            line: &ready.line,
            endpoint: &ready.endpoint,
            stream: request.stream,
            headers,
            secrets,
            idle: self.service.idle_timeout,
            limits: self.service.limits,
        };
        let encoded = self.encode(request)?;
        if let Some(observe) = &self.on_loss {
            encoded.losses.iter().for_each(|loss| observe(loss));
        }
        let mut body = Some(encoded.body);
        // Made anew for a repetition: most requests have none, and pay for no copy.
        let body = || body.take().map_or_else(|| Ok(self.encode(request)?.body), Ok);
        exchange.run(self.service.retry, body, sink).await
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

    fn structured(&self, schema: &ResponseSchema, tools: &ToolSpecs) -> Option<ResponseSchema> {
        self.inner.service.protocol.holds_to(&self.inner.dialect, schema, tools)
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
