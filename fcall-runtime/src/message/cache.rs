//! Marks of the prompt cache.

use serde::{Deserialize, Serialize};

/// What stands before this mark is worth keeping in the provider's prompt cache.
///
/// A hint and no more: services that cache by themselves are not told of it. It stands behind the part that the kept
/// prompt ends with, and on a tool that it ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CacheMark {
    /// How long it should be kept at least; none means as long as the provider keeps it by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<CacheTtl>,
}

/// How long a provider keeps a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CacheTtl {
    /// Some minutes.
    FiveMinutes,
    /// An hour.
    OneHour,
}

impl CacheMark {
    /// A mark for a prompt that is kept for an hour.
    pub fn one_hour() -> Self {
        Self { ttl: Some(CacheTtl::OneHour) }
    }
}
