//! A server on the loopback that puts any model behind the real protocols.
//!
//! It listens, keeps the record and hands out faults; `wire` reads and writes HTTP, `answer` asks the model.

mod answer;
mod fault;
mod wire;

use std::{
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

pub use fault::Fault;

use crate::{
    error::{Error, Result},
    model::Model,
    protocol::Protocol,
};

/// The most requests that the record keeps; of more, the newest.
const RECORD: usize = 1_000;

/// An HTTP server on 127.0.0.1 that answers for a [`Model`], in every protocol this library speaks.
///
/// It answers `POST .../chat/completions`, `.../responses`, `.../v1/messages` and `.../models/NAME:generateContent` (whole
/// and streamed, as the request asks) and `GET .../models`, whatever path stands before, and looks at no key. Every request is recorded. It stops when it is
/// dropped. A client that hangs up gives up its answer: the model's reply is dropped, and a silence on purpose ends. As
/// with most servers, one that only ends what it sends has hung up.
///
/// # Examples
/// ```
/// use fcall_runtime::{protocol::Protocol, testing::{Script, Server}};
///
/// # async fn example() -> fcall_runtime::Result<()> {
/// let server = Server::start(Script::new().text("Hello!")).await?;
/// let base = server.base_url(Protocol::OpenAiChat);
/// assert!(base.starts_with("http://127.0.0.1:"));
/// # Ok(())
/// # }
/// ```
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    model: Box<dyn Model>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    requests: VecDeque<Received>,
    count: usize,
    connections: usize,
    faults: VecDeque<Fault>,
}

/// A request as it reached a [`Server`].
///
/// Its `Debug` leaves out the values of the headers: they hold keys.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// `GET`, `POST`.
    pub method: String,
    /// The path with its query, as it was sent.
    pub path: String,
    /// The headers, as they were sent but for the names, which are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Server {
    /// Starts a server for this model on a free port.
    ///
    /// # Errors
    /// Where no port of the loopback can be had.
    ///
    /// # Panics
    /// Outside a tokio runtime with I/O enabled.
    pub async fn start(model: impl Model + 'static) -> Result<Self> {
        let refused = |error| Error::setup("no port of 127.0.0.1 can be listened to").with_source(error);
        let listener =
            TcpListener::bind(("127.0.0.1", 0)).await.map_err::<Error, fn(std::io::Error) -> Error>(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let shared = Arc::new(Shared { model: Box::new(model), state: Mutex::default() });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL to give a client of this protocol.
    pub fn base_url(&self, protocol: Protocol) -> String {
        match protocol {
            Protocol::OpenAiChat | Protocol::OpenAiResponses => format!("http://{}/v1", self.address),
            Protocol::Anthropic | Protocol::Gemini => format!("http://{}", self.address),
        }
    }

    /// The service that this server is, for a client of this protocol.
    #[cfg(feature = "client")]
    pub fn service(&self, protocol: Protocol) -> crate::client::Service {
        crate::client::Service::new(protocol, self.base_url(protocol))
    }

    /// The requests so far, in the order in which they had come in whole; the newest 1,000 of them.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.state().requests.iter().cloned().collect()
    }

    /// How many connections clients have made.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Answers the next request that no earlier fault takes with this one.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.state().faults.push_back(fault);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request; returns its number, from 1, and the fault that is its lot.
    fn record(&self, request: &Received) -> (usize, Option<Fault>) {
        let mut state = self.state();
        if state.requests.len() == RECORD {
            state.requests.pop_front();
        }
        state.requests.push_back(request.clone());
        state.count += 1;
        (state.count, state.faults.pop_front())
    }
}

/// Serves until it is aborted, and all connections with it.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    shared.state().connections += 1;
                    connections.spawn(serve(stream, Arc::clone(&shared)));
                }
                // Out of file descriptors, most likely: a connection that ends gives one back.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection. An error ends it: the client sees it close.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // Without it, small chunks of a stream wait for each other; nothing is wrong where it is refused.
    let _ = stream.set_nodelay(true);
    let (from, mut to) = stream.into_split();
    let mut from = tokio::io::BufReader::new(from);
    loop {
        match wire::read(&mut from, &mut to).await {
            Ok(wire::Incoming::Request(request)) => {
                let (number, fault) = shared.record(&request);
                let last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
                let answered = tokio::select! {
                    biased;
                    answered = answer::answer(&*shared.model, &request, number, fault, &mut to) => answered,
                    () = wire::hung_up(&mut from) => return,
                };
                if answered.is_err() || last {
                    return;
                }
            }
            Ok(wire::Incoming::Refused(status, why)) => {
                let _ = answer::refuse(&mut to, status, why).await;
                return;
            }
            Ok(wire::Incoming::End) | Err(_) => return,
        }
    }
}

impl Received {
    /// The value of the header with this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

impl fmt::Debug for Received {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Received")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("headers", &names)
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}
