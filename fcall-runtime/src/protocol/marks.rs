//! Marks of the prompt cache: which of them go out, how many, and how a wire spells them.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{CacheForm, Dialect, body::List, text::Str, turns};
use crate::{
    message::{CacheMark, CacheTtl, Message, Part, Request, Role},
    schema::Loss,
};

/// The most marks that a service takes in one request.
const MOST: usize = 4;

/// Why a mark is left out that stands behind nothing.
pub(super) const NOTHING: &str = "there is nothing before it that could be marked; left out";

/// What becomes of the marks of a request.
#[derive(Debug, Default)]
pub(super) struct Marks {
    form: CacheForm,
    /// Those in messages, in order: which message, which part, and how it goes out.
    placed: Vec<(usize, usize, Option<CacheMark>)>,
    /// Those on tools, likewise.
    on_tools: Vec<(usize, Option<CacheMark>)>,
    /// How many of those in messages were too many.
    dropped: usize,
    /// Those that tools of the provider bring along, and the one of the whole request.
    brought: usize,
}

impl Marks {
    /// Counts the marks of a request that have a place, behind a part that `takes` one; of too many, the earlier ones
    /// are given up, for the later ones keep more.
    pub(super) fn of(dialect: &Dialect, request: &Request<'_>, takes: impl Fn(Role, &Part) -> bool) -> Self {
        let mut marks = Self { form: dialect.cache, ..Self::default() };
        if dialect.cache == CacheForm::None {
            return marks;
        }
        for (at, said) in request.messages.iter().enumerate() {
            for (n, pair) in said.parts.windows(2).enumerate() {
                if let [before, Part::CacheMark(mark)] = pair
                    && takes(said.role, before)
                {
                    marks.placed.push((at, n + 1, Some(*mark)));
                }
            }
        }
        if dialect.cache == CacheForm::Control {
            let tools = request.tools.as_slice().iter().enumerate();
            let hosted = request.tools.hosted().iter();
            marks.brought = hosted.filter(|origin| origin.json.contains("\"cache_control\"")).count();
            // One that is said once for the whole request counts as any other.
            let whole = request.options.extra.get("cache_control");
            marks.brought += usize::from(whole.is_some_and(|mark| !mark.is_null()));
            marks.on_tools = tools.filter_map(|(at, spec)| Some((at, Some(spec.cache?)))).collect();
        }
        marks.limit(turns::instructions(request.messages).len());
        marks.shorten();
        marks
    }

    fn limit(&mut self, system: usize) {
        let in_system = self.placed.iter().filter(|(at, ..)| *at < system).count();
        let counts = [self.on_tools.len(), in_system, self.placed.len() - in_system];
        let mut over = (self.brought + self.on_tools.len() + self.placed.len()).saturating_sub(MOST);
        let mut given_up = [0; 3];
        // Each kind keeps its last one as long as there is another to give up.
        for kept in [1, 0] {
            for (count, dropped) in counts.iter().zip(&mut given_up) {
                let more = count.saturating_sub(kept + *dropped).min(over);
                (*dropped, over) = (*dropped + more, over - more);
            }
        }
        let [tools, system, messages] = given_up;
        self.on_tools.iter_mut().take(tools).for_each(|(_, mark)| *mark = None);
        self.placed.iter_mut().take(system).for_each(|(.., mark)| *mark = None);
        self.placed.iter_mut().skip(in_system).take(messages).for_each(|(.., mark)| *mark = None);
        self.dropped = messages;
    }

    /// What is kept for long must not stand behind what is kept for short.
    fn shorten(&mut self) {
        let all = self.on_tools.iter_mut().map(|(_, mark)| mark).chain(self.placed.iter_mut().map(|(.., mark)| mark));
        let mut short = false;
        for mark in all.flatten() {
            match mark.ttl {
                Some(CacheTtl::OneHour) if short => mark.ttl = None,
                Some(CacheTtl::OneHour) => {}
                _ => short = true,
            }
        }
    }

    /// Names all of the marks that the bytes of earlier messages depend on.
    pub(super) fn key(&self) -> usize {
        self.dropped
    }

    /// There are marks in messages that this wire can say.
    pub(super) fn any(&self) -> bool {
        !self.placed.is_empty()
    }

