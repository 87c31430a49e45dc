//! From one wire format to another: a client of one protocol talks to a service of another.
//!
//! Nothing here knows a wire: what one protocol reads is what the other writes, and what can't be said is told.

use super::{
    Decoder, Dialect, Incoming, Limits, Protocol, StreamWriter, hosted, ids::MadeIds, shared, turns::is_object,
};
use crate::{
    error::{Error, Result},
    message::{Assembler, Delta, Origin, Part, Sink as _},
    schema::Loss,
};

/// Translates between a client of one protocol and a service of another.
///
/// # Examples
/// ```
/// use fcall_runtime::protocol::{Protocol, Translator};
///
/// let translator = Translator::new(Protocol::Anthropic, Protocol::OpenAiResponses);
/// let asked = br#"{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hello"}]}"#;
/// let request = translator.request(asked, Some("gpt-5"))?;
/// assert!(request.losses.is_empty());
/// let sent = String::from_utf8_lossy(&request.body);
/// assert!(sent.contains(r#""input":[{"role":"user","content":"Hello"}]"#), "{sent}");
/// # Ok::<(), fcall_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Translator {
    client: Protocol,
    service: Protocol,
    dialect: Option<Dialect>,
    limits: Limits,
}

/// A request, or a whole reply, in the other protocol.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Translated {
    /// The JSON body.
    pub body: Vec<u8>,
    /// The model that is asked, or that answered; empty where none is named.
    pub model: String,
    /// Of a request: whether the reply should come in pieces.
    pub stream: bool,
    /// What the other protocol could not say.
    pub losses: Vec<Loss>,
}

impl Translator {
    /// Between a client that speaks `client` and a service that speaks `service`; they may be the same.
    pub fn new(client: Protocol, service: Protocol) -> Self {
        Self { client, service, dialect: None, limits: Limits::default() }
    }

    /// With other bounds on what is read of the service's replies.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// For a service of this dialect; without, it is taken for the protocol's own.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Self {
        self.dialect = Some(dialect);
        self
    }

    /// The client's request as the service takes it; `model` is asked in place of the one that the client names.
    ///
    /// A Gemini client says in the address which model it asks and whether the reply should stream: read its request
    /// with [`Protocol::read_request`], add both, and give it to [`incoming`](Self::incoming).
    ///
    /// # Errors
    /// A body that is not the client's protocol's, and what the service's can't say at all.
    pub fn request(&self, body: &[u8], model: Option<&str>) -> Result<Translated> {
        self.incoming(self.client.read_request(body)?, model)
    }

    /// As [`request`](Self::request), for a request that was read already.
    ///
    /// # Errors
    /// What the service's protocol can't say at all.
    pub fn incoming(&self, mut incoming: Incoming, model: Option<&str>) -> Result<Translated> {
        let mut losses = Vec::new();
        if self.client != self.service {
            shared::translate(self.client, self.service, &mut incoming, &mut losses);
        }
        let model = model.unwrap_or(&incoming.model).to_owned();
        let official = || Dialect::official(self.service, &model);
        let dialect = self.dialect.clone().unwrap_or_else(official);
        let encoded = self.service.encode(&model, &dialect, &incoming.request())?;
        losses.extend(encoded.losses);
        Ok(Translated { body: encoded.body, model, stream: incoming.stream, losses })
    }

    /// The service's whole reply as the client takes it.
    ///
    /// # Errors
    /// A body that is not the service's protocol's, or holds an error: the client is told with
    /// [`Protocol::write_error`].
    pub fn response(&self, body: &[u8]) -> Result<Translated> {
        let mut deltas = Vec::new();
        self.service.decoder().limits(self.limits).read(body, &mut deltas)?;
        let mut reply = Assembler::new(0);
        let mut ids = MadeIds::default();
        deltas.into_iter().for_each(|delta| reply.push(ids.fill(&delta).unwrap_or(delta)));
        let response = reply.finish();
        let model = response.model.clone().unwrap_or_default();
        if self.client == self.service {
            return Ok(Translated { body: body.to_vec(), model, stream: false, losses: Vec::new() });
        }
        let mut losses = Losses::new(self.client);
        for (at, part) in response.message.parts.iter().enumerate() {
            match part {
                Part::Opaque(origin) => losses.opaque(at, origin),
                Part::Reasoning(text) if text.origin.is_some() => losses.reasoning(at),
                Part::Text(text) if text.origin.as_ref().is_some_and(hosted::cites) => losses.citations(at),
                Part::ToolCall(call) => {
                    if !is_object(&call.arguments) {
                        losses.arguments(at);
                    }
                    call.origin.iter().for_each(|origin| losses.call(at, origin));
                }
                _ => {}
            }
        }
        Ok(Translated { body: self.client.write_response(&response), model, stream: false, losses: losses.told })
    }

    /// A reply with an error status as the client takes it.
    pub fn error(&self, status: u16, body: &[u8]) -> Vec<u8> {
        if self.client == self.service {
            return body.to_vec();
        }
        let error = self.service.decode_error(status, body);
        let message = error.service_message().unwrap_or_default();
        self.client.write_error(status, error.code(), message)
    }

    /// The service's reply as events for the client; `model` is named in them where the service names none.
    pub fn stream(&self, model: &str) -> StreamTranslator {
        StreamTranslator {
            decoder: Some(self.service.decoder().limits(self.limits)),
            writer: Some(self.client.stream_writer(model)),
            as_is: self.client == self.service,
            parts: Vec::new(),
            arguments: Vec::new(),
            losses: Losses::new(self.client),
        }
    }
}

