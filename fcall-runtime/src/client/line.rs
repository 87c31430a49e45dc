//! How a request gets its answer: over the wire, over the wire and onto a tape, or from a tape.

use std::{str::FromStr, sync::Arc, time::Duration, vec};

use reqwest::{
    Request, Response, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};

use super::{
    endpoint::Endpoint,
    tape::{Answer, Asked, End, Recording, Tape},
    transport::Transport,
};
use crate::{
    error::{BoxError, Error, Result},
    model::BoxFuture,
    protocol::Protocol,
};

#[derive(Clone)]
pub(super) enum Line {
    Wire(Transport),
    Recorded(Transport, Arc<dyn Tape>),
    Played(Arc<dyn Tape>),
}

/// An answer as it comes in.
pub(super) struct Incoming {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Body,
}

enum Body {
    Wire(Response),
    Recorded(Response, Box<Recording>),
    Played(vec::IntoIter<Vec<u8>>, End),
}

/// A request on its way.
enum Sent<'l, F> {
    Wire(F),
    /// What is recorded is in no hurry, and the others need no room for it.
    Recorded(BoxFuture<'l, Result<Incoming>>),
    Played(Result<Answer>),
}

impl Line {
    /// Sends a request, and waits for the head of its answer.
    ///
    /// The request is handed over before the future is made: it is large, and would else be carried along in it.
    pub(super) fn send<'l>(
        &'l self,
        request: Request,
        protocol: Protocol,
        endpoint: &'l Endpoint,
        idle: Duration,
        secrets: &'l [String],
    ) -> impl Future<Output = Result<Incoming>> {
        let sent = match self {
            Self::Wire(transport) => Sent::Wire(transport.send(request, endpoint, idle)),
            Self::Recorded(transport, tape) => {
                let (number, asked) = (tape.number(), Asked::of(&request, protocol));
                let sent = transport.send(request, endpoint, idle);
                Sent::Recorded(Box::pin(async move {
                    let response = sent.await?;
                    let answered = (response.status().as_u16(), response.headers());
                    let recording = Recording::new(tape, number, asked, answered, secrets);
                    Ok(Incoming::wire(response, |response| Body::Recorded(response, Box::new(recording))))
                }))
            }
            Self::Played(tape) => Sent::Played(tape.play(&Asked::of(&request, protocol), secrets)),
        };
        async move {
            match sent {
                Sent::Wire(sent) => Ok(Incoming::wire(sent.await?, Body::Wire)),
                Sent::Recorded(sent) => sent.await,
                Sent::Played(answer) => Incoming::played(answer?),
            }
        }
    }
}

impl Incoming {
    fn wire(mut response: Response, body: impl FnOnce(Response) -> Body) -> Self {
        let headers = std::mem::take(response.headers_mut());
        Self { status: response.status(), headers, body: body(response) }
    }

    fn played(answer: Answer) -> Result<Self> {
        let wrong = || Error::setup("the recording has a status or a header that is none: record it anew");
        let mut headers = HeaderMap::with_capacity(answer.headers.len());
        for (name, value) in &answer.headers {
            let name = HeaderName::from_str(name).map_err(|error| wrong().with_source(error))?;
            let value = HeaderValue::from_str(value).map_err(|error| wrong().with_source(error))?;
            headers.insert(name, value);
        }
        let status = StatusCode::from_u16(answer.status).map_err(|error| wrong().with_source(error))?;
        Ok(Self { status, headers, body: Body::Played(answer.chunks.into_iter(), answer.end) })
    }

    /// Gives the next piece of the body to `take`; none at its end.
    pub(super) async fn chunk<R>(&mut self, take: impl FnOnce(&[u8]) -> R) -> Result<Option<R>, BoxError> {
        match &mut self.body {
            Body::Wire(response) => match response.chunk().await {
                Ok(chunk) => Ok(chunk.map(|chunk| take(&chunk))),
                Err(error) => Err(error.without_url().into()),
            },
            Body::Recorded(response, recording) => match response.chunk().await {
                Ok(Some(chunk)) => {
                    recording.chunk(&chunk);
                    Ok(Some(take(&chunk)))
                }
                Ok(None) => {
                    recording.end(End::Complete);
                    Ok(None)
                }
                Err(error) => {
                    recording.end(End::Lost);
                    Err(error.without_url().into())
                }
            },
            Body::Played(rest, end) => match (rest.next(), end) {
                (Some(chunk), _) => Ok(Some(take(&chunk))),
                (None, End::Complete) => Ok(None),
                (None, End::Lost) => Err("the connection was lost here when this was recorded".into()),
                (None, End::Unread) => Err("nobody read on from here when this was recorded".into()),
            },
        }
    }
}
