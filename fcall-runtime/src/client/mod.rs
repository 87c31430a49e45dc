//! Models over HTTP.
//!
//! A service is data ([`Service`]: protocol, base URL, key), and a model is a service with a name ([`ServiceModel`]).
//! `known` holds the services that have a name of their own, `environment` chooses one, `http` sends, `retry` repeats,
//! `transport` holds the connections.
//! What goes over the wire is the business of [`protocol`](crate::protocol). This is the only room that reads the
//! environment, and the only one that knows the HTTP library, which does not show.

mod chosen;
mod endpoint;
mod environment;
mod http;
mod known;
mod local;
mod retry;
mod secret;
mod served;
mod service;
mod transport;

pub use chosen::EnvModel;
pub use environment::{Environment, model_from_env};
pub use known::{KnownService, model};
pub use local::LocalServer;
pub use retry::Retry;
pub use served::ServiceModel;
pub use service::{Auth, Service};
