//! A type that stands in several places: written out in each while it is small, else once, under `$defs`.
//!
//! While a schema is written, every type is only marked where it stands, and its text is made once. How often it is
//! marked and how large it is decides in the end. Types are told apart by their text, so nothing depends on addresses;
//! these only save making a text again.

use std::{collections::HashMap, fmt::Write as _};

use super::{Renderer, text::quote};
use crate::schema::{Kind, Shape};

/// Writing a type out may repeat so many bytes.
const MOST_REPEATED: usize = 1024;

// JSON escapes control characters, so no text of a schema has these.
/// Begins and ends the mark of a type: its number, with `?` behind it where it may be `null`.
const TYPE: char = '\u{1}';
/// Begins and ends a description that depends on whether the type is written out: its number, and both forms.
const WORDS: char = '\u{2}';
const BETWEEN: char = '\u{3}';

/// Where the contents of a type stand in memory, and what it is called: equal only for one type.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    at: usize,
    len: usize,
    name: Option<&'static str>,
    description: &'static str,
}

struct Type {
    name: Option<&'static str>,
    description: &'static str,
    /// Its description and what its variants mean.
    words: String,
    /// What stands inside its braces, but for the description.
    text: String,
    /// The same where it may be `null`; made when it is needed.
    nullable: Option<String>,
}

/// The types that were marked, each behind those that it holds.
#[derive(Default)]
pub(super) struct Types {
    known: HashMap<Key, usize>,
    all: Vec<Type>,
}

/// What becomes of the marks.
struct Plan<'t> {
    types: &'t [Type],
    /// The names of the types that stand under `$defs`.
    names: Vec<Option<String>>,
}

fn key(shape: &Shape) -> Option<Key> {
    let (at, len) = match shape.kind {
        _ if shape.rules.is_some() => return None,
        Kind::Object { fields, .. } => (fields.as_ptr() as usize, fields.len()),
        Kind::AnyOf(shapes) | Kind::Tuple { items: shapes, .. } => (shapes.as_ptr() as usize, shapes.len()),
        Kind::Enum(variants) => (variants.as_ptr() as usize, variants.len()),
        _ => return None,
    };
    (len > 0).then_some(Key { at, len, name: shape.name, description: shape.description })
}

impl Renderer {
    /// Marks where a type stands, if the shape is one.
    pub(super) fn mark(&mut self, shape: &Shape, nullable: bool) -> bool {
        let Some(key) = key(shape) else { return false };
        let id = match self.types.known.get(&key) {
            Some(id) => *id,
            None => {
                let text = self.apart(shape, false);
                let id = self.types.add(shape, text);
                self.types.known.insert(key, id);
                id
            }
        };
        if nullable && self.types.all.get(id).is_some_and(|known| known.nullable.is_none()) {
            let text = self.apart(shape, true);
            if let Some(known) = self.types.all.get_mut(id) {
                known.nullable = Some(text);
            }
        }
        self.comma();
        let _ = write!(self.out, "{TYPE}{id}{}{TYPE}", if nullable { "?" } else { "" });
        self.marked = Some(id);
        true
    }

    /// What stands inside the braces of a shape, as a text of its own.
    pub(super) fn apart(&mut self, shape: &Shape, nullable: bool) -> String {
        let out = std::mem::replace(&mut self.out, "{".to_owned());
        self.whole(shape, nullable);
        std::mem::replace(&mut self.out, out).split_off(1)
    }

    /// A description beside a mark: where the type stands under `$defs`, its own words stand there.
    pub(super) fn words(&mut self, id: usize, words: &str, text: &str) {
        let own = self.types.all.get(id).is_some_and(|known| known.description == words);
        let _ = write!(self.out, "{WORDS}{id}{BETWEEN},\"description\":");
        quote(&mut self.out, text);
        self.out.push(BETWEEN);
        if !own && !words.is_empty() {
            self.out.push_str(",\"description\":");
            quote(&mut self.out, words);
        }
        self.out.push(WORDS);
    }

    /// The texts without marks, and the definitions that this needs; `defs` have their names already.
    pub(super) fn settle(&mut self, root: &str, defs: &[(String, String)]) -> (String, Vec<(String, String)>) {
        let types = std::mem::take(&mut self.types).all;
        let texts = [root].into_iter().chain(defs.iter().map(|(_, text)| text.as_str()));
        let shared = shared(&types, texts);
        let bodies: Vec<String> = types.iter().map(Type::body).collect();
        let mut names = Vec::with_capacity(types.len());
        let mut added = Vec::new();
        for ((known, body), shared) in types.iter().zip(&bodies).zip(shared) {
            names.push(shared.then(|| match defs.iter().find(|(_, text)| text == body) {
                // a type that is reached again inside itself has its definition
                Some((name, _)) => name.clone(),
                None => {
                    let name = self.free_name(known.name.unwrap_or("Type"));
                    self.recursive.push((std::ptr::null(), name.clone()));
                    added.push((name.clone(), body));
                    name
                }
            }));
        }
        let plan = Plan { types: &types, names };
        let told = defs.iter().map(|(name, text)| (name, text)).chain(added.iter().map(|(name, body)| (name, *body)));
        let defs = told.map(|(name, text)| (name.clone(), plan.expanded(text))).collect();
        (plan.expanded(root), defs)
    }
}

