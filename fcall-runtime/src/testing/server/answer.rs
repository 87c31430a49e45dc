//! From a request over HTTP to a model's reply over HTTP.

use std::{borrow::Cow, future, io};

use serde::Serialize;
use tokio::{io::AsyncWriteExt, net::tcp::OwnedWriteHalf, sync::mpsc};

use super::{
    Received,
    fault::{Fault, Kind},
    wire::{self, Length},
};
use crate::{
    error::Error,
    message::{Assembler, Delta, Request, Sink},
    model::Model,
    protocol::{Incoming, Protocol},
};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// The answer to one request on its way out.
struct Out<'a> {
    to: &'a mut OwnedWriteHalf,
    number: usize,
    /// How many bytes of the body may still go out, and what comes then.
    limit: Option<(usize, Then)>,
}

#[derive(Clone, Copy)]
enum Then {
    Close,
    Hang,
}

/// Answers one request, or fails as the fault says.
///
/// # Errors
/// Where the connection must end.
pub(super) async fn answer(
    model: &dyn Model,
    request: &Received,
    number: usize,
    fault: Option<Fault>,
    to: &mut OwnedWriteHalf,
) -> io::Result<()> {
    let mut out = Out { to, number, limit: None };
    match fault.map(|fault| fault.0) {
        None => {}
        Some(Kind::Cut(after)) => out.limit = Some((after, Then::Close)),
        Some(Kind::HangAfter(after)) => out.limit = Some((after, Then::Hang)),
        Some(Kind::Close) => return Err(wire::cut()),
        Some(Kind::Hang) => future::pending::<()>().await,
        Some(Kind::Answer { status, headers, body }) => return out.whole(status, &headers, JSON, &body).await,
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let gemini = gemini(path);
    let (protocol, expected) = match path {
        _ if gemini.is_some() => (Protocol::Gemini, "POST"),
        path if path.ends_with("/models") => (Protocol::OpenAiChat, "GET"),
        path if path.ends_with("/chat/completions") => (Protocol::OpenAiChat, "POST"),
        path if path.ends_with("/responses") => (Protocol::OpenAiResponses, "POST"),
        path if path.ends_with("/v1/messages") => (Protocol::Anthropic, "POST"),
        _ => return out.error(Protocol::OpenAiChat, 404, "not_found_error", "no such path", &[]).await,
    };
    if request.method != expected {
        return out.error(protocol, 405, "invalid_request_error", "no such method here", &[]).await;
    }
    if expected == "GET" {
        return out.whole(200, &[], JSON, &models(model)).await;
    }
    match protocol.read_request(&request.body) {
        Ok(mut incoming) => {
            if let Some((name, stream)) = gemini {
                (incoming.model, incoming.stream) = (name.to_owned(), stream);
            }
            out.reply(model, protocol, incoming).await
        }
        Err(error) => out.error(protocol, 400, "invalid_request_error", &error.to_string(), &[]).await,
    }
}

/// The model and whether the reply streams, of an address that says so.
fn gemini(path: &str) -> Option<(&str, bool)> {
    let (_, asked) = path.split_once("/models/").or_else(|| path.split_once("/tunedModels/"))?;
    match asked.rsplit_once(':')? {
        (model, "generateContent") => Some((model, false)),
        (model, "streamGenerateContent") => Some((model, true)),
        _ => None,
    }
}

/// The id of a reply whose model gives it none.
fn reply_id(number: usize) -> String {
    format!("reply_{number}")
}

/// Answers what was not even a request.
pub(super) async fn refuse(to: &mut OwnedWriteHalf, status: u16, why: &str) -> io::Result<()> {
    Out { to, number: 0, limit: None }.whole(status, &[], "text/plain", why.as_bytes()).await
}

/// The model list, as OpenAI and everyone after them writes it.
fn models(model: &dyn Model) -> Vec<u8> {
    #[derive(Serialize)]
    struct List<'a> {
        object: &'static str,
        data: [Entry<'a>; 1],
    }
    #[derive(Serialize)]
    struct Entry<'a> {
        id: &'a str,
        object: &'static str,
        created: u64,
        owned_by: &'static str,
    }
    let entry = Entry { id: model.id(), object: "model", created: 0, owned_by: "loopback" };
    serde_json::to_vec(&List { object: "list", data: [entry] }).unwrap_or_default()
}

