//! From a base URL, as people write it, to the address that a request goes to.

use std::net::IpAddr;

use reqwest::Url;

use super::secret::is_secret;
use crate::{
    error::{Error, Result},
    protocol::Protocol,
};

/// Where requests go.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) url: Url,
    /// The machine itself: no proxy, and a key may go over plain http.
    pub(super) loopback: bool,
}

impl Endpoint {
    /// The address of a protocol's requests under `base`.
    ///
    /// A slash at the end makes no difference. An OpenAI base has the `/v1` in it or has none; an Anthropic base has none,
    /// and one that is there all the same is not doubled. A base that is already the whole address is taken as it is.
    pub(super) fn new(protocol: Protocol, base: &str) -> Result<Self> {
        let (strip, path): (&[&str], _) = match protocol {
            Protocol::OpenAiChat => (&["/chat/completions"], "/chat/completions"),
            Protocol::OpenAiResponses => (&["/responses"], "/responses"),
            Protocol::Anthropic => (&["/v1/messages", "/v1"], "/v1/messages"),
        };
        Self::join(base, strip, path)
    }

    /// The address of the model list under an OpenAI base.
    pub(super) fn models(base: &str) -> Result<Self> {
        Self::join(base, &[], "/models")
    }

    fn join(base: &str, strip: &[&str], path: &str) -> Result<Self> {
        let mut url = parse(base)?;
        let mut joined = url.path().trim_end_matches('/').to_owned();
        if let Some(rest) = strip.iter().find_map(|end| joined.strip_suffix(end)) {
            joined.truncate(rest.trim_end_matches('/').len());
        }
        joined.push_str(path);
        url.set_path(&joined);
        let loopback = is_loopback(&url);
        Ok(Self { url, loopback })
    }

    pub(super) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The values of the query that look like secrets.
    pub(super) fn secrets(&self) -> Vec<String> {
        let pairs = self.url.query_pairs().filter(|(name, _)| is_secret(&name.to_ascii_lowercase()));
        pairs.map(|(_, value)| value.into_owned()).collect()
    }

    /// Host and port, for errors.
    pub(super) fn host(&self) -> String {
        host(&self.url)
    }

    /// The address without its query, for errors: a query may hold what nobody should read.
    pub(super) fn shown(&self) -> String {
        shown(&self.url)
    }
}

fn parse(base: &str) -> Result<Url> {
    let base = base.trim();
    let url = Url::parse(base).map_err(|error| {
        // The text is not shown: who mixes up two settings pastes a key here.
        Error::setup("the base URL is not a URL: expected one such as https://api.openai.com/v1").with_source(error)
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme();
        return Err(Error::setup(format!("the base URL begins with {scheme}: expected http:// or https://")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let host = host(&url);
        return Err(Error::setup(format!(
            "the base URL of {host} has a user or password in it: use key() or header()"
        )));
    }
    if url.fragment().is_some() {
        return Err(Error::setup(format!("the base URL of {} has a `#` in it", host(&url))));
    }
    Ok(url)
}

/// A URL as it may be shown: without query, user and password.
pub(super) fn shown_base(base: &str) -> String {
    Url::parse(base.trim()).map_or_else(|_| "(not a URL)".to_owned(), |url| shown(&url))
}

/// A URL without its query.
pub(super) fn shown(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), host(url), url.path())
}

/// Host and port of a URL.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("(no host)");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Whether requests to this URL stay on the machine. Of names only `localhost` does, and the transport sees to it.
fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.to_ipv4_mapped().is_some_and(|ip| ip.is_loopback()),
        Ok(IpAddr::V4(ip)) => ip.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}
