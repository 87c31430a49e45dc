//! The calls of a reply as they are put together from fragments.

use std::borrow::Cow;

use super::{
    super::{Limits, scan::JsonEnd},
    NAME,
    response::{Call, Function, Said},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, Origin, Sink},
};

/// Keys of parts below this are not calls.
const FIRST_KEY: usize = 16;
/// What a call of a free-text tool is known by.
const CUSTOM: &str = "{\"type\":\"custom\"}";
/// Stands for the index of the old `function_call`, of which there is one.
const LEGACY: i64 = i64::MIN;

/// The calls so far.
#[derive(Debug, Default)]
pub(super) struct Calls(Vec<Slot>);

#[derive(Debug)]
struct Slot {
    /// The wire's index: may be missing, start at 1, have gaps, or be 0 for every call.
    index: Option<i64>,
    id: String,
    /// Empty until it is known; the call is told of when it is.
    name: String,
    /// Arguments that came before the name.
    early: String,
    arguments: JsonEnd,
    free_text: bool,
    extra: Option<String>,
    started: bool,
    /// Its arguments looked complete once.
    ready: bool,
    ended: bool,
}

/// How a reply ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a reason that leaves nothing in doubt: all calls are whole, be they right or wrong.
    Said,
    /// In order, but without a reason: what is half was not meant.
    Silent,
    /// In the middle: only what is whole has come.
    Cut,
}

/// A fragment, whatever it was wrapped in.
struct Fragment<'a> {
    index: Option<i64>,
    id: &'a str,
    name: &'a str,
    arguments: Cow<'a, str>,
    free_text: bool,
    extra: Option<&'a str>,
}

impl Calls {
    /// Takes a call of a whole reply: each is a call of its own, whatever its index says. `said`: the reply's reason is
    /// known to be one that leaves nothing in doubt.
    pub(super) fn whole(&mut self, call: Call<'_>, said: bool, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        with_fragment(call, |fragment| {
            let at = self.open(&fragment, limits)?;
            self.append(at, fragment, !said, limits, sink)
        })
    }

    /// Takes a fragment of a stream.
    pub(super) fn fragment(&mut self, call: Call<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        with_fragment(call, |fragment| {
            let at = match self.find(&fragment) {
                Some(at) => at,
                None => self.open(&fragment, limits)?,
            };
            self.append(at, fragment, true, limits, sink)
        })
    }

    /// Takes the old form of a call; some servers send it empty beside the new one, and then it is none.
    pub(super) fn legacy(&mut self, function: Function<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        let arguments = function.arguments.map(Said::text).transpose()?.unwrap_or_default();
        let name = function.name.as_deref().unwrap_or_default();
        if name.is_empty() && arguments.is_empty() {
            return Ok(());
        }
        let fragment = Fragment { index: Some(LEGACY), id: "", name, arguments, free_text: false, extra: None };
        let at = match self.0.iter().position(|slot| slot.index == Some(LEGACY)) {
            Some(at) => at,
            None => self.open(&fragment, limits)?,
        };
        self.append(at, fragment, true, limits, sink)
    }

    /// The call that a fragment goes on with; none where it begins one.
    fn find(&self, fragment: &Fragment<'_>) -> Option<usize> {
        let at = match fragment.index {
            Some(_) => self.0.iter().rposition(|slot| slot.index == fragment.index)?,
            None if fragment.id.is_empty() => self.0.len().checked_sub(1)?,
            None => match self.0.iter().rposition(|slot| slot.id == fragment.id) {
                Some(at) => return Some(at),
                None => self.0.len().checked_sub(1)?,
            },
        };
        let slot = &self.0[at];
        let other_id = !fragment.id.is_empty() && !slot.id.is_empty() && fragment.id != slot.id;
        // Servers without ids and with one index for all: a name and arguments behind complete arguments, or another
        // name where nothing is half.
        let without_ids = fragment.id.is_empty() || slot.id.is_empty();
        let named = !fragment.name.is_empty() && !slot.name.is_empty();
        let again = slot.arguments.is_complete() && !fragment.arguments.trim().is_empty();
        let other = fragment.name != slot.name && (slot.arguments.is_complete() || slot.arguments.is_blank());
        (!other_id && !(without_ids && named && (again || other))).then_some(at)
    }

    fn open(&mut self, fragment: &Fragment<'_>, limits: &Limits) -> Result<usize> {
        if self.0.len() >= limits.parts {
            return Err(Error::new(Kind::TooMany { what: "calls in one reply", limit: limits.parts }));
        }
        self.0.push(Slot {
            index: fragment.index,
            id: String::new(),
            name: String::new(),
            early: String::new(),
            arguments: JsonEnd::default(),
            free_text: fragment.free_text,
            extra: None,
            started: false,
            ready: false,
            ended: false,
        });
        Ok(self.0.len() - 1)
    }

    /// `follow`: it may be asked whether the arguments are complete.
    fn append(
        &mut self,
        at: usize,
        fragment: Fragment<'_>,
        follow: bool,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        // Two calls of one id can't both be answered: the second gets an id of ours.
        if !fragment.id.is_empty() && self.0[at].id.is_empty() && !self.0.iter().any(|slot| slot.id == fragment.id) {
            self.0[at].id = fragment.id.to_owned();
        }
        let slot = &mut self.0[at];
        if slot.name.is_empty() {
            slot.name = fragment.name.to_owned();
        }
        if let Some(extra) = fragment.extra {
            slot.extra = Some(extra.to_owned());
        }
        match follow {
            true => slot.arguments.push(&fragment.arguments),
            false => slot.arguments.skip(&fragment.arguments),
        }
        if slot.arguments.bytes > limits.arguments {
            return Err(Error::new(Kind::TooLarge { what: "the arguments of a call", limit: limits.arguments }));
        }
        if slot.name.is_empty() {
            slot.early.push_str(&fragment.arguments);
            return Ok(());
        }
        if !slot.started {
            slot.start(at, follow, sink);
        }
        argue(at, fragment.arguments, sink);
        // The end itself comes with the reason why the reply ends.
        if slot.arguments.is_complete() && !std::mem::replace(&mut slot.ready, true) {
            sink.push(Delta::CallReady { part: FIRST_KEY + at });
        }
        Ok(())
    }

    /// Tells of the end of the calls that have come to one.
    pub(super) fn end(&mut self, ending: Ending, sink: &mut dyn Sink) {
        for (at, slot) in self.0.iter_mut().enumerate().filter(|(_, slot)| slot.started && !slot.ended) {
            slot.end(at, ending, sink);
        }
    }

    /// Tells of the calls whose names never came. No more may come, so they stand behind all that have one.
    pub(super) fn nameless(&mut self, ending: Ending, sink: &mut dyn Sink) {
        for (at, slot) in self.0.iter_mut().enumerate().filter(|(_, slot)| !slot.started) {
            // Neither a name nor arguments: servers fill such objects with empty texts.
            if !matches!(slot.early.trim(), "" | "{}") {
                slot.start(at, true, sink);
                slot.end(at, ending, sink);
            }
        }
    }
}

