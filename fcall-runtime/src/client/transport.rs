//! The connections to one service.

use std::{
    io,
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
            // Ours are enough; where none are allowed, none are prepared for.
            .retry(reqwest::retry::never().max_retries_per_request(0))
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
    ///
    /// The request is handed over before the future is made: it is large, and would else be carried along in it.
    pub(super) fn send(
        &self,
        request: Request,
        endpoint: &Endpoint,
        idle: Duration,
    ) -> impl Future<Output = Result<Response>> {
        let sent = tokio::time::timeout(idle, self.client.execute(request));
        async move {
            match sent.await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(error)) => Err(self.lost(error, endpoint)),
                Err(_) => Err(Error::new(Kind::Idle(idle))),
            }
        }
    }

    fn lost(&self, lost: reqwest::Error, endpoint: &Endpoint) -> Error {
        let host = endpoint.host();
        if is_untrusted(&lost) {
            // Asking again would not make it any better, so it is not counted among the faults of connections.
            let message = format!("the certificate of {host} is not one that this machine trusts");
            return Error::setup(message).with_source(lost.without_url());
        }
        let kind = if lost.is_connect() && lost.is_timeout() {
            Kind::Connect(format!("{host} within {:?}", self.connect))
        } else if lost.is_connect() {
            Kind::Connect(host)
        } else {
            Kind::Transport(format!("{host} gave no answer that is HTTP"))
        };
        Error::new(kind).with_source(lost.without_url())
    }
}

/// Whether the service's certificate was refused.
fn is_untrusted(error: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(rustls::Error::InvalidCertificate(_)) = error.downcast_ref() {
        return true;
    }
    // An I/O error hides what it wraps: its source is that of the wrapped error.
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => is_untrusted(inner),
        None => error.source().is_some_and(is_untrusted),
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
