//! Who gets in: the gateway's own key, and the names that it answers to.

use std::{error::Error, fmt::Write as _};

use axum::http::{HeaderMap, header, request::Parts};

/// What a request has to show.
pub(crate) struct Door {
    key: String,
    /// The names that are answered to, without a port.
    hosts: Vec<String>,
}

impl Door {
    /// Opens to this key, or to a random one where none is set, under these names.
    pub(crate) fn new(key: Option<String>, hosts: impl IntoIterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let key = key.map_or_else(random_key, Ok)?;
        let hosts = hosts.into_iter().map(|host| without_port(host.trim()).to_owned());
        let hosts = hosts.filter(|host| !host.is_empty()).collect();
        Ok(Self { key, hosts })
    }

    /// Whether the request names this gateway as its host.
    pub(crate) fn is_called(&self, request: &Parts) -> bool {
        let mut named = request.headers.get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else { return false };
        let same = |named: &str| self.hosts.iter().any(|host| host.eq_ignore_ascii_case(without_port(named)));
        host.to_str().is_ok_and(same) && request.uri.authority().is_none_or(|named| same(named.as_str()))
    }

    /// Whether the request has the gateway's key, in one of the headers in which providers' clients send it.
    pub(crate) fn is_let_in(&self, headers: &HeaderMap) -> bool {
        let plain = ["x-api-key", "x-goog-api-key"].into_iter().filter_map(|name| headers.get(name));
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| {
            let (scheme, key) = value.as_bytes().split_at_checked("Bearer ".len())?;
            scheme.eq_ignore_ascii_case(b"Bearer ").then_some(key)
        });
        plain.map(|value| value.as_bytes()).chain(bearer).any(|key| same(key, self.key.as_bytes()))
    }
}

/// A key for this process, told to who started it.
fn random_key() -> Result<String, Box<dyn Error>> {
    let mut bytes = [0; 24];
    let filled = rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes);
    filled.map_err(|_| "no random bytes for a key: set FCALL_GATEWAY_KEY")?;
    let mut key = "fcall-".to_owned();
    for byte in bytes {
        write!(key, "{byte:02x}")?;
    }
    eprintln!("FCALL_GATEWAY_KEY is not set; the key of this run is {key}");
    Ok(key)
}

/// The host of `localhost:8787` or `[::1]:8787`.
fn without_port(named: &str) -> &str {
    match named.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => named,
    }
}

/// Compares in a time that tells nothing of where the two differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differing, (a, b)| differing | (a ^ b)) == 0
}
