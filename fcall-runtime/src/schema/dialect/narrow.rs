//! A schema in the few keywords of a narrow form.
//!
//! Conditions that hold together become one schema, alternatives become `anyOf`, and what has no keyword is written into
//! the description, where a model reads it.

use serde_json::{Map, Value};

use super::{
    Fitted, Illegal, Loss,
    limits::Totals,
    merge::{alternatives, both, disjoint, is_annotation},
    notes::described,
    pointer::{DEPTH, join, reference, resolve},
    recursion::Recursion,
    rules::Rules,
};

/// Schemas that are written out where they are used may grow as 2^n.
const MOST_NODES: usize = 20_000;

const INSIDE_ITSELF: &str = "a type that contains itself has no form here; give it a fixed depth";

pub(super) fn root(root: &Value, rules: &'static Rules, losses: Vec<Loss>) -> Result<Fitted, Illegal> {
    let (recursion, defs, inside, chain) = (Recursion::of(root), Vec::new(), Vec::new(), Vec::new());
    let mut narrow = Narrow { rules, root, recursion, losses, defs, inside, above: 0, chain, nodes: 0 };
    let mut made = match root {
        Value::Object(members) => narrow.typed(members, "", 0)?,
        _ => return Err(Illegal::new("", "expected JSON Schema, an object")),
    };
    let mut defs = Map::new();
    while let Some((target, name)) = narrow.defs.get(defs.len()).cloned() {
        let path = format!("$defs.{name}");
        let def = narrow.node(resolve(root, &target, &path)?, &path, 0)?;
        defs.insert(name, def);
    }
    if let (Value::Object(made), false) = (&mut made, defs.is_empty()) {
        made.insert("$defs".to_owned(), Value::Object(defs));
    }
    let made = (rules.finish)(made, &mut narrow.losses)?;
    Ok(Fitted { json: made.to_string(), losses: narrow.losses, totals: Totals::of(&made) })
}

pub(super) struct Narrow<'r> {
    pub(super) rules: &'static Rules,
    root: &'r Value,
    recursion: Recursion<'r>,
    pub(super) losses: Vec<Loss>,
    /// Targets that are referred to, with the names they got.
    defs: Vec<(String, String)>,
    /// The references that the schema at hand was reached through, where they were written out.
    inside: Vec<String>,
    /// How many of these the schemas around the one at hand were reached through.
    above: usize,
    /// The references that are being followed right now.
    chain: Vec<String>,
    nodes: usize,
}

