//! Whether a cassette records or replays.

use crate::{
    client,
    error::{Error, Result},
};

/// The variable that [`Mode::from_env`] reads.
const VARIABLE: &str = "FCALL_CASSETTE";

/// Whether a [`Cassette`](super::Cassette) records or replays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Asks the services, and writes what they answered to the file, over what was there.
    Record,
    /// Answers from the file: no network, no key.
    Replay,
    /// Replays where the file is there, records where it is not.
    Auto,
}

impl Mode {
    /// The mode that `FCALL_CASSETTE` names: `record`, `replay` or `auto`; to replay where it is not set.
    ///
    /// # Errors
    /// Another word.
    pub fn from_env() -> Result<Self> {
        match client::variable(VARIABLE).as_deref() {
            None | Some("replay") => Ok(Self::Replay),
            Some("record") => Ok(Self::Record),
            Some("auto") => Ok(Self::Auto),
            Some(other) => Err(Error::setup(format!("{VARIABLE} is `{other}`: expected `record`, `replay` or `auto`"))),
        }
    }
}
