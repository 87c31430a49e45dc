//! Ids and names as a wire takes them: kept where they are legal, rewritten always in the same way where not.

use std::borrow::Cow;

use super::CallIds;
use crate::message::{Delta, TakenIds};

/// The ids of the calls of one conversation, as they go on the wire.
///
/// Ids may come from other providers, and some providers count from `call_0` in every reply: an id that the wire
/// refuses, or that an earlier call has, is replaced by one made from it.
#[derive(Debug)]
pub(super) struct Ids<'k> {
    rule: CallIds,
    taken: &'k mut TakenIds,
}

impl<'k> Ids<'k> {
    /// For the calls that follow those with the ids that are taken.
    pub(super) fn new(taken: &'k mut TakenIds, rule: CallIds) -> Self {
        Self { rule, taken }
    }

    /// The id of the next call.
    pub(super) fn next<'a>(&mut self, id: &'a str) -> Cow<'a, str> {
        if is_legal(id, self.rule) && self.taken.take(hash(id, 0)) {
            return Cow::Borrowed(id);
        }
        let mut round = 0;
        loop {
            let made = make(id, round, self.rule);
            if self.taken.take(hash(&made, 0)) {
                return Cow::Owned(made);
            }
            round += 1;
        }
    }
}

fn is_legal(id: &str, rule: CallIds) -> bool {
    !id.is_empty()
        && match rule {
            CallIds::Max(bytes) => id.len() <= bytes,
            CallIds::Word => id.bytes().all(is_word),
            CallIds::Nine => id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric()),
        }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn make(id: &str, round: u32, rule: CallIds) -> String {
    let hash = hash(id, round);
    match rule {
        CallIds::Nine => {
            let mut rest = hash;
            let digit = |_| {
                let digit = char::from_digit((rest % 36) as u32, 36).unwrap_or('0');
                rest /= 36;
                digit
            };
            (0..9).map(digit).collect()
        }
        CallIds::Max(_) | CallIds::Word => format!("call_{hash:016x}"),
    }
}

/// Makes ids for the calls of a reply that have none, by the reply's own id and their place: no other reply of a
/// conversation has the same.
#[derive(Debug, Default)]
pub(super) struct MadeIds {
    reply: String,
    calls: usize,
}

impl MadeIds {
    /// The delta with an id, where it begins a call without one; where the reply has none either, nobody can tell its calls
    /// from those of another.
    pub(super) fn fill(&mut self, delta: &Delta) -> Option<Delta> {
        match delta {
            Delta::Begin { id: Some(id), .. } => self.reply.clone_from(id),
            Delta::CallStart { part, id, name } => {
                self.calls += 1;
                if id.is_empty() && !self.reply.is_empty() {
                    let id = format!("call_{:016x}_{}", hash(&self.reply, 0), self.calls - 1);
                    return Some(Delta::CallStart { part: *part, id, name: name.clone() });
                }
            }
            _ => {}
        }
        None
    }
}

/// FNV-1a: the same on every machine and with every compiler, for ids stay in stored conversations.
fn hash(id: &str, round: u32) -> u64 {
    let bytes = id.bytes().chain(round.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The name of a called tool as the wires take it: models make up names that a provider would refuse to read back.
pub(super) fn called(name: &str) -> Cow<'_, str> {
    if is_name(name, 64) {
        return Cow::Borrowed(name);
    }
    let legal: String = name.chars().map(|c| if c.is_ascii() && is_word(c as u8) { c } else { '_' }).take(64).collect();
    Cow::Owned(if legal.is_empty() { "unknown_tool".to_owned() } else { legal })
}

/// Whether the wires take this as the name of a tool.
pub(super) fn is_name(name: &str, max: usize) -> bool {
    is_name_with(name, max, "")
}

/// The same where a wire also takes these characters.
pub(super) fn is_name_with(name: &str, max: usize, also: &str) -> bool {
    (1..=max).contains(&name.len()) && name.bytes().all(|b| is_word(b) || also.as_bytes().contains(&b))
}
