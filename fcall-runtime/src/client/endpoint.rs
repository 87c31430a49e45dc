//! From a base URL, as people write it, to the address that a request goes to.

use std::net::IpAddr;

use reqwest::Url;

use super::secret::is_secret;
use crate::{
    error::{Error, Result},
    protocol::Protocol,
};

/// Stands in a base URL for the name of the model, where that is part of the address.
pub(super) const MODEL: &str = "{model}";

/// Where requests go.
#[derive(Clone)]
pub(super) struct Endpoint {
    pub(super) url: Url,
    /// Where a reply in pieces is asked for, if that is another address.
    streamed: Option<Url>,
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
            Protocol::Gemini => return Self::models_of_gemini(base),
        };
        Self::join(base, strip, path)
    }

    /// The base of a model's requests: its name stands where the base has a place for it.
    pub(super) fn base_of(base: &str, model: &str) -> String {
        if !base.contains(MODEL) {
            return base.to_owned();
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        let name: String =
            model.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect();
        base.replace(MODEL, &name)
    }

    /// The address that a model is asked at, where it is part of the address.
    pub(super) fn of_model(mut self, protocol: Protocol, model: &str) -> Self {
        if protocol == Protocol::Gemini {
            let path = self.url.path().to_owned();
            let kind = if ["models/", "tunedModels/", "publishers/"].iter().any(|kind| model.starts_with(kind)) {
                ""
            } else {
                "models/"
            };
            let mut streamed = self.url.clone();
            self.url.set_path(&format!("{path}/{kind}{model}:generateContent"));
            streamed.set_path(&format!("{path}/{kind}{model}:streamGenerateContent"));
            streamed.query_pairs_mut().append_pair("alt", "sse");
            self.streamed = Some(streamed);
        }
        self
    }

    /// Where a reply is asked for.
    pub(super) fn asked(&self, stream: bool) -> &Url {
        self.streamed.as_ref().filter(|_| stream).unwrap_or(&self.url)
    }

    /// What stands before the models of a Gemini base: with its version, `v1beta` if it has none.
    fn models_of_gemini(base: &str) -> Result<Self> {
        let mut endpoint = Self::join(base, &[], "")?;
        let path = endpoint.url.path().trim_end_matches('/').to_owned();
        // A whole address names a model of its own.
        let whole = path.contains(":generateContent") || path.contains(":streamGenerateContent");
        let end = if whole { path.rfind("/models/") } else { path.strip_suffix("/models").map(str::len) };
        let path = &path[..end.unwrap_or(path.len())];
        let is_version = |segment: &str| {
            segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        let version = if path.split('/').any(is_version) { "" } else { "/v1beta" };
        endpoint.url.set_path(&format!("{path}{version}"));
        Ok(endpoint)
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
        Ok(Self { url, streamed: None, loopback })
    }

    pub(super) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The values of the query that look like secrets.
    pub(super) fn secrets(&self) -> Vec<String> {
        let pairs = self.url.query_pairs().filter(|(name, _)| is_secret(&name.to_ascii_lowercase()));
        pairs.map(|(_, value)| value.into_owned()).collect()
    }

    /// The address of a request, with what of its query may be shown.
    pub(super) fn shown_with_query(&self, stream: bool) -> String {
        let url = self.asked(stream);
        let mut shown = shown(url);
        for (at, (name, value)) in
            url.query_pairs().filter(|(name, _)| !is_secret(&name.to_ascii_lowercase())).enumerate()
        {
            shown.push(if at == 0 { '?' } else { '&' });
            shown.push_str(&format!("{name}={value}"));
        }
        shown
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
