//! What could not be said.

use std::fmt;

/// Something that a protocol has no form for: it was left out, or said in another way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// Where, as a JSON path: `tools.get_weather.city`, `temperature`.
    pub path: String,
    /// The keyword or option that has no form there.
    pub keyword: String,
    /// Why, and what was done instead.
    pub why: String,
}

impl Loss {
    /// `keyword` at `path` has no form, because of `why`.
    pub fn new(path: impl Into<String>, keyword: impl Into<String>, why: impl Into<String>) -> Self {
        Self { path: path.into(), keyword: keyword.into(), why: why.into() }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.path, self.keyword, self.why)
    }
}
