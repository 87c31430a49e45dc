//! The arguments of one call, read one by one from the text the model wrote.
//!
//! Strict first. Every bad argument is kept, so that the model is told of all of them at once.

mod alone;
mod members;
mod plain;
mod values;

use std::borrow::Cow;

pub(crate) use alone::{Alone, VALUE};
use members::Members;
use serde_json::{Deserializer, Value};
pub use values::{IfGiven, Values};

use super::{
    Arg, Field,
    diagnose::diagnose,
    enforce::enforce,
    problem::{FUEL, Problem, again, cut, missing, refused, shown},
    repair::{Repair, repair},
    secret::{HIDDEN, is_secret},
    twice::twice,
};

/// The arguments of one call, not read yet.
#[derive(Debug)]
pub struct Arguments<'a> {
    fields: &'static [Field],
    given: Given<'a>,
    problems: Vec<Problem>,
    repairs: Vec<Repair>,
    unknown: Vec<String>,
    /// Why none of it can be read.
    broken: Option<String>,
    /// The object, where only its members were told apart: whether it is JSON turns out when they are read.
    unread: Option<&'a str>,
    /// Nothing is meant to be called: of each default it is asked whether it can be read.
    on_trial: bool,
}

impl<'a> Arguments<'a> {
    /// What the model wrote for a tool with these parameters; empty text and `null` are no arguments.
    pub fn new(fields: &'static [Field], json: &'a str) -> Self {
        let mut arguments = Self {
            fields,
            given: Given::default(),
            problems: Vec::new(),
            repairs: Vec::new(),
            unknown: Vec::new(),
            broken: None,
            unread: None,
            on_trial: false,
        };
        arguments.split(json);
        arguments
    }

    /// No arguments, for a call that is refused whatever becomes of them: its reason names each default that can't be
    /// read.
    pub(crate) fn on_trial(fields: &'static [Field]) -> Self {
        Self { on_trial: true, ..Self::new(fields, "") }
    }

    fn split(&mut self, json: &'a str) {
        let text = json.trim_ascii();
        if text.is_empty() || text == "null" {
            return;
        }
        if text.starts_with('"')
            && let Ok(inner) = serde_json::from_str::<String>(text)
        {
            return self.split_inner(&inner);
        }
        if plain::members(text, self.fields, |at, value| self.given.set(at, value)).is_some() {
            self.unread = Some(text);
            return;
        }
        let mut given = Given::default();
        let result = self.read_members(text, |at, value| given.set(at, value));
        self.given = given;
        self.broken = result.err().map(|error| self.unreadable(&error, text));
    }

    /// One of the members can't be read: perhaps the whole is no JSON, and then that is what there is to say.
    fn check_whole(&mut self) {
        if let Some(text) = self.unread.take() {
            let result = self.read_members(text, |_, _| {});
            self.broken = result.err().map(|error| self.unreadable(&error, text));
        }
    }

    /// A model that wrote its arguments as JSON inside a JSON text.
    fn split_inner(&mut self, text: &str) {
        if matches!(text.trim_ascii(), "" | "null") {
            return;
        }
        let mut given = Given::default();
        let result = self.read_members(text, |at, value| given.set_owned(at, value.to_owned()));
        self.given = given;
        match result {
            Ok(()) => self.repairs.push(Repair { path: "$".to_owned(), what: "JSON was sent as a text" }),
            Err(error) => self.broken = Some(self.unreadable(&error, text)),
        }
    }

    /// What serde says of what is no object quotes it.
    fn unreadable(&self, error: &serde_json::Error, text: &str) -> String {
        match error.is_data() && self.fields.iter().any(|field| is_secret(field.shape)) {
            true => "The arguments are no JSON object".to_owned(),
            false => broken(error, text),
        }
    }

    fn read_members<'t>(&mut self, text: &'t str, keep: impl FnMut(usize, &'t str)) -> serde_json::Result<()> {
        let mut json = Deserializer::from_str(text);
        let members = Members { fields: self.fields, unknown: &mut self.unknown, twice: &mut self.problems, keep };
        serde::Deserializer::deserialize_map(&mut json, members)?;
        json.end()
    }

    /// The argument at this place of the list of parameters, or what its default's JSON text says, or none: then it is
    /// known what is wrong with it.
    pub fn take<T>(&mut self, arg: Arg<T>, at: usize) -> Option<T> {
        if let Some(default) = self.fields.get(at).and_then(|field| field.default) {
            return match self.take_if_given(arg, at)? {
                Some(value) => Some(value),
                None => (arg.read)(default)
                    .map_err(|error| self.refuse(at, format!("the tool's own default can't be read: {error}")))
                    .ok(),
            };
        }
        match self.text(at) {
            Some(text) => self.read(arg, at, &text),
            None if self.on_trial => None,
            None => {
                let value = (arg.absent)();
                if value.is_none() {
                    self.missing(at);
                }
                value
            }
        }
    }

    /// The argument, or nothing where it was left out.
    pub fn take_if_given<T>(&mut self, arg: Arg<T>, at: usize) -> Option<Option<T>> {
        match self.text(at) {
            // a provider's strict form knows no keys that are left out: it sends null for them
            Some(text) if text == "null" => {
                let value = (arg.read)(&text).ok();
                if value.is_none()
                    && let Some(field) = self.fields.get(at)
                {
                    self.repairs.push(Repair::left_out(field.name));
                }
                Some(value)
            }
            Some(text) => self.read(arg, at, &text).map(Some),
            None => Some(None),
        }
    }