/// What a part of a reply is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
    Call,
}

/// Translates a reply while it comes in; see [`Translator::stream`].
#[derive(Debug)]
pub struct StreamTranslator {
    /// None once the reply has ended.
    decoder: Option<Decoder>,
    /// None once the reply has failed.
    writer: Option<StreamWriter>,
    as_is: bool,
    /// The parts that have a neutral form.
    parts: Vec<(usize, Kind)>,
    /// The arguments so far of calls that have not ended, where the client's protocol takes nothing but an object.
    arguments: Vec<(usize, String)>,
    losses: Losses,
}

impl StreamTranslator {
    /// Takes the next bytes of the service and appends the events for the client.
    ///
    /// # Errors
    /// As [`Decoder::feed`]; the client is told in `out`, and nothing more may follow.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.as_is {
            out.extend_from_slice(bytes);
        }
        let mut deltas = Vec::new();
        let fed = self.decoder.as_mut().map_or(Ok(()), |decoder| decoder.feed(bytes, &mut deltas));
        self.write(&deltas, out);
        fed.inspect_err(|error| self.fail(error, out))
    }

    /// Says that no more bytes will come, appends what ends the reply, and returns what could not be said.
    ///
    /// # Errors
    /// As [`Decoder::finish`]; the client is told in `out`.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Vec<Loss>> {
        let mut deltas = Vec::new();
        let ended = self.decoder.take().map_or(Ok(()), |decoder| decoder.finish(&mut deltas));
        self.write(&deltas, out);
        if let Err(error) = ended {
            self.fail(&error, out);
            return Err(error);
        }
        if let (Some(writer), false) = (self.writer, self.as_is) {
            writer.finish(out);
        }
        Ok(self.losses.told)
    }

    fn write(&mut self, deltas: &[Delta], out: &mut Vec<u8>) {
        let Some(writer) = self.writer.as_mut().filter(|_| !self.as_is) else { return };
        for delta in deltas {
            let seen = match delta {
                Delta::Reasoning { part, .. } => Some((*part, Kind::Reasoning)),
                Delta::Text { part, .. } | Delta::Refusal { part, .. } => Some((*part, Kind::Text)),
                Delta::CallStart { part, .. } => Some((*part, Kind::Call)),
                _ => None,
            };
            if let Some(seen) = seen.filter(|(part, _)| !self.parts.iter().rev().any(|(key, _)| key == part)) {
                self.parts.push(seen);
            }
            match delta {
                Delta::Origin { part, origin } => match self.parts.iter().find(|(key, _)| key == part) {
                    Some((_, Kind::Reasoning)) => self.losses.reasoning(*part),
                    Some((_, Kind::Call)) => self.losses.call(*part, origin),
                    Some((_, Kind::Text)) if hosted::cites(origin) => self.losses.citations(*part),
                    Some((_, Kind::Text)) => {}
                    None => self.losses.opaque(*part, origin),
                },
                Delta::CallStart { part, .. } if self.losses.client == Protocol::Gemini => {
                    self.arguments.push((*part, String::new()));
                }
                Delta::CallArguments { part, text } => {
                    let call = self.arguments.iter_mut().find(|(key, _)| key == part);
                    call.into_iter().for_each(|(_, arguments)| arguments.push_str(text));
                }
                Delta::CallEnd { part } => {
                    let at = self.arguments.iter().position(|(key, _)| key == part);
                    let call = at.map(|at| self.arguments.swap_remove(at));
                    if call.is_some_and(|(_, text)| !text.trim().is_empty() && !is_object(&text)) {
                        self.losses.arguments(*part);
                    }
                }
                Delta::Restart => {
                    self.parts.clear();
                    self.arguments.clear();
                    self.losses.told.clear();
                }
                _ => {}
            }
            writer.push(delta, out);
        }
    }

    fn fail(&mut self, error: &Error, out: &mut Vec<u8>) {
        // Where the bytes go on as they are, the error is in them.
        if let Some(writer) = self.writer.take().filter(|_| !self.as_is) {
            let said = error.to_string();
            writer.fail(error.code(), error.service_message().unwrap_or(&said), out);
        }
    }
}

/// What of a reply the client's protocol has no form for.
#[derive(Debug)]
struct Losses {
    client: Protocol,
    told: Vec<Loss>,
}

impl Losses {
    fn new(client: Protocol) -> Self {
        Self { client, told: Vec::new() }
    }

    /// Tells of a part once.
    fn tell(&mut self, at: usize, what: &str, why: &str) {
        let loss = Loss::new(format!("parts.{at}"), what, why);
        if !self.told.contains(&loss) {
            self.told.push(loss);
        }
    }

    fn opaque(&mut self, at: usize, origin: &Origin) {
        self.tell(at, "part", &hosted::left_out(origin));
    }

    fn reasoning(&mut self, at: usize) {
        self.tell(at, "reasoning", "its signature or sealed form is for the service's protocol alone; left out");
    }

    fn citations(&mut self, at: usize) {
        self.tell(at, "citations", hosted::CITATIONS);
    }

    fn call(&mut self, at: usize, origin: &Origin) {
        for key in hosted::said_of_call(origin) {
            self.tell(at, &key, hosted::SAID_OF_CALL);
        }
    }

    fn arguments(&mut self, at: usize) {
        if matches!(self.client, Protocol::Anthropic | Protocol::Gemini) {
            self.tell(at, "arguments", "no JSON object; written as {}");
        }
    }
}
