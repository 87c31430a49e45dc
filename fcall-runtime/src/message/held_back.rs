//! What of a reply is held back until it is sure that it is the one, for those who may ask again or another.

use super::{Delta, Sink};

/// A sink that knows what was handed out, and hands out no more than it has to.
///
/// Of a stream, the id, the model and the token counts that a reply begins with are held back until something follows.
/// A reply that is wanted whole is held back altogether: nobody sees it before its end.
pub(crate) struct HeldBack<'a> {
    sink: &'a mut dyn Sink,
    whole: bool,
    held: Vec<Delta>,
    out: Out,
}

impl<'a> HeldBack<'a> {
    /// `whole`: all of it is held back, until it is released.
    pub(crate) fn new(sink: &'a mut dyn Sink, whole: bool) -> Self {
        Self { sink, whole, held: Vec::new(), out: Out::Nothing }
    }

    /// Whether a part of the reply was handed out that somebody may have read.
    pub(crate) fn is_read(&self) -> bool {
        self.out == Out::Text
    }

    /// Hands out what is held back.
    pub(crate) fn release(&mut self) {
        for delta in self.held.drain(..) {
            self.sink.push(delta);
        }
    }

    /// Takes back what came: silently what is held, aloud what was handed out.
    pub(crate) fn take_back(&mut self) {
        self.held.clear();
        if std::mem::replace(&mut self.out, Out::Nothing) > Out::Nothing {
            self.sink.push(Delta::Restart);
        }
    }
}

impl Sink for HeldBack<'_> {
    fn push(&mut self, delta: Delta) {
        let is_told_at_once = matches!(delta, Delta::Handover(_));
        if is_told_at_once {
            return self.sink.push(delta);
        }
        if self.whole {
            return self.held.push(delta);
        }
        let before = self.out;
        self.out = before.with(&delta);
        match (before, self.out) {
            (Out::Nothing, Out::Nothing) if delta == Delta::Restart => self.held.clear(),
            (Out::Nothing, Out::Nothing) => self.held.push(delta),
            (Out::Nothing, _) => {
                self.release();
                self.sink.push(delta);
            }
            _ => self.sink.push(delta),
        }
    }
}

/// What of a reply has been handed out, and not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Out {
    /// At most its id, its model and token counts.
    Nothing,
    /// Calls, and what nobody reads.
    Calls,
    /// What somebody may have read.
    Text,
}

impl Out {
    /// The same, with this delta.
    fn with(self, delta: &Delta) -> Self {
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