    /// Marks what was written last, for the mark that is this part of this message; the error says why not.
    pub(super) fn write(&self, message: usize, part: usize, list: &mut List<'_>) -> Result<(), &'static str> {
        if self.form == CacheForm::None {
            return Err("the service keeps prompts as it sees fit; left out");
        }
        let at = self.placed.binary_search_by_key(&(message, part), |(at, n, _)| (*at, *n));
        let mark = at.ok().and_then(|at| self.placed.get(at)).ok_or(NOTHING)?.2;
        let mark = mark.ok_or("a request takes four marks; the earlier ones were left out")?;
        let (key, json) = self.spelled(mark);
        if list.mark_last(key, json) { Ok(()) } else { Err(NOTHING) }
    }

    /// The mark of a tool, as a member.
    pub(super) fn on_tool(&self, at: usize) -> Option<(&'static str, &'static str)> {
        let (_, mark) = self.on_tools.iter().find(|(tool, _)| *tool == at)?;
        mark.map(|mark| self.spelled(mark))
    }

    fn spelled(&self, mark: CacheMark) -> (&'static str, &'static str) {
        match (self.form, mark.ttl) {
            // How long is told for the whole request.
            (CacheForm::Breakpoint | CacheForm::None, _) => ("prompt_cache_breakpoint", r#"{"mode":"explicit"}"#),
            (CacheForm::Control, None) => ("cache_control", r#"{"type":"ephemeral"}"#),
            (CacheForm::Control, Some(CacheTtl::FiveMinutes)) => {
                ("cache_control", r#"{"type":"ephemeral","ttl":"5m"}"#)
            }
            (CacheForm::Control, Some(CacheTtl::OneHour)) => ("cache_control", r#"{"type":"ephemeral","ttl":"1h"}"#),
        }
    }

    /// What is lost of the marks on tools, and of those in the instructions where these are one text.
    pub(super) fn losses(&self, request: &Request<'_>, one_text: bool, losses: &mut Vec<Loss>) {
        for (at, spec) in request.tools.as_slice().iter().enumerate().filter(|(_, spec)| spec.cache.is_some()) {
            if self.on_tool(at).is_none() {
                losses.push(lost(format!("tools.{}", spec.name), "the service takes no mark here, or no more of them"));
            }
        }
        let instructions = turns::instructions(request.messages);
        if one_text && instructions.iter().flat_map(|said| &said.parts).any(|part| matches!(part, Part::CacheMark(_))) {
            losses.push(lost("system".to_owned(), "the service takes no mark here; left out"));
        }
    }
}

/// What is lost with a mark.
pub(super) fn lost(path: String, why: &str) -> Loss {
    Loss::new(path, "cache", why)
}

/// A message with a mark in it.
pub(super) fn is_marked(said: &Message) -> bool {
    said.parts.iter().any(|part| matches!(part, Part::CacheMark(_)))
}

/// The part follows a result, and what it says is about that.
pub(super) fn is_behind_result(said: &Message, part: usize) -> bool {
    part.checked_sub(1).and_then(|before| said.parts.get(before)).is_some_and(|p| matches!(p, Part::ToolResult(_)))
}

/// Tells of the marks of a message that have no place: all of them, or only those behind results.
pub(super) fn without_place(at: usize, said: &Message, all: bool, losses: &mut Vec<Loss>) {
    for (n, part) in said.parts.iter().enumerate() {
        if matches!(part, Part::CacheMark(_)) && (all || is_behind_result(said, n)) {
            losses.push(lost(format!("messages.{at}"), "the service takes no mark here; left out"));
        }
    }
}

/// A mark as a server reads it, from `cache_control` or from a breakpoint.
pub(super) fn read(raw: Option<&RawValue>) -> Option<CacheMark> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Control<'a> {
        #[serde(borrow)]
        ttl: Option<Str<'a>>,
    }
    let raw = raw.filter(|raw| raw.get() != "null")?;
    let control = serde_json::from_str::<Control<'_>>(raw.get()).unwrap_or_default();
    let ttl = match control.ttl.as_deref() {
        Some("5m") => Some(CacheTtl::FiveMinutes),
        Some("1h") => Some(CacheTtl::OneHour),
        _ => None,
    };
    Some(CacheMark { ttl })
}
