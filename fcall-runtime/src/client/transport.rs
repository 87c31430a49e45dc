//! The connections to one service.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use reqwest::{Client, Request, Response, redirect};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::runtime::Handle;

use super::endpoint::Endpoint;
use crate::error::{Error, Kind, Result};

/// A pool of connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct Transport {
    client: Client,
    connect: Duration,
}

impl Transport {
    /// Connections for this address: through the system's proxy if it has one, but never on the way to the machine itself.
    ///
    /// # Errors
    /// Where https is asked for on a machine without CA certificates.
    pub(super) fn new(endpoint: &Endpoint, connect: Duration) -> Result<Self> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls(endpoint)?)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(connect);
        if endpoint.loopback {
            let local: [SocketAddr; 2] = [(Ipv4Addr::LOCALHOST, 0).into(), (Ipv6Addr::LOCALHOST, 0).into()];
            builder = builder.no_proxy().resolve_to_addrs("localhost", &local);
        }
        let wrong = |error: reqwest::Error| Error::setup("no HTTP client can be made here").with_source(error);
        Ok(Self { client: builder.build().map_err(wrong)?, connect })
    }

    /// Sends a request, and waits for the head of its answer.
    pub(super) async fn send(&self, request: Request, endpoint: &Endpoint, idle: Duration) -> Result<Response> {
        let lost = match tokio::time::timeout(idle, self.client.execute(request)).await {
            Ok(Ok(response)) => return Ok(response),
            Ok(Err(error)) => error,
            Err(_) => return Err(Error::new(Kind::Idle(idle))),
        };
        let host = endpoint.host();
        let kind = if lost.is_connect() && lost.is_timeout() {
            Kind::Connect(format!("{host} within {:?}", self.connect))
        } else if lost.is_connect() {
            Kind::Connect(host)
        } else {
            Kind::Transport(format!("{host} gave no answer that is HTTP"))
        };
        Err(Error::new(kind).with_source(lost.without_url()))
    }
}

/// Refuses to go on where there is no runtime to wait in: the libraries below would panic.
pub(super) fn runtime() -> Result<()> {
    let none =
        |error| Error::setup("a model over HTTP needs a tokio runtime: put #[tokio::main] on main").with_source(error);
    Handle::try_current().map(|_| ()).map_err(none)
}

/// TLS with ring and the system's CA certificates; no state of the process is read or set.
fn tls(endpoint: &Endpoint) -> Result<ClientConfig> {
    let new = || {
        ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions()
    };
    let wrong = |error| Error::setup("TLS can't be set up").with_source(error);
    if !(endpoint.is_plain() && endpoint.loopback) {
        match new().map_err(wrong)?.with_platform_verifier() {
            Ok(config) => return Ok(config.with_no_client_auth()),
            Err(error) if !endpoint.is_plain() => {
                let host = endpoint.host();
                let message = format!(
                    "https to {host} needs the system's CA certificates, and none were found: install them \
                     (`ca-certificates`), or name their file in SSL_CERT_FILE"
                );
                return Err(Error::setup(message).with_source(error));
            }
            Err(_) => {}
        }
    }
    // No https is asked for, so nothing needs to be trusted.
    Ok(new().map_err(wrong)?.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}
