//! The tools of a request: which are offered, and what is asked of the model with them.

use std::borrow::Cow;

use super::{body::List, hosted, marks::Marks, turns};
use crate::{
    error::{Error, Result},
    message::{Origin, Request, ToolChoice, ToolSpec},
};

/// Which tools go out, and what is asked of the model with them.
#[derive(Debug)]
pub(super) struct Offer<'a> {
    specs: &'a [ToolSpec],
    /// Those that the provider runs, as far as this is their provider.
    hosted: Vec<&'a Origin>,
    /// Only these.
    only: Option<Cow<'a, [String]>>,
    pub(super) choice: Choice<'a>,
}

/// A tool choice that a wire can say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Choice<'a> {
    Auto,
    None,
    Required,
    Named(&'a str),
    /// At least one of these, though more are offered.
    Allowed(Cow<'a, [String]>),
    /// None, or some of these, though more are offered.
    Among(Cow<'a, [String]>),
}

impl<'a> Offer<'a> {
    /// `by_name`: the service calls the tool that is named; `allowed`: it knows lists of allowed tools. What it does
    /// not know is said by offering fewer tools.
    pub(super) fn of(protocol: &'static str, request: &Request<'a>, by_name: bool, allowed: bool) -> Result<Self> {
        let specs = request.tools.as_slice();
        let own = |origin: &&Origin| origin.protocol == protocol && turns::is_object(&origin.json);
        let hosted: Vec<&Origin> = request.tools.hosted().iter().filter(own).collect();
        let known = |name: &String| {
            specs.iter().any(|spec| spec.name == *name) || hosted.iter().any(|origin| hosted::name(origin) == *name)
        };
        let check = |name: &String| match known(name) {
            true => Ok(()),
            false => {
                let names: Vec<_> = specs.iter().take(20).map(|spec| spec.name.as_str()).collect();
                let detail = format!("the tool choice names `{name}`, and the tools are: {}", names.join(", "));
                Err(Error::encode(protocol, detail))
            }
        };
        // Of a list counts what this service has: that it lacks a tool of another is told with the tools.
        let elsewhere =
            |name: &&String| !known(name) && request.tools.hosted().iter().any(|origin| hosted::name(origin) == **name);
        let listed = |names: &'a [String]| match names.iter().any(|name| elsewhere(&name)) {
            true => Cow::Owned(names.iter().filter(|name| !elsewhere(name)).cloned().collect()),
            false => Cow::Borrowed(names),
        };
        let (only, choice) = match request.tool_choice {
            ToolChoice::Auto => (None, Choice::Auto),
            ToolChoice::None => (None, Choice::None),
            ToolChoice::Required if specs.is_empty() && hosted.is_empty() => {
                return Err(Error::encode(protocol, "a call is demanded, and there are no tools"));
            }
            ToolChoice::Required => (None, Choice::Required),
            ToolChoice::Tool(name) => {
                check(name)?;
                match by_name {
                    true => (None, Choice::Named(name)),
                    false => (Some(Cow::Borrowed(std::slice::from_ref(name))), Choice::Required),
                }
            }
            ToolChoice::AnyOf(names) => {
                let listed = listed(names);
                listed.iter().try_for_each(check)?;
                match (listed, names.as_slice()) {
                    (Cow::Borrowed(_), [name]) if by_name => (None, Choice::Named(name)),
                    (listed, _) if listed.is_empty() => {
                        return Err(Error::encode(protocol, "a call of one of no tools is demanded"));
                    }
                    (listed, _) if allowed => (None, Choice::Allowed(listed)),
                    (listed, _) => (Some(listed), Choice::Required),
                }
            }
            ToolChoice::AutoOf(names) => {
                let listed = listed(names);
                listed.iter().try_for_each(check)?;
                match listed.is_empty() {
                    true => (None, Choice::None),
                    false if allowed => (None, Choice::Among(listed)),
                    false => (Some(listed), Choice::Auto),
                }
            }
        };
        Ok(Self { specs, hosted, only, choice })
    }

    /// The tool of the provider's own that must be called: it is named otherwise than a function.
    pub(super) fn forces_hosted(&self) -> Option<&'a Origin> {
        if let Choice::Named(name) = self.choice { self.hosted_named(name) } else { None }
    }

    /// The tool that the provider runs by this name.
    pub(super) fn hosted_named(&self, name: &str) -> Option<&'a Origin> {
        let is_function = self.specs.iter().any(|spec| spec.name == name);
        self.hosted.iter().copied().find(|origin| !is_function && hosted::name(origin) == name)
    }

    fn offers(&self, name: &String) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(name))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.specs.is_empty() && self.hosted.is_empty()
    }

    /// There is a function among them.
    pub(super) fn has_functions(&self) -> bool {
        !self.specs.is_empty()
    }

    /// Those that the provider runs.
    pub(super) fn hosted(&self) -> impl Iterator<Item = &'a Origin> + '_ {
        let offered = |origin: &&Origin| self.offers(&hosted::name(origin));
        self.hosted.iter().copied().filter(offered)
    }

    /// Appends the list of tools: those offered, as bytes made before, with their marks.
    pub(super) fn write(&self, encoded: &[String], marks: &Marks, out: &mut Vec<u8>) {
        if self.only.is_none() {
            out.reserve(encoded.iter().map(|json| json.len() + 1).sum::<usize>() + 256);
        }
        let mut list = List::begin(out);
        self.functions(encoded, marks, &mut list);
        for origin in self.hosted() {
            list.item().extend_from_slice(origin.json.as_bytes());
        }
        list.end();
    }

    /// Appends the functions alone.
    pub(super) fn functions(&self, encoded: &[String], marks: &Marks, list: &mut List<'_>) {
        for (at, (spec, json)) in self.specs.iter().zip(encoded).enumerate() {
            if self.offers(&spec.name) {
                list.item().extend_from_slice(json.as_bytes());
                if let Some((key, json)) = marks.on_tool(at) {
                    list.mark_last(key, json);
                }
            }
        }
    }
}
