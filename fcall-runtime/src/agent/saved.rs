//! The saved form of a run: its version, and what earlier versions wrote.
//!
//! Version 1 did not keep the ends of calls apart; its open calls are read as calls of which nothing is known.

use serde::{Deserialize, Serialize};

use super::{open::OpenCalls, run::Stop, step::Phase};

/// The version of the saved form; a later one than ours is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub(super) struct Version;

const VERSION: u32 = 2;

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        match version {
            1..=VERSION => Ok(Self),
            _ => Err(format!("a saved run of version {version}; this program reads versions 1 to {VERSION}")),
        }
    }
}

/// What is read is written in today's form.
impl From<Version> for u32 {
    fn from(_: Version) -> Self {
        VERSION
    }
}

/// A phase as any version wrote it.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SavedPhase {
    Ask,
    /// Version 1.
    Call,
    Calls(OpenCalls),
    Approve(OpenCalls),
    LastWord(Stop),
    Done(Stop),
}

impl From<SavedPhase> for Phase {
    fn from(saved: SavedPhase) -> Self {
        match saved {
            SavedPhase::Ask => Self::Ask,
            SavedPhase::Call => Self::Calls(OpenCalls::default()),
            SavedPhase::Calls(open) => Self::Calls(open),
            SavedPhase::Approve(open) => Self::Approve(open),
            SavedPhase::LastWord(stop) => Self::LastWord(stop),
            SavedPhase::Done(stop) => Self::Done(stop),
        }
    }
}
