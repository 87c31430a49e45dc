//! One reply of the model as it comes in.

use super::{
    deferred::Deferral,
    event::{Event, Events},
    execute::Herald,
    step::State,
    trace::Span,
};
use crate::{
    message::{Assembler, Delta, Sink},
    notice,
    toolbox::Toolbox,
};

/// One reply as it comes in: assembled, and told to whom it concerns.
pub(super) struct Reply<'a> {
    pub(super) assembler: Assembler,
    pub(super) turn: u32,
    pub(super) state: &'a State,
    pub(super) events: &'a Events,
    pub(super) tools: &'a Toolbox,
    pub(super) deferral: Option<&'a Deferral>,
    /// Parts that are calls with secret arguments or by way of another tool, which can be judged only once they are
    /// complete; whether they were told of.
    pub(super) held: Vec<(usize, bool)>,
    /// Says which calls may begin at once, where some may.
    pub(super) early: Option<Herald<'a>>,
    /// Of the request, once it was made.
    pub(super) span: Option<Span>,
}

impl Reply<'_> {
    /// Takes a delta that somebody hears of: the assembler copies what it adds, and the event is the text itself.
    fn push_aloud(&mut self, delta: Delta) {
        self.assembler.push_ref(&delta);
        match delta {
            Delta::Text { text, .. } | Delta::Refusal { text, .. } if !text.is_empty() => {
                self.events.emit(|| Event::TextDelta(text));
            }
            Delta::Reasoning { text, .. } if !text.is_empty() => self.events.emit(|| Event::Reasoning(text)),
            Delta::CallStart { part, name, .. } if self.is_by_name(&name) => self.held.push((part, false)),
            Delta::CallStart { id, name, .. } => self.events.emit(|| Event::CallStarted { id, name }),
            Delta::CallArguments { part, text } if !text.is_empty() => {
                if let Some(call) = self.assembler.call(part) {
                    if !self.tools.secrets(&call.name).is_none() || self.is_by_name(&call.name) {
                        if !self.held.iter().any(|(held, _)| *held == part) {
                            self.held.push((part, false));
                        }
                        return;
                    }
                    self.events.emit(|| Event::CallArguments { id: call.id.clone(), text });
                }
            }
            Delta::CallReady { part } | Delta::CallEnd { part } => {
                self.release(part);
                self.begin(part);
            }
            Delta::Restart => {
                self.held.clear();
                if let Some(early) = &mut self.early {
                    early.restarted();
                }
                self.events.emit(|| Event::Restarted);
            }
            Delta::Handover(handover) => self.events.emit(|| Event::HandedOver(handover)),
            _ => {}
        }
    }
}

impl Reply<'_> {
    /// The call is complete, as far as can be told.
    fn begin(&mut self, part: usize) {
        if let Some(early) = &mut self.early {
            early.complete(part, &self.assembler);
        }
    }

    /// The arguments of this call are complete: what may be shown of them is.
    fn release(&mut self, part: usize) {
        let by_name = self.assembler.call(part).is_some_and(|call| self.is_by_name(&call.name));
        let held = self.held.iter_mut().find(|(held, told)| *held == part && !told);
        if let (Some((_, told)), Some(call)) = (held, self.assembler.call(part)) {
            *told = true;
            let meant = self.deferral.and_then(|deferral| deferral.meant(call, self.tools));
            let (name, arguments) = match &meant {
                Some((name, arguments)) => (name, arguments),
                None => (&call.name, &call.arguments),
            };
            let secrets = self.tools.secrets(name);
            if by_name {
                self.events.emit(|| Event::CallStarted { id: call.id.clone(), name: name.clone() });
            }
            let text = if secrets.is_none() { arguments.clone() } else { secrets.hide(arguments).unwrap_or_default() };
            self.events.emit(|| Event::CallArguments { id: call.id.clone(), text });
        }
    }

    /// It stands for a call of another tool, which is known once it is complete.
    fn is_by_name(&self, name: &str) -> bool {
        self.deferral.is_some_and(|deferral| deferral.is_by_name(name))
    }

    /// The reply is complete, and so are all calls in it.
    pub(super) fn release_all(&mut self) {
        let parts: Vec<usize> = self.held.iter().map(|(part, _)| *part).collect();
        parts.into_iter().for_each(|part| self.release(part));
    }
}

impl Sink for Reply<'_> {
    fn push(&mut self, mut delta: Delta) {
        if let Delta::CallStart { part, id, .. } = &mut delta {
            if self.assembler.call(*part).is_some() {
                return;
            }
            // The assembled call and its events must show the same id.
            let early = self.early.as_ref();
            let taken = |id: &str| {
                self.assembler.calls().any(|call| call.id == id) || early.is_some_and(|early| early.knows(id))
            };
            *id = self.state.fresh_id(std::mem::take(id), taken);
        }
        match &mut delta {
            Delta::Handover(handover) => handover.turn = Some(self.turn),
            Delta::Restart => notice::restarted(),
            _ => {}
        }
        match self.events.is_listening() {
            true => self.push_aloud(delta),
            false => self.assembler.push(delta),
        }
    }
}
