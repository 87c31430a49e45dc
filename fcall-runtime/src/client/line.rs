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

impl Line {
    /// Sends a request, and waits for the head of its answer.
    pub(super) async fn send(
        &self,
        request: Request,
        protocol: Protocol,
        endpoint: &Endpoint,
        idle: Duration,
        secrets: &[String],
    ) -> Result<Incoming> {
        match self {
            Self::Wire(transport) => {
                let mut response = transport.send(request, endpoint, idle).await?;
                let headers = std::mem::take(response.headers_mut());
                Ok(Incoming { status: response.status(), headers, body: Body::Wire(response) })
            }
            Self::Recorded(transport, tape) => {
                let (number, asked) = (tape.number(), Asked::of(&request, protocol));
                let mut response = transport.send(request, endpoint, idle).await?;
                let headers = std::mem::take(response.headers_mut());
                let status = response.status();
                let recording = Recording::new(tape, number, asked, (status.as_u16(), &headers), secrets);
                Ok(Incoming { status, headers, body: Body::Recorded(response, Box::new(recording)) })
            }
            Self::Played(tape) => Incoming::played(tape.play(&Asked::of(&request, protocol), secrets)?),
        }
    }
}

impl Incoming {
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
