//! What stands under `$defs`: types that are reached again, and what schemas from elsewhere bring along.

use serde_json::Value;

use super::Renderer;
use crate::schema::{Shape, foreign};

impl Renderer {
    /// Where the type that is reached again will stand.
    pub(super) fn definition(&mut self, shape: &'static Shape) -> String {
        let known = self.recursive.iter().find(|(at, _)| std::ptr::eq(*at, shape));
        if let Some((_, name)) = known {
            return format!("#/$defs/{name}");
        }
        let name = self.free_name(shape.name.unwrap_or("Type"));
        self.recursive.push((shape, name.clone()));
        self.pending.push((name.clone(), shape));
        format!("#/$defs/{name}")
    }

    pub(super) fn free_name(&self, wanted: &str) -> String {
        let taken =
            |name: &str| self.foreign.contains_key(name) || self.recursive.iter().any(|(_, other)| other == name);
        let mut name = wanted.to_owned();
        let mut next = 2;
        while taken(&name) {
            name = format!("{wanted}{next}");
            next += 1;
        }
        name
    }

    /// A schema of schemars': its definitions move to the root, where its references look for them.
    pub(super) fn foreign(&mut self, mut schema: Value) {
        let defs = foreign::take_definitions(&mut schema);
        let clash = |(name, def): &(&String, &Value)| {
            self.recursive.iter().any(|(_, other)| other == *name)
                || self.foreign.get(*name).is_some_and(|other| other != *def)
        };
        let renamed: Vec<_> = defs.iter().filter(clash).map(|(name, _)| (name.clone(), self.free_name(name))).collect();
        foreign::rename(&mut schema, &renamed);
        for (name, mut def) in defs {
            foreign::rename(&mut def, &renamed);
            let new = renamed.iter().find(|(old, _)| *old == name).map(|(_, new)| new.clone());
            self.foreign.insert(new.unwrap_or(name), def);
        }
        match schema {
            Value::Object(members) => {
                for (key, value) in members {
                    match (key.as_str(), value) {
                        ("$schema" | "title" | "default", _) => {}
                        ("description", Value::String(text)) => self.brought = Some(text),
                        (_, value) => self.number(&key, &value),
                    }
                }
            }
            Value::Bool(false) => self.number("not", "{}"),
            _ => {}
        }
    }
}
