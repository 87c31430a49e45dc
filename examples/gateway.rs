//! A gateway: all four protocols in front of any model, so that a program written for one provider can talk to another.
//!
//! ```sh
//! FCALL_MODEL=anthropic/claude-sonnet-4.5 cargo run --example gateway    # prints its address, and a key if none is set
//! ```
//!
//! It holds a provider's key, so nobody gets in unseen: it listens on loopback, asks for a key of its own, answers only
//! to names that it has (a page in a browser can't reach it by a name of its own choosing), allows no foreign origin,
//! and bounds what it reads and how much it does at once. Set `FCALL_GATEWAY_KEY`, `FCALL_GATEWAY_ADDRESS` (default
//! `127.0.0.1:8787`) and, for an address that is not loopback, `FCALL_GATEWAY_HOSTS`, the names it is called by. There
//! is no TLS in it. What of a request only its own protocol knows is left out, and named in `x-fcall-left-out`.

#[path = "gateway/door.rs"]
mod door;
#[path = "gateway/stream.rs"]
mod stream;

use std::{
    error::Error as StdError,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderValue, Method, StatusCode, Uri, header},
    response::Response as Answer,
};
use fcall::{Error, Model, Protocol, message::Assembler, protocol::Incoming};
use serde::Serialize;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};

use self::{door::Door, stream::streamed};

const MAX_BODY: usize = 32 << 20;
const MAX_AT_ONCE: usize = 64;
/// Keys that say how the client wants its reply kept or sent; no model has to hear of them.
const OWN_MATTERS: [&str; 3] = ["store", "include", "stream_options"];
const BODY_TIME: Duration = Duration::from_secs(60);

struct Gateway {
    model: Arc<dyn Model>,
    door: Door,
    at_once: Arc<Semaphore>,
    count: AtomicUsize,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let address: SocketAddr = set("FCALL_GATEWAY_ADDRESS").as_deref().unwrap_or("127.0.0.1:8787").parse()?;
    let names = set("FCALL_GATEWAY_HOSTS");
    if !address.ip().is_loopback() && names.is_none() {
        return Err("FCALL_GATEWAY_ADDRESS is not loopback: name the hosts to answer as in FCALL_GATEWAY_HOSTS".into());
    }
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let mut hosts = vec!["localhost".to_owned(), address.to_string()];
    hosts.extend(names.iter().flat_map(|names| names.split(',')).map(str::to_owned));
    let gateway = Gateway {
        model: Arc::new(fcall::model_from_env()?),
        door: Door::new(set("FCALL_GATEWAY_KEY"), hosts)?,
        at_once: Arc::new(Semaphore::new(MAX_AT_ONCE)),
        count: AtomicUsize::new(1),
    };
    println!("http://{address}");
    axum::serve(listener, Router::new().fallback(answer).with_state(Arc::new(gateway))).await?;
    Ok(())
}

/// What is asked for, of a method and a path.
enum Asked {
    Models,
    Reply,
    /// A Gemini address says which model is asked and whether the reply should stream.
    Gemini {
        model: String,
        stream: bool,
    },
}

fn asked(method: &Method, uri: &Uri) -> Result<(Protocol, Asked), (Protocol, StatusCode, &'static str)> {
    let path = uri.path();
    // `/v1/models/NAME:generateContent`, with any version.
    let models = path.split_once("/models/").filter(|(version, _)| version.starts_with("/v"));
    let gemini = models.and_then(|(_, asked)| asked.rsplit_once(':'));
    let (protocol, expected, asked) = match (path, gemini) {
        (_, Some((model, verb @ ("generateContent" | "streamGenerateContent")))) => {
            let stream = verb == "streamGenerateContent";
            if stream && !uri.query().is_some_and(|query| query.split('&').any(|option| option == "alt=sse")) {
                return Err((Protocol::Gemini, StatusCode::BAD_REQUEST, "the gateway streams events: add ?alt=sse"));
            }
            (Protocol::Gemini, Method::POST, Asked::Gemini { model: model.to_owned(), stream })
        }
        ("/v1/chat/completions", _) => (Protocol::OpenAiChat, Method::POST, Asked::Reply),
        ("/v1/responses", _) => (Protocol::OpenAiResponses, Method::POST, Asked::Reply),
        ("/v1/messages", _) => (Protocol::Anthropic, Method::POST, Asked::Reply),
        ("/v1/models", _) => (Protocol::OpenAiChat, Method::GET, Asked::Models),
        // An error is told in the protocol whose client asks.
        _ => {
            let protocol = match path {
                _ if gemini.is_some() || path.starts_with("/v1beta/") => Protocol::Gemini,
                path if path.starts_with("/v1/messages/") => Protocol::Anthropic,
                _ => Protocol::OpenAiChat,
            };
            return Err((protocol, StatusCode::NOT_FOUND, "the gateway has no such path"));
        }
    };
    if *method != expected {
        return Err((protocol, StatusCode::METHOD_NOT_ALLOWED, "the gateway has no such method here"));
    }
    Ok((protocol, asked))
}

