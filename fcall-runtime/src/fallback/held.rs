//! What of a reply is held back until it is sure that this model gives it.

use crate::message::{Delta, Sink};

/// A sink that knows whether anything was handed out, and hands out no more than it has to.
///
/// Of a stream, the id, the model and the token counts that a reply begins with are held back until something follows.
/// A reply that is wanted whole is held back altogether: nobody sees it before its end.
pub(super) struct Held<'a> {
    pub(super) sink: &'a mut dyn Sink,
    whole: bool,
    held: Vec<Delta>,
    begun: bool,
}

impl<'a> Held<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink, whole: bool) -> Self {
        Self { sink, whole, held: Vec::new(), begun: false }
    }

    /// Whether a part of the reply was handed out.
    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    /// Hands out what is held back.
    pub(super) fn release(&mut self) {
        for delta in self.held.drain(..) {
            self.sink.push(delta);
        }
    }

    /// Takes back what came: silently what is held, aloud what was handed out.
    pub(super) fn take_back(&mut self) {
        self.held.clear();
        if std::mem::take(&mut self.begun) {
            self.sink.push(Delta::Restart);
        }
    }
}

impl Sink for Held<'_> {
    fn push(&mut self, delta: Delta) {
        let is_told_at_once = matches!(delta, Delta::Handover(_));
        if is_told_at_once {
            return self.sink.push(delta);
        }
        if !self.begun {
            if self.whole || matches!(delta, Delta::Begin { .. } | Delta::Usage(_)) {
                return self.held.push(delta);
            }
            self.begun = true;
            self.release();
        }
        self.sink.push(delta);
    }
}