impl Types {
    fn add(&mut self, shape: &Shape, text: String) -> usize {
        let same =
            |known: &Type| known.text == text && known.name == shape.name && known.description == shape.description;
        if let Some(id) = self.all.iter().position(same) {
            return id;
        }
        let words = super::with_meanings(shape.description.to_owned(), &shape.kind);
        self.all.push(Type { name: shape.name, description: shape.description, words, text, nullable: None });
        self.all.len() - 1
    }
}

impl Type {
    /// What stands inside the braces of its definition.
    fn body(&self) -> String {
        let mut body = self.text.clone();
        if !self.words.is_empty() {
            body.push_str(",\"description\":");
            quote(&mut body, &self.words);
        }
        body
    }
}

/// A piece of a text with marks.
enum Piece<'t> {
    Plain(&'t str),
    Type { id: usize, nullable: bool },
    Words { id: usize, alone: &'t str, shared: &'t str },
}

fn pieces(mut rest: &str) -> impl Iterator<Item = Piece<'_>> {
    std::iter::from_fn(move || {
        let sign = rest.chars().next()?;
        if sign != TYPE && sign != WORDS {
            let end = rest.find([TYPE, WORDS]).unwrap_or(rest.len());
            let (plain, after) = rest.split_at(end);
            rest = after;
            return Some(Piece::Plain(plain));
        }
        let (mark, after) = rest.get(1..)?.split_once(sign)?;
        rest = after;
        if sign == TYPE {
            let id = mark.trim_end_matches('?');
            return Some(Piece::Type { id: id.parse().ok()?, nullable: id.len() < mark.len() });
        }
        let mut parts = mark.split(BETWEEN);
        Some(Piece::Words { id: parts.next()?.parse().ok()?, alone: parts.next()?, shared: parts.next()? })
    })
}

/// Which types are so large, and stand in so many places, that they are written once.
fn shared<'t>(types: &'t [Type], texts: impl Iterator<Item = &'t str>) -> Vec<bool> {
    let mut places = vec![0_usize; types.len()];
    for text in texts.chain(types.iter().map(|known| known.text.as_str())) {
        for piece in pieces(text) {
            if let Piece::Type { id, .. } = piece
                && let Some(count) = places.get_mut(id)
            {
                *count += 1;
            }
        }
    }
    let (mut shared, mut sizes): (Vec<bool>, Vec<usize>) = (Vec::new(), Vec::new());
    for (known, places) in types.iter().zip(places) {
        // what a type holds stands before it
        let size: usize = pieces(&known.text)
            .map(|piece| match piece {
                Piece::Plain(text) => text.len(),
                Piece::Words { alone, .. } => alone.len(),
                Piece::Type { id, .. } if shared.get(id) == Some(&true) => 32,
                Piece::Type { id, .. } => sizes.get(id).copied().unwrap_or_default(),
            })
            .sum();
        let size = size + known.words.len();
        sizes.push(size);
        shared.push(size.saturating_mul(places.saturating_sub(1)) > MOST_REPEATED);
    }
    shared
}

impl Plan<'_> {
    fn expanded(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        self.expand(text, &mut out);
        out
    }

    fn expand(&self, text: &str, out: &mut String) {
        for piece in pieces(text) {
            match piece {
                Piece::Plain(text) => out.push_str(text),
                Piece::Words { id, alone, shared } => {
                    out.push_str(if self.name(id).is_some() { shared } else { alone });
                }
                Piece::Type { id, nullable } => match (self.name(id), self.types.get(id)) {
                    (Some(name), _) if nullable => {
                        let _ = write!(out, r##""anyOf":[{{"$ref":"#/$defs/{name}"}},{{"type":"null"}}]"##);
                    }
                    (Some(name), _) => {
                        let _ = write!(out, r##""$ref":"#/$defs/{name}""##);
                    }
                    (None, Some(known)) => match (&known.nullable, nullable) {
                        (Some(text), true) => self.expand(text, out),
                        _ => self.expand(&known.text, out),
                    },
                    (None, None) => {}
                },
            }
        }
    }

    fn name(&self, id: usize) -> Option<&str> {
        self.names.get(id)?.as_deref()
    }
}
