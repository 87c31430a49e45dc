//! How far a reply has gone to whoever takes its deltas, for those who may have to take it back.

use super::Delta;

/// What of a reply has been handed out, and not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Out {
    /// At most its id, its model and token counts.
    Nothing,
    /// Calls, and what nobody reads.
    Calls,
    /// What somebody may have read.
    Text,
}

impl Out {
    /// The same, with this delta.
    pub(crate) fn with(self, delta: &Delta) -> Self {
        match delta {
            Delta::Restart => Self::Nothing,
            Delta::Begin { .. } | Delta::Usage(_) | Delta::Handover(_) => self,
            Delta::Text { text, .. } | Delta::Refusal { text, .. } | Delta::Reasoning { text, .. }
                if !text.is_empty() =>
            {
                Self::Text
            }
            _ => self.max(Self::Calls),
        }
    }
}