    fn text(&mut self, at: usize) -> Option<Cow<'a, str>> {
        self.given.take(at)
    }

    fn read<T>(&mut self, arg: Arg<T>, at: usize, text: &str) -> Option<T> {
        // where no object stands, no key does
        if matches!(text.as_bytes().first(), Some(b'{' | b'[')) && self.has_twice(at, text) {
            return None;
        }
        let mut error = match (arg.read)(text) {
            Ok(value) => return self.keeps_rules(at, text).then_some(value),
            Err(error) => error,
        };
        self.check_whole();
        let mut repairs = Vec::new();
        let mended = self.mend(at, text, &mut repairs);
        if let Some(mended) = mended.as_ref().filter(|_| !repairs.is_empty()) {
            let text = mended.to_string();
            match (arg.read)(&text) {
                Ok(value) => {
                    self.repairs.append(&mut repairs);
                    return self.keeps_rules(at, &text).then_some(value);
                }
                Err(after) => error = after,
            }
        }
        self.explain(at, text, mended.as_ref(), &error);
        None
    }

    /// Two values of one key: which of them is meant can't be known.
    fn has_twice(&mut self, at: usize, text: &str) -> bool {
        let Some(field) = self.fields.get(at) else { return false };
        let paths = twice(text, field.name);
        if is_secret(field.shape) && !paths.is_empty() {
            self.problems.push(Problem::new(field.name, "a key in it is given twice"));
            return true;
        }
        let found = !paths.is_empty();
        self.problems.extend(paths.into_iter().map(|path| Problem::new(path, "given twice")));
        found
    }

    /// What could be read is looked at again only where something is asked of it beyond its type.
    fn keeps_rules(&mut self, at: usize, text: &str) -> bool {
        let Some(field) = self.fields.get(at).filter(|field| field.shape.holds.ruled) else { return true };
        let Ok(value) = serde_json::from_str::<Value>(text) else { return true };
        let before = self.problems.len();
        enforce(field.shape, &value, field.name, &mut self.problems, &mut { FUEL });
        self.problems.len() == before
    }

    fn mend(&self, at: usize, text: &str, repairs: &mut Vec<Repair>) -> Option<Value> {
        let field = self.fields.get(at)?;
        Some(repair(field.shape, serde_json::from_str(text).ok()?, field.name, repairs))
    }

    /// What the shape has to say against what could not be put right; where it has nothing, what serde said.
    fn explain(&mut self, at: usize, text: &str, mended: Option<&Value>, error: &serde_json::Error) {
        let Some(field) = self.fields.get(at) else { return };
        let before = self.problems.len();
        if let Some(value) = mended {
            diagnose(field.shape, value, field.name, &mut self.problems, &mut { FUEL });
        }
        if self.problems.len() == before && is_secret(field.shape) {
            self.refuse(at, format!("can't be read; got {HIDDEN}"));
        } else if self.problems.len() == before {
            let got = match serde_json::from_str::<Value>(text) {
                Ok(value) => shown(&value),
                Err(_) => cut(text.to_owned()),
            };
            self.refuse(at, format!("{}; got {got}", without_place(error)));
        }
    }

    fn refuse(&mut self, at: usize, what: String) {
        if let Some(field) = self.fields.get(at) {
            self.problems.push(Problem::new(field.name, what));
        }
    }

    fn missing(&mut self, at: usize) {
        if let (Some(field), None) = (self.fields.get(at), &self.broken) {
            self.problems.push(missing(field, field.name));
        }
    }

    /// The repairs that were needed, where every argument that was taken could be read.
    ///
    /// # Errors
    /// What is wrong with the arguments, for the model.
    pub fn finish(self, tool: &str) -> Result<Vec<Repair>, String> {
        if let Some(broken) = self.broken {
            return Err(again(&broken, tool));
        }
        if self.on_trial {
            let problems: Vec<_> = self.problems.iter().map(ToString::to_string).collect();
            return Err(problems.join("; "));
        }
        if self.problems.is_empty() {
            return Ok(self.repairs);
        }
        Err(refused(tool, &self.problems, &self.unknown))
    }
}

/// As many parameters as most tools have.
const FEW: usize = 6;

/// The text of each argument that was given; those of the first few parameters without asking for memory.
#[derive(Debug, Default)]
struct Given<'a> {
    first: [Option<&'a str>; FEW],
    /// With their places: those of later parameters, and those that don't stand in what the model wrote.
    more: Vec<(usize, Cow<'a, str>)>,
}

impl<'a> Given<'a> {
    #[inline]
    fn set(&mut self, at: usize, text: &'a str) {
        match self.first.get_mut(at) {
            Some(place) => *place = Some(text),
            None => self.more.push((at, Cow::Borrowed(text))),
        }
    }

    fn set_owned(&mut self, at: usize, text: String) {
        self.more.push((at, Cow::Owned(text)));
    }

    fn take(&mut self, at: usize) -> Option<Cow<'a, str>> {
        if let Some(text) = self.first.get_mut(at).and_then(Option::take) {
            return Some(Cow::Borrowed(text));
        }
        let place = self.more.iter().position(|(given, _)| *given == at)?;
        Some(self.more.swap_remove(place).1)
    }
}

pub(super) fn broken(error: &serde_json::Error, text: &str) -> String {
    if error.is_eof() {
        return format!("The arguments break off before their end (after {} bytes)", text.len());
    }
    format!("The arguments are no JSON object: {error}")
}

fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}
