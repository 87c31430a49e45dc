//! How far a run may go.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Bounds of a run; reaching one is a [`Stop`](super::Stop), never an error and never lost work.
///
/// What is not said has its default. The limits of a run that was paused or recovered go on counting where they were.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use fcall_runtime::agent::{Limits, OnLimit};
///
/// let limits = Limits::default()
///     .total_tokens(200_000)
///     .wall_time(Duration::from_secs(600))
///     .on_limit(OnLimit::Answer);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[must_use = "limits do nothing until an agent has them"]
pub struct Limits {
    #[serde(alias = "max_turns", skip_serializing_if = "Option::is_none")]
    turns: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wall_time: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bad_arguments: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeated_calls: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    depth: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_limit: Option<OnLimit>,
}

/// What happens at a limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnLimit {
    /// The run stops.
    #[default]
    Stop,
    /// The model is asked once more, and may make no call, so that it answers with what it knows; then the run stops.
    ///
    /// Not when the time is up: an answer would take more of it.
    Answer,
}

impl Limits {
    /// The most replies of the model. Default 20.
    pub fn turns(mut self, turns: u32) -> Self {
        self.turns = Some(turns);
        self
    }

    /// The most calls, over all turns; those over it are answered as not carried out. Default: no limit.
    ///
    /// Those of runs inside calls count too ([`Agent::into_tool`](super::Agent::into_tool)). The call that a typed answer
    /// comes by is none of them.
    pub fn calls(mut self, calls: u32) -> Self {
        self.calls = Some(calls);
        self
    }

    /// The most tokens, sent and generated, over all turns; known only after each reply. Default: no limit.
    ///
    /// Those of runs inside calls count too.
    pub fn total_tokens(mut self, tokens: u64) -> Self {
        self.total_tokens = Some(tokens);
        self
    }

    /// The longest time, by the clock; what goes on at its end is cancelled. The time a run is paused does not count.
    /// Default: no limit.
    pub fn wall_time(mut self, time: Duration) -> Self {
        self.wall_time = Some(time);
        self
    }

    /// How often in a row the model may get the arguments of one tool wrong. Default 3. Those that somebody approved instead,
    /// or a hook wrote, are not the model's.
    ///
    /// As often it may reply in a row what its provider calls of no use ([`Stop::Malformed`](super::Stop::Malformed)), and
    /// give an answer that does not read as the type asked for ([`Agent::run_as`](super::Agent::run_as)).
    pub fn bad_arguments(mut self, times: u32) -> Self {
        self.bad_arguments = Some(times);
        self
    }

    /// How often the model may make the same call and get the same result; it is warned at the last. Default 4.
    pub fn repeated_calls(mut self, times: u32) -> Self {
        self.repeated_calls = Some(times);
        self
    }

    /// How deep agents may run below the run: [as tools](super::Agent::into_tool) of its agent, as tools of these, and so
    /// on; 0 lets none run. Default 4, below the run that a program starts.
    ///
    /// A run inside another has at least one less than that has. One that would be too deep stops before anything is asked
    /// ([`Stop::MaxDepth`](super::Stop::MaxDepth)), and the model that called for it is told so.
    pub fn depth(mut self, levels: u32) -> Self {
        self.depth = Some(levels);
        self
    }

    /// What happens at a limit. Default: the run stops.
    pub fn on_limit(mut self, then: OnLimit) -> Self {
        self.on_limit = Some(then);
        self
    }

    /// These, and where they say nothing, those.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            turns: self.turns.or(below.turns),
            calls: self.calls.or(below.calls),
            total_tokens: self.total_tokens.or(below.total_tokens),
            wall_time: self.wall_time.or(below.wall_time),
            bad_arguments: self.bad_arguments.or(below.bad_arguments),
            repeated_calls: self.repeated_calls.or(below.repeated_calls),
            depth: self.depth.or(below.depth),
            on_limit: self.on_limit.or(below.on_limit),
        }
    }

    pub(super) fn max_turns(&self) -> u32 {
        self.turns.unwrap_or(20)
    }

    pub(super) fn max_calls(&self) -> Option<usize> {
        self.calls.map(|calls| calls as usize)
    }

    pub(super) fn max_tokens(&self) -> u64 {
        self.total_tokens.unwrap_or(u64::MAX)
    }

    pub(super) fn max_time(&self) -> Option<Duration> {
        self.wall_time
    }

    pub(super) fn max_bad_arguments(&self) -> u32 {
        self.bad_arguments.unwrap_or(3)
    }

    pub(super) fn max_depth(&self) -> u32 {
        self.depth.unwrap_or(4)
    }

    /// As it was said.
    pub(super) fn own_depth(&self) -> Option<u32> {
        self.depth
    }

    /// No more than what is left of the run that this one is inside of; none is no bound.
    pub(super) fn within(&mut self, tokens: Option<u64>, calls: Option<u64>, time: Option<Duration>) {
        let calls = calls.map(|calls| u32::try_from(calls).unwrap_or(u32::MAX));
        self.total_tokens = least(self.total_tokens, tokens);
        self.calls = least(self.calls, calls);
        self.wall_time = least(self.wall_time, time);
    }

    pub(super) fn max_repeats(&self) -> u32 {
        self.repeated_calls.unwrap_or(4)
    }

    pub(super) fn answers(&self) -> bool {
        self.on_limit == Some(OnLimit::Answer)
    }
}

/// The less of two bounds, where there are any.
pub(super) fn least<T: Ord>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
