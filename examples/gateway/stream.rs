//! A reply as it comes: the deltas of the model as events for the client.

use std::{
    future, io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
    response::Response as Answer,
};
use fcall::{
    Error, Model, Protocol,
    message::{Delta, Sink},
    protocol::Incoming,
};
use futures_core::Stream;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use crate::{failure, headed, refusal};

/// The reply as it comes. An error before its first event is an answer with that status; a later one is told in the stream.
pub(crate) async fn streamed(
    model: Arc<dyn Model>,
    protocol: Protocol,
    incoming: Incoming,
    number: usize,
    permit: OwnedSemaphorePermit,
) -> Answer {
    let (out, mut events) = mpsc::channel(1);
    tokio::spawn(async move {
        // Who no longer listens ends the request: the future is dropped, and the permit with it.
        tokio::select! {
            () = out.closed() => {}
            () = write_events(&*model, protocol, &incoming, number, &out) => {}
        }
        drop(permit);
    });
    match events.recv().await {
        Some(Ok(first)) => {
            let body = Body::from_stream(Events { first: Some(first), rest: events });
            headed(StatusCode::OK, "text/event-stream", body)
        }
        Some(Err(error)) => failure(protocol, &error),
        None => refusal(protocol, StatusCode::BAD_GATEWAY, "server_error", "the model ended without a reply"),
    }
}

/// Asks the model and sends on what it says; an error only as the first and only thing.
async fn write_events(
    model: &dyn Model,
    protocol: Protocol,
    incoming: &Incoming,
    number: usize,
    out: &mpsc::Sender<Result<Bytes, Error>>,
) {
    let (sink, mut deltas) = mpsc::unbounded_channel();
    let (request, mut sink) = (incoming.request(), Forward(sink));
    let mut reply = model.reply(&request, &mut sink);
    let mut writer = protocol.stream_writer(&incoming.model);
    let (mut bytes, mut begun, mut sent) = (Vec::new(), false, false);
    let ended = loop {
        // The model is only polled while nothing waits to be sent, so a slow client holds little memory.
        let ended = future::poll_fn(|cx| match reply.as_mut().poll(cx) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if !deltas.is_empty() => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        let ended = ended.await;
        while let Ok(mut delta) = deltas.try_recv() {
            // A stream begins with an id, whether the model gives one or not.
            let usual = (!std::mem::replace(&mut begun, true)).then(|| format!("reply_{number}"));
            match (&mut delta, usual) {
                (Delta::Begin { id, .. }, usual) => *id = id.take().or(usual),
                (_, Some(usual)) => writer.push(&Delta::Begin { id: Some(usual), model: None }, &mut bytes),
                (_, None) => {}
            }
            writer.push(&delta, &mut bytes);
        }
        if let Some(ended) = ended {
            break ended;
        }
        if !bytes.is_empty() {
            sent = true;
            if out.send(Ok(std::mem::take(&mut bytes).into())).await.is_err() {
                return;
            }
        }
    };
    match ended {
        Ok(()) => writer.finish(&mut bytes),
        Err(error) if !sent => return drop(out.send(Err(error)).await),
        Err(error) => {
            let said = error.to_string();
            writer.fail(error.code(), error.service_message().unwrap_or(&said), &mut bytes);
        }
    }
    let _ = out.send(Ok(bytes.into())).await;
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

/// The body of a streamed answer.
struct Events {
    first: Option<Bytes>,
    rest: mpsc::Receiver<Result<Bytes, Error>>,
}

impl Stream for Events {
    type Item = Result<Bytes, io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        self.rest.poll_recv(cx).map(|event| event.map(|event| event.map_err(io::Error::other)))
    }
}
