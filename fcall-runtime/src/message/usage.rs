//! Token counts.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// What a reply or a run cost, in tokens; a count that the provider did not tell is `None`, not 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Usage {
    /// Everything that was sent, cache reads and writes included.
    pub input: Option<u64>,
    /// Everything that was generated, reasoning included.
    pub output: Option<u64>,
    /// The part of the input that was read from a cache.
    pub cached: Option<u64>,
    /// The part of the input that was written to a cache.
    pub cache_written: Option<u64>,
    /// The part of the output spent on reasoning.
    pub reasoning: Option<u64>,
}

impl Usage {
    /// Input and output together; unknown counts as 0.
    pub fn total(&self) -> u64 {
        self.input.unwrap_or(0).saturating_add(self.output.unwrap_or(0))
    }
}

impl Usage {
    /// Takes over the counts that a later, cumulative report has.
    pub(crate) fn replace(&mut self, later: Self) {
        self.input = later.input.or(self.input);
        self.output = later.output.or(self.output);
        self.cached = later.cached.or(self.cached);
        self.cache_written = later.cache_written.or(self.cache_written);
        self.reasoning = later.reasoning.or(self.reasoning);
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        fn add(sum: &mut Option<u64>, more: Option<u64>) {
            if let Some(more) = more {
                *sum = Some(sum.unwrap_or(0).saturating_add(more));
            }
        }
        add(&mut self.input, other.input);
        add(&mut self.output, other.output);
        add(&mut self.cached, other.cached);
        add(&mut self.cache_written, other.cache_written);
        add(&mut self.reasoning, other.reasoning);
    }
}