impl Slot {
    /// `follow`: more may come of it, and is known by its name.
    fn start(&mut self, at: usize, follow: bool, sink: &mut dyn Sink) {
        self.started = true;
        let name = if follow { self.name.clone() } else { std::mem::take(&mut self.name) };
        sink.push(Delta::CallStart { part: FIRST_KEY + at, id: self.id.clone(), name });
        if self.free_text {
            // Who writes the call must know at once what kind it is.
            sink.push(Delta::Origin { part: FIRST_KEY + at, origin: Origin::new(NAME, CUSTOM) });
        }
        argue(at, std::mem::take(&mut self.early).into(), sink);
    }

    fn end(&mut self, at: usize, ending: Ending, sink: &mut dyn Sink) {
        if let Some(origin) = self.origin() {
            sink.push(Delta::Origin { part: FIRST_KEY + at, origin });
        }
        self.ended = match ending {
            Ending::Said => true,
            Ending::Silent => self.arguments.is_complete() || self.arguments.is_blank(),
            Ending::Cut => self.arguments.is_complete(),
        };
        if self.ended {
            sink.push(Delta::CallEnd { part: FIRST_KEY + at });
        }
    }

    /// The members of the call that have no neutral form.
    fn origin(&mut self) -> Option<Origin> {
        let extra = self.extra.take().map(|extra| format!("\"extra_content\":{extra}"));
        let custom = if self.free_text { "\"type\":\"custom\"," } else { "" };
        extra.map(|extra| Origin::new(NAME, format!("{{{custom}{extra}}}")))
    }
}

fn argue(at: usize, text: Cow<'_, str>, sink: &mut dyn Sink) {
    if !text.is_empty() {
        sink.push(Delta::CallArguments { part: FIRST_KEY + at, text: text.into_owned() });
    }
}

fn with_fragment(call: Call<'_>, take: impl FnOnce(Fragment<'_>) -> Result<()>) -> Result<()> {
    let Call { index, id, function, custom, extra_content } = call;
    let free_text = function.is_none() && custom.is_some();
    let (name, arguments) = match (function, custom) {
        (Some(function), _) => (function.name, function.arguments),
        (None, Some(custom)) => (custom.name, custom.input),
        (None, None) => (None, None),
    };
    take(Fragment {
        index,
        id: id.as_deref().unwrap_or_default(),
        name: name.as_deref().unwrap_or_default(),
        arguments: arguments.map(Said::text).transpose()?.unwrap_or_default(),
        free_text,
        extra: extra_content.map(|raw| raw.get()).filter(|raw| *raw != "null"),
    })
}