impl Out<'_> {
    /// Lets the model answer.
    async fn reply(&mut self, model: &dyn Model, protocol: Protocol, incoming: Incoming) -> io::Result<()> {
        let request = incoming.request();
        if incoming.stream {
            return self.stream(model, protocol, &request, &incoming.model).await;
        }
        let mut turn = Assembler::new(self.number);
        match model.reply(&request, &mut turn).await {
            Ok(()) => {
                let mut response = turn.finish();
                response.model.get_or_insert(incoming.model);
                response.id.get_or_insert_with(|| reply_id(self.number));
                self.whole(200, &[], JSON, &protocol.write_response(&response)).await
            }
            Err(error) => self.failed(protocol, &error).await,
        }
    }

    /// Sends the reply as it comes. A fault after its first delta can only be told by breaking off.
    async fn stream(
        &mut self,
        model: &dyn Model,
        protocol: Protocol,
        request: &Request<'_>,
        name: &str,
    ) -> io::Result<()> {
        let (sink, mut deltas) = mpsc::unbounded_channel();
        let mut sink = Forward(sink);
        let mut reply = model.reply(request, &mut sink);
        let mut writer = protocol.stream_writer(name);
        let mut bytes = Vec::new();
        let mut id = Some(reply_id(self.number));
        let mut take = |mut delta: Delta, bytes: &mut Vec<u8>| {
            // A stream begins with an id, whether the model gives one or not.
            match (&mut delta, id.take()) {
                (Delta::Begin { id, .. }, Some(usual)) => {
                    id.get_or_insert(usual);
                }
                (_, usual @ Some(_)) => writer.push(&Delta::Begin { id: usual, model: None }, bytes),
                (_, None) => {}
            }
            writer.push(&delta, bytes);
        };
        let mut begun = false;
        let ended = loop {
            let ended = tokio::select! {
                biased;
                Some(delta) = deltas.recv() => {
                    take(delta, &mut bytes);
                    None
                }
                ended = &mut reply => Some(ended),
            };
            // Everything that is there goes out in one piece.
            while let Ok(delta) = deltas.try_recv() {
                take(delta, &mut bytes);
            }
            match ended {
                Some(ended) => break ended,
                None => self.events(&mut begun, &mut bytes).await?,
            }
        };
        match &ended {
            Ok(()) => writer.finish(&mut bytes),
            Err(error) if !begun && bytes.is_empty() => return self.failed(protocol, error).await,
            // A service that fails in the middle of a stream says so in the stream, or breaks off.
            Err(error) => match error.service_message() {
                Some(message) => writer.fail(error.code(), message, &mut bytes),
                None => {
                    self.events(&mut begun, &mut bytes).await?;
                    return Err(wire::cut());
                }
            },
        }
        self.events(&mut begun, &mut bytes).await?;
        self.to.write_all(wire::LAST_CHUNK).await
    }

    /// Sends events of a stream, after the head of the answer if they are the first.
    async fn events(&mut self, begun: &mut bool, bytes: &mut Vec<u8>) -> io::Result<()> {
        if !*begun {
            *begun = true;
            let headers = self.headers(&[], EVENTS);
            self.to.write_all(&wire::head(200, &headers, Length::Chunked)).await?;
        }
        self.body(bytes, wire::chunk).await?;
        bytes.clear();
        Ok(())
    }

    /// Tells what kept the model from answering.
    async fn failed(&mut self, protocol: Protocol, error: &Error) -> io::Result<()> {
        let Some(status) = error.status() else {
            if error.is_cut() || error.is_connect() || error.is_timeout() {
                return Err(wire::cut());
            }
            let headers = [("x-should-retry".to_owned(), error.is_retryable().to_string())];
            return self.error(protocol, 500, "server_error", &error.to_string(), &headers).await;
        };
        let mut headers = vec![("x-should-retry".to_owned(), error.is_retryable().to_string())];
        if let Some(wait) = error.retry_after() {
            headers.push(("retry-after-ms".to_owned(), wait.as_millis().to_string()));
            headers.push(("retry-after".to_owned(), wait.as_secs_f64().ceil().to_string()));
        }
        let code = error.code().unwrap_or("server_error");
        let message: Cow<'_, str> = error.service_message().map_or_else(|| error.to_string().into(), Cow::Borrowed);
        self.error(protocol, status, code, &message, &headers).await
    }

    async fn error(
        &mut self,
        protocol: Protocol,
        status: u16,
        code: &str,
        message: &str,
        headers: &[(String, String)],
    ) -> io::Result<()> {
        let body = protocol.write_error(status, Some(code), message);
        self.whole(status, headers, JSON, &body).await
    }

    /// Sends an answer whose length is known.
    async fn whole(
        &mut self,
        status: u16,
        headers: &[(String, String)],
        content_type: &str,
        body: &[u8],
    ) -> io::Result<()> {
        let headers = self.headers(headers, content_type);
        self.to.write_all(&wire::head(status, &headers, Length::Known(body.len()))).await?;
        self.body(body, <[u8]>::to_vec).await
    }

    /// Sends a piece of the body, as far as the fault lets it.
    async fn body(&mut self, piece: &[u8], framed: fn(&[u8]) -> Vec<u8>) -> io::Result<()> {
        let Some((left, then)) = &mut self.limit else { return self.to.write_all(&framed(piece)).await };
        if piece.len() < *left {
            *left -= piece.len();
            return self.to.write_all(&framed(piece)).await;
        }
        let then = *then;
        self.to.write_all(&framed(&piece[..*left])).await?;
        self.to.flush().await?;
        match then {
            Then::Close => Err(wire::cut()),
            Then::Hang => future::pending().await,
        }
    }

    /// The headers of an answer: its own, and those that every answer has and it has not.
    fn headers(&self, own: &[(String, String)], content_type: &str) -> Vec<(String, String)> {
        let mut headers = own.to_vec();
        let has = |end: &str| own.iter().any(|(name, _)| name.to_ascii_lowercase().ends_with(end));
        if !has("content-type") {
            headers.push(("content-type".to_owned(), content_type.to_owned()));
        }
        if !has("request-id") {
            headers.push(("x-request-id".to_owned(), format!("req_{}", self.number)));
        }
        headers
    }
}

/// Hands deltas on as they come.
struct Forward(mpsc::UnboundedSender<Delta>);

impl Sink for Forward {
    fn push(&mut self, delta: Delta) {
        // A wire has no form for the change of a model. The other end is in the same function and outlives this one.
        if !matches!(delta, Delta::Handover(_)) {
            let _ = self.0.send(delta);
        }
    }
}
