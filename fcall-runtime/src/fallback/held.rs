//! What of a reply is held back until it is sure that this model gives it.

use crate::message::{Delta, Out, Sink};

/// A sink that knows what was handed out, and hands out no more than it has to.
///
/// Of a stream, the id, the model and the token counts that a reply begins with are held back until something follows.
/// A reply that is wanted whole is held back altogether: nobody sees it before its end.
pub(super) struct Held<'a> {
    pub(super) sink: &'a mut dyn Sink,
    whole: bool,
    held: Vec<Delta>,
    out: Out,
}

impl<'a> Held<'a> {
    pub(super) fn new(sink: &'a mut dyn Sink, whole: bool) -> Self {
        Self { sink, whole, held: Vec::new(), out: Out::Nothing }
    }

    /// Whether a part of the reply was handed out that somebody may have read.
    pub(super) fn is_read(&self) -> bool {
        self.out == Out::Text
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
        if std::mem::replace(&mut self.out, Out::Nothing) > Out::Nothing {
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
