//! Models over HTTP.
//!
//! A service is data ([`Service`]: protocol, base URL, key), and a model is a service with a name ([`ServiceModel`]).
//! `known` holds the services that have a name of their own, `named` makes them, `environment` chooses one, `http` sends,
//! `retry` repeats, `transport` holds the connections, and `line` says whether a recording stands in for them.
//! What goes over the wire is the business of [`protocol`](crate::protocol). This is the only room that reads the
//! environment, and the only one that knows the HTTP library, which does not show.

mod chosen;
mod endpoint;
mod environment;
mod hide;
mod http;
mod known;
mod line;
mod local;
mod named;
mod retry;
mod secret;
mod served;
mod service;
#[cfg_attr(not(feature = "testing"), allow(dead_code, reason = "only `testing` has recordings"))]
mod tape;
mod transport;

pub use chosen::EnvModel;
pub use environment::{Environment, model_from_env};
pub use known::KnownService;
pub use local::LocalServer;
pub use named::model;
pub use retry::Retry;
pub use served::ServiceModel;
pub use service::{Auth, Service};
#[cfg(feature = "testing")]
pub(crate) use {
    environment::variable,
    hide::Hidden,
    tape::{Answer, Asked, End, Tape},
};
