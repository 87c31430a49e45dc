//! Keys and headers: told to the service, shown to nobody.

use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};

use crate::error::{Error, Result};

/// A key, or why there is none.
#[derive(Clone)]
pub(super) enum Key {
    /// The service asks for none.
    None,
    Known(String),
    /// It was to come from this environment variable, which is not set.
    Missing(String),
}

impl Key {
    /// A key as people paste it: with space around it at times.
    pub(super) fn new(key: &str) -> Self {
        Self::Known(key.trim().to_owned())
    }

    /// The key, if there is one.
    pub(super) fn get(&self) -> Result<Option<&str>> {
        match self {
            Self::None => Ok(None),
            Self::Known(key) if key.is_empty() => {
                Err(Error::setup("the key is empty: give one, or none at all where the service asks for none"))
            }
            Self::Known(key) => Ok(Some(key)),
            Self::Missing(variable) => {
                Err(Error::setup(format!("no key: the environment variable {variable} is not set, or empty")))
            }
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Known(_) => f.write_str("(hidden)"),
            Self::Missing(variable) => write!(f, "{variable} (not set)"),
        }
    }
}

/// A header that is safe to send; its value is never shown.
pub(super) fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue)> {
    let header_name: HeaderName =
        name.parse().map_err(|_| Error::setup(format!("`{}` is not the name of a header", name.escape_debug())))?;
    let wrong =
        |_| Error::setup(format!("the value of the header `{header_name}` has characters that no header can hold"));
    let mut value = HeaderValue::from_str(value).map_err(wrong)?;
    value.set_sensitive(true);
    Ok((header_name, value))
}

/// Whether a header or a query parameter with this name, in lower case, is likely to carry a secret.
pub(super) fn is_secret(name: &str) -> bool {
    ["key", "auth", "token", "secret", "cookie", "password"].iter().any(|word| name.contains(word))
}
