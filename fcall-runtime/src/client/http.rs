//! One request over HTTP and its answer, as often as the retries say.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use reqwest::{
    Body, Method,
    header::{HeaderMap, HeaderValue, LOCATION},
};
use tokio::time::error::Elapsed;

use super::{
    endpoint::{self, Endpoint},
    hide::Hidden,
    line::{Incoming, Line},
    retry::{Advice, Retry},
};
use crate::{
    error::{Error, Kind, Result, ServiceFault},
    fallback::OnBegun,
    message::{HeldBack, Sink},
    notice,
    protocol::{Limits, Protocol},
};

/// The most bytes of an error's body that are read.
const ERROR_BODY: usize = 64 * 1024;

/// Everything about a request but its body.
pub(super) struct Exchange<'a> {
    pub(super) protocol: Protocol,
    pub(super) line: &'a Line,
    pub(super) endpoint: &'a Endpoint,
    /// Whether the reply is to come in pieces.
    pub(super) stream: bool,
    pub(super) headers: &'a HeaderMap,
    /// What must not be shown where a service repeats it.
    pub(super) secrets: &'a [String],
    pub(super) idle: Duration,
    pub(super) limits: Limits,
}

impl Exchange<'_> {
    /// Sends the request, and again while the retries say so and nothing of a reply has been handed out that can't be
    /// taken back.
    pub(super) async fn run(
        &self,
        retry: Retry,
        mut body: impl FnMut() -> Result<Vec<u8>>,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        // Most requests need no wait.
        let mut waits = None;
        let mut held = HeldBack::new(sink, false);
        // Nobody reads of a reply that is wanted whole before its end.
        let restarts = !self.stream || retry.on_begun == OnBegun::Restart;
        let mut times = 0;
        loop {
            let ended = self.once(body()?, &mut held).await;
            let wait = match &ended {
                Err(error) if !held.is_read() || restarts => waits.get_or_insert_with(|| retry.begin()).after(error),
                _ => None,
            };
            let (Some(wait), Err(error)) = (wait, &ended) else {
                held.release();
                return ended;
            };
            times += 1;
            notice::retry(error, times, wait);
            held.take_back();
            tokio::time::sleep(wait).await;
        }
    }

    async fn once(&self, body: Vec<u8>, sink: &mut dyn Sink) -> Result<()> {
        let mut request = reqwest::Request::new(Method::POST, self.endpoint.asked(self.stream).clone());
        self.headers.clone_into(request.headers_mut());
        *request.body_mut() = Some(Body::from(body));
        let mut answer = self.line.send(request, self.protocol, self.endpoint, self.idle, self.secrets).await?;
        if answer.status.is_success() {
            let ended = self.read(&mut answer, sink).await;
            return ended.map_err(|error| self.told(error, request_id(&answer.headers)));
        }
        let id = request_id(&answer.headers);
        let error = match answer.status.is_redirection() {
            true => self.redirect(&answer),
            false => Box::pin(self.fault(answer)).await,
        };
        Err(self.told(error, id))
    }

    /// Feeds the reply to its protocol as it comes, whether it is a stream or not: the body says which.
    async fn read(&self, answer: &mut Incoming, sink: &mut dyn Sink) -> Result<()> {
        // Most of what a request that waits would else hold.
        let mut decoder = Box::new(self.protocol.decoder().limits(self.limits));
        loop {
            let fed = within(self.idle, pin!(answer.chunk(|chunk| decoder.feed(chunk, sink)))).await;
            let lost = match fed {
                Ok(Ok(Some(fed))) => {
                    fed?;
                    continue;
                }
                Ok(Ok(None)) => return decoder.finish(sink),
                Ok(Err(error)) => Error::new(Kind::Cut { protocol: self.protocol.name() }).with_source(error),
                Err(_) => Error::new(Kind::Idle(self.idle)),
            };
            // A reply that had said its last word is whole, however the connection ended.
            return decoder.finish(sink).map_err(|_| lost);
        }
    }

    fn redirect(&self, answer: &Incoming) -> Error {
        let target = text(&answer.headers, LOCATION.as_str()).and_then(|to| self.endpoint.url.join(&to).ok());
        let message = match target {
            Some(url) => format!(
                "it redirects to {}, and no redirect is followed: if that is the right place, make it the base URL",
                endpoint::shown(&url)
            ),
            None => "it redirects, and does not say where to".to_owned(),
        };
        Error::service(ServiceFault { status: Some(answer.status.as_u16()), message, ..ServiceFault::default() })
    }

    /// The error that an answer tells, by its body and its headers.
    async fn fault(&self, mut answer: Incoming) -> Error {
        let status = answer.status.as_u16();
        let advice = Advice::of(&answer.headers);
        let mut body = Vec::new();
        // What can't be read of an error's body is done without.
        loop {
            let read = answer.chunk(|chunk| body.extend_from_slice(&chunk[..chunk.len().min(ERROR_BODY - body.len())]));
            let Ok(Ok(Some(()))) = tokio::time::timeout(self.idle, read).await else { break };
            if body.len() == ERROR_BODY {
                break;
            }
        }
        let mut error = self.protocol.decode_error(status, &body);
        if let Some(fault) = error.fault_mut() {
            fault.retry_after = advice.after.or(fault.retry_after);
            match advice.should {
                // A 429 that the protocol calls final is an exhausted quota, whatever the headers hope.
                Some(true) => fault.retryable |= status != 429,
                Some(false) => fault.retryable = false,
                None => {}
            }
        }
        if matches!(status, 404 | 405) {
            error = error.with_source(format!("the request went to {}", self.endpoint.shown()));
        }
        error
    }

    /// Adds the request's id to what a service told, and hides its own secrets in it.
    fn told(&self, mut error: Error, request_id: Option<HeaderValue>) -> Error {
        if let Some(fault) = error.fault_mut() {
            let told = || Some(request_id?.to_str().ok()?.to_owned());
            fault.request_id = fault.request_id.take().or_else(told);
            let hidden = Hidden::new(self.secrets, &[]);
            for text in [Some(&mut fault.message), fault.code.as_mut(), fault.request_id.as_mut()].into_iter().flatten()
            {
                *text = hidden.cut(text);
            }
        }
        error
    }
}

/// What the future yields, where that takes no longer.
async fn within<F: Future>(limit: Duration, mut future: Pin<&mut F>) -> std::result::Result<F::Output, Elapsed> {
    // Most of a reply is there when it is asked for, and then it takes no timer.
    match poll_fn(|task| Poll::Ready(future.as_mut().poll(task))).await {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => tokio::time::timeout(limit, future).await,
    }
}

/// The id under which a service knows the request.
fn request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get("x-request-id").or_else(|| headers.get("request-id")).cloned()
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}