async fn answer(State(gateway): State<Arc<Gateway>>, request: axum::extract::Request) -> Answer {
    let (parts, body) = request.into_parts();
    let found = asked(&parts.method, &parts.uri);
    let protocol = found.as_ref().map_or_else(|(protocol, ..)| *protocol, |(protocol, _)| *protocol);
    if !gateway.door.is_called(&parts) {
        return refusal(protocol, StatusCode::FORBIDDEN, "permission_error", "the gateway is not called by this host");
    }
    if !gateway.door.is_let_in(&parts.headers) {
        return refusal(
            protocol,
            StatusCode::UNAUTHORIZED,
            "authentication_error",
            "the gateway's key is missing or wrong",
        );
    }
    let asked = match found {
        Ok((_, Asked::Models)) => return whole(StatusCode::OK, models(gateway.model.id())),
        Ok((_, asked)) => asked,
        Err((_, status, why)) => {
            let code = if status == StatusCode::NOT_FOUND { "not_found_error" } else { "invalid_request_error" };
            return refusal(protocol, status, code, why);
        }
    };
    let Ok(permit) = Arc::clone(&gateway.at_once).try_acquire_owned() else {
        return refusal(
            protocol,
            StatusCode::SERVICE_UNAVAILABLE,
            "overloaded_error",
            "the gateway is busy; try later",
        );
    };
    let body = match timeout(BODY_TIME, to_bytes(body, MAX_BODY)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let why = format!("the body broke off, or is larger than {MAX_BODY} bytes");
            return refusal(protocol, StatusCode::PAYLOAD_TOO_LARGE, "request_too_large", &why);
        }
        Err(_) => return refusal(protocol, StatusCode::REQUEST_TIMEOUT, "timeout_error", "the body came too slowly"),
    };
    let mut incoming = match protocol.read_request(&body) {
        Ok(incoming) => incoming,
        Err(error) => return refusal(protocol, StatusCode::BAD_REQUEST, "invalid_request_error", &error.to_string()),
    };
    if let Asked::Gemini { model, stream } = asked {
        (incoming.model, incoming.stream) = (model, stream);
    }
    // Keys without a neutral form mean something to the client's own protocol alone, and the model may speak another.
    let extra = std::mem::take(&mut incoming.options.extra).into_iter();
    let told = extra.filter(|(key, value)| !value.is_null() && !OWN_MATTERS.contains(&key.as_str()));
    let left_out: Vec<String> = told.map(|(key, _)| key).collect();
    let number = gateway.count.fetch_add(1, Ordering::Relaxed);
    let mut answer = match incoming.stream {
        true => streamed(Arc::clone(&gateway.model), protocol, incoming, number, permit).await,
        false => at_once(&gateway, protocol, &incoming, number).await,
    };
    if let Ok(keys) = left_out.join(",").parse()
        && !left_out.is_empty()
    {
        answer.headers_mut().insert("x-fcall-left-out", keys);
    }
    answer
}

/// The reply as a whole.
async fn at_once(gateway: &Gateway, protocol: Protocol, incoming: &Incoming, number: usize) -> Answer {
    let mut reply = Assembler::new(number);
    if let Err(error) = gateway.model.reply(&incoming.request(), &mut reply).await {
        return failure(protocol, &error);
    }
    let mut response = reply.finish();
    response.model.get_or_insert_with(|| incoming.model.clone());
    response.id.get_or_insert_with(|| format!("reply_{number}"));
    whole(StatusCode::OK, protocol.write_response(&response))
}

/// The models there are, as OpenAI lists them.
fn models(id: &str) -> Vec<u8> {
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
    let entry = Entry { id, object: "model", created: 0, owned_by: "gateway" };
    fcall::serde_json::to_vec(&List { object: "list", data: [entry] }).unwrap_or_default()
}

/// What kept the model from answering, with a status that says whose fault it is.
fn failure(protocol: Protocol, error: &Error) -> Answer {
    let said = error.to_string();
    let own_words = error.service_message().filter(|message| !message.is_empty()).unwrap_or(&said);
    // an error inside a reply has a number of its own at most
    let status = error.status().or_else(|| error.code()?.parse().ok());
    let (status, message) = match status {
        // The key that was refused is the gateway's: the client's own is good.
        Some(401 | 403) => (StatusCode::BAD_GATEWAY, &*said),
        Some(status @ 400..=599) => (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), own_words),
        None if error.is_encode() => (StatusCode::BAD_REQUEST, &*said),
        None if error.is_timeout() => (StatusCode::GATEWAY_TIMEOUT, &*said),
        _ => (StatusCode::BAD_GATEWAY, own_words),
    };
    let mut answer = refusal(protocol, status, error.code().unwrap_or("server_error"), message);
    let retry = if error.is_retryable() { "true" } else { "false" };
    answer.headers_mut().insert("x-should-retry", HeaderValue::from_static(retry));
    if let Some(wait) = error.retry_after() {
        answer.headers_mut().insert(header::RETRY_AFTER, (wait.as_secs_f64().ceil() as u64).into());
    }
    answer
}

fn refusal(protocol: Protocol, status: StatusCode, code: &str, message: &str) -> Answer {
    whole(status, protocol.write_error(status.as_u16(), Some(code), message))
}

fn whole(status: StatusCode, body: Vec<u8>) -> Answer {
    headed(status, "application/json", body.into())
}

fn headed(status: StatusCode, content_type: &'static str, body: Body) -> Answer {
    let mut answer = Answer::new(body);
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