impl Narrow<'_> {
    /// One schema, whatever it is.
    pub(super) fn node(&mut self, schema: &Value, path: &str, depth: usize) -> Result<Value, Illegal> {
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > DEPTH {
            return Err(Illegal::new(path, "too large or too deep a schema; make it smaller"));
        }
        let members = match schema {
            Value::Object(members) => members,
            Value::Bool(true) => &Map::new(),
            _ => return Err(Illegal::new(path, "nothing fits this schema")),
        };
        let above = std::mem::replace(&mut self.above, self.inside.len());
        let made = self.flat_node(members, path, depth);
        self.inside.truncate(self.above);
        self.above = above;
        made
    }

    fn flat_node(&mut self, members: &Map<String, Value>, path: &str, depth: usize) -> Result<Value, Illegal> {
        let kept = reference(members).is_some_and(|target| self.stays(target));
        if let (true, Some(target)) = (kept, reference(members)) {
            let others = members.keys().any(|key| key != "$ref" && !is_annotation(key));
            if !others || self.recursion.has(target) {
                return self.referred(members, target, path, others);
            }
        }
        if let Some(target) = reference(members).filter(|target| self.inside.iter().any(|seen| seen == target)) {
            return self.cut(members, target, path);
        }
        let schema = self.flat(members.clone(), path, depth)?;
        match schema.get("anyOf") {
            Some(Value::Array(branches)) => self.any_of(&schema, branches, path, depth),
            _ => self.typed(&schema, path, depth),
        }
    }

    fn stays(&self, target: &str) -> bool {
        self.rules.references && target.starts_with('#')
    }

    /// A reference that stands; words beside it need an `anyOf` around it.
    fn referred(
        &mut self,
        members: &Map<String, Value>,
        target: &str,
        path: &str,
        others: bool,
    ) -> Result<Value, Illegal> {
        resolve(self.root, target, path)?;
        if !self.rules.recursion && self.recursion.has(target) {
            return Err(Illegal::new(path, INSIDE_ITSELF));
        }
        let to = if target == "#" { "#".to_owned() } else { format!("#/$defs/{}", self.name_of(target)) };
        let mut made = Map::from_iter([("$ref".to_owned(), Value::String(to))]);
        let mut notes = Vec::new();
        if others {
            let keys = members.iter().filter(|(key, _)| *key != "$ref" && !is_annotation(key));
            for (key, value) in keys {
                self.note(key, value, "has no place beside a reference; kept in the description", path, &mut notes);
            }
        }
        let words = described(members.get("description"), &notes);
        if let Some(words) = words {
            let alternatives = Value::Array(vec![Value::Object(made)]);
            made = Map::from_iter([("anyOf".to_owned(), alternatives), ("description".to_owned(), words.into())]);
        }
        Ok(Value::Object(made))
    }

    fn name_of(&mut self, target: &str) -> String {
        if let Some((_, name)) = self.defs.iter().find(|(known, _)| known == target) {
            return name.clone();
        }
        let last = target.rsplit('/').next().unwrap_or_default().replace("~1", "_").replace("~0", "_");
        let legal = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
        let wanted: String = last.chars().map(legal).collect();
        let (mut name, mut next) = (wanted.clone(), 2);
        while self.defs.iter().any(|(_, taken)| *taken == name) {
            name = format!("{wanted}{next}");
            next += 1;
        }
        self.defs.push((target.to_owned(), name.clone()));
        name
    }

    /// A type inside itself where references are written out: said in words.
    fn cut(&mut self, members: &Map<String, Value>, target: &str, path: &str) -> Result<Value, Illegal> {
        if !self.rules.free {
            return Err(Illegal::new(path, INSIDE_ITSELF));
        }
        let name = target.rsplit('/').next().filter(|name| *name != "#").unwrap_or("root");
        self.losses.push(Loss::new(path, "$ref", "a type that contains itself has no form here; any value is taken"));
        let words = members.get("description").and_then(Value::as_str);
        let text = words.map_or_else(|| format!("again a {name}"), |words| format!("{words} (again a {name})"));
        Ok(Value::Object(Map::from_iter([("description".to_owned(), text.into())])))
    }

    /// Conditions that hold together as one schema; of alternatives only `anyOf` is left, and nothing beside it.
    fn flat(
        &mut self,
        mut schema: Map<String, Value>,
        path: &str,
        depth: usize,
    ) -> Result<Map<String, Value>, Illegal> {
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > DEPTH {
            return Err(Illegal::new(path, "too large or too deep a schema; make it smaller"));
        }
        if let Some(target) = reference(&schema).map(str::to_owned) {
            schema.remove("$ref");
            if !target.starts_with('#') && self.rules.free {
                self.losses.push(Loss::new(path, "$ref", format!("`{target}` is outside the schema")));
            } else if self.chain.contains(&target) {
                return Err(Illegal::new(path, format!("`{target}` refers to itself; write the type out")));
            } else if self.inside.iter().take(self.above).any(|seen| *seen == target) {
                if !self.rules.free {
                    return Err(Illegal::new(path, INSIDE_ITSELF));
                }
                self.losses.push(Loss::new(path, "$ref", "a type that contains itself has no form here; left out"));
            } else if let Value::Object(found) = resolve(self.root, &target, path)? {
                self.inside.push(target.clone());
                self.chain.push(target);
                let found = self.flat(found.clone(), path, depth + 1);
                self.chain.pop();
                schema = both(schema, &found?, path, &mut self.losses);
            }
        }
        if let Some(Value::Array(all)) = schema.remove("allOf") {
            for branch in all {
                if let Value::Object(branch) = branch {
                    let branch = self.flat(branch, path, depth + 1)?;
                    schema = both(schema, &branch, path, &mut self.losses);
                }
            }
        }
        if let Some(Value::Array(branches)) = schema.remove("oneOf") {
            if !disjoint(&branches) {
                let why = "said as `anyOf`: a value that fits several branches is taken too";
                self.losses.push(Loss::new(path, "oneOf", why));
            }
            let branches = Value::Array(branches);
            match schema.get("anyOf").map(|ours| alternatives(ours, &branches)) {
                Some(None) => {
                    let why = "stands beside `anyOf`, of which one has to do; dropped";
                    self.losses.push(Loss::new(path, "oneOf", why));
                }
                Some(Some(pairs)) => drop(schema.insert("anyOf".to_owned(), pairs)),
                None => drop(schema.insert("anyOf".to_owned(), branches)),
            }
        }
        match schema.remove("anyOf") {
            Some(Value::Array(branches)) => self.spread(schema, branches, path, depth),
            _ => Ok(schema),
        }
    }

    /// What stands beside alternatives goes into each of them.
    fn spread(
        &mut self,
        schema: Map<String, Value>,
        branches: Vec<Value>,
        path: &str,
        depth: usize,
    ) -> Result<Map<String, Value>, Illegal> {
        let (words, rest): (Map<_, _>, Map<_, _>) = schema.into_iter().partition(|(key, _)| is_annotation(key));
        let mut spread = Vec::with_capacity(branches.len());
        for branch in branches {
            match branch {
                Value::Bool(false) => {}
                Value::Object(branch) if reference(&branch).is_some_and(|to| self.recursion.has(to)) => {
                    for key in rest.keys() {
                        let why = "has no place beside a type that contains itself; dropped";
                        self.losses.push(Loss::new(path, key.as_str(), why));
                    }
                    spread.push(Value::Object(branch));
                }
                Value::Object(branch) if !rest.is_empty() => {
                    let entered = self.inside.len();
                    let branch = self.flat(branch, path, depth + 1)?;
                    self.inside.truncate(entered);
                    spread.push(Value::Object(both(branch, &rest, path, &mut self.losses)));
                }
                Value::Bool(true) if !rest.is_empty() => spread.push(Value::Object(rest.clone())),
                other => spread.push(other),
            }
        }
        let mut schema = words;
        if let [Value::Object(only)] = spread.as_slice()
            && (!self.rules.references || reference(only).is_none())
        {
            let only = self.flat(only.clone(), path, depth + 1)?;
            return Ok(both(schema, &only, path, &mut self.losses));
        }
        if spread.is_empty() {
            return Err(Illegal::new(path, "there are no alternatives to choose from"));
        }
        schema.insert("anyOf".to_owned(), Value::Array(spread));
        Ok(schema)
    }

    fn any_of(
        &mut self,
        schema: &Map<String, Value>,
        branches: &[Value],
        path: &str,
        depth: usize,
    ) -> Result<Value, Illegal> {
        let mut made: Vec<Value> = Vec::new();
        for branch in branches {
            let branch = self.node(branch, path, depth + 1)?;
            let inner = branch.as_object().filter(|inner| inner.len() == 1).and_then(|inner| inner.get("anyOf"));
            let flat = inner.and_then(Value::as_array).cloned().unwrap_or_else(|| vec![branch]);
            made.extend(flat.into_iter().filter(|branch| !made.contains(branch)).collect::<Vec<_>>());
        }
        let mut notes = Vec::new();
        let mut out = match texts(&made) {
            Some((names, meanings)) => {
                notes = meanings;
                Map::from_iter([("type".to_owned(), "string".into()), ("enum".to_owned(), names)])
            }
            None => Map::from_iter([("anyOf".to_owned(), Value::Array(made))]),
        };
        let mut lost = Vec::new();
        self.annotations(schema, path, &mut out, &mut lost);
        let lines = if notes.is_empty() { String::new() } else { notes.join("\n") };
        let words = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let text = [words, &lines].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
        if let Some(text) = described(Some(&Value::String(text)), &lost) {
            out.insert("description".to_owned(), text.into());
        }
        Ok(Value::Object(out))
    }

    /// Keeps what the form has of titles, defaults and the like.
    pub(super) fn annotations(
        &mut self,
        schema: &Map<String, Value>,
        path: &str,
        out: &mut Map<String, Value>,
        notes: &mut Vec<String>,
    ) {
        for (key, value) in schema.iter().filter(|(key, _)| is_annotation(key)) {
            match key.as_str() {
                "title" | "default" if self.rules.keywords.contains(&key.as_str()) => {
                    out.insert(key.clone(), value.clone());
                }
                "default" | "examples" | "example" | "deprecated" => {
                    self.note(key, value, "kept in the description", path, notes);
                }
                _ => {}
            }
        }
    }

    /// What has no keyword, for the description.
    pub(super) fn note(&mut self, key: &str, value: &Value, why: &str, path: &str, notes: &mut Vec<String>) {
        const LONGEST: usize = 400;
        self.losses.push(Loss::new(path, key, why));
        let mut text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if let Some((end, _)) = text.char_indices().nth(LONGEST) {
            text.truncate(end);
            text.push_str("...");
        }
        notes.push(format!("{key}: {text}"));
    }

    pub(super) fn child(&self, path: &str, piece: &str) -> String {
        join(path, piece)
    }
}

/// Alternatives that are all texts: their list, and what each of them means.
fn texts(branches: &[Value]) -> Option<(Value, Vec<String>)> {
    let mut names: Vec<Value> = Vec::new();
    let mut meanings = Vec::new();
    for branch in branches {
        let branch = branch.as_object()?;
        let known = |key: &str| matches!(key, "type" | "const" | "enum" | "description" | "title");
        if !branch.keys().all(|key| known(key)) || branch.get("type").is_some_and(|kind| kind != "string") {
            return None;
        }
        let own: Vec<Value> = match (branch.get("const"), branch.get("enum")) {
            (Some(only), None) => vec![only.clone()],
            (None, Some(Value::Array(all))) => all.clone(),
            _ => return None,
        };
        let words = branch.get("description").and_then(Value::as_str);
        if let (Some(words), [only]) = (words, own.as_slice()) {
            meanings.push(format!("- {}: {words}", only.as_str()?));
        }
        if !own.iter().all(Value::is_string) {
            return None;
        }
        names.extend(own.into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>());
    }
    (!names.is_empty()).then_some((Value::Array(names), meanings))
}
