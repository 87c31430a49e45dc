//! JSON schemas as the Rust that a user would write for them.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// The program: a module for each function, since names come twice; and a `main` that answers on stdout.
pub(super) fn program(tools: &[Value]) -> String {
    let mut program = String::from("#![allow(warnings)]\n\n");
    for (at, tool) in tools.iter().enumerate() {
        program.push_str(&module(at, tool));
    }
    program.push_str("fn tools() -> Vec<fcall::Tool> {\n    vec![\n");
    for at in 0..tools.len() {
        let _ = writeln!(program, "        fcall::Tool::of::<t{at}::Handle>(),");
    }
    program.push_str("    ]\n}\n");
    program.push_str(MAIN);
    program
}

const MAIN: &str = r##"
fn main() {
    use std::{future::Future as _, io::Read as _, pin::pin, task::{Context, Poll, Waker}};
    let tools = tools();
    for tool in &tools {
        let spec = tool.spec();
        println!(r#"{{"name":{},"description":{},"schema":{}}}"#, json(&spec.name), json(&spec.description), spec.schema);
    }
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    for line in input.lines() {
        let (at, arguments): (usize, String) = fcall::serde_json::from_str(line).unwrap();
        let cx = fcall::CallContext::new();
        let mut call = pin!(tools[at].call(&cx, &arguments));
        let Poll::Ready(outcome) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) else { panic!("not ready") };
        match outcome {
            fcall::Outcome::Done(output) => println!("{}", output.content()[0].as_text().unwrap()),
            other => println!("{}", json(&format!("{other:?}"))),
        }
    }
}

fn json(text: &str) -> String {
    fcall::serde_json::to_string(text).unwrap()
}
"##;

/// What is written beside a function: the types it needs.
#[derive(Default)]
struct Types(String, usize);

fn module(at: usize, tool: &Value) -> String {
    let name = tool["name"].as_str().unwrap_or_default();
    let mut types = Types::default();
    let (mut parameters, mut kept) = (String::new(), String::new());
    for (place, (wire, schema, required)) in fields(&tool["schema"]).into_iter().enumerate() {
        let (ident, rename) = ident(wire, place);
        let ty = types.of(schema, true);
        let _ = write!(parameters, "        {}", doc(&schema["description"]));
        if rename {
            let _ = write!(parameters, "#[arg(rename = {wire:?})] ");
        }
        let ty = if required { ty } else { format!("Option<{ty}>") };
        let _ = writeln!(parameters, "{ident}: {ty},");
        let _ = match required {
            true => {
                writeln!(kept, "        kept.insert({wire:?}.into(), fcall::serde_json::to_value({ident}).unwrap());")
            }
            false => writeln!(
                kept,
                "        if let Some(given) = {ident} {{ kept.insert({wire:?}.into(), fcall::serde_json::to_value(given).unwrap()); }}"
            ),
        };
    }
    let (function, _) = ident(name, 0);
    format!(
        "mod t{at} {{\n    use fcall::serde_json::{{Map, Value}};\n\n{}    {}#[fcall::tool(name = {name:?}, handle = Handle)]\n    \
         pub fn {function}(\n{parameters}    ) -> Value {{\n        let mut kept = Map::new();\n{kept}        \
         Value::Object(kept)\n    }}\n}}\n\n",
        types.0,
        doc(&tool["description"])
    )
}

/// Name, schema, and whether it must be there.
fn fields(schema: &Value) -> Vec<(&str, &Value, bool)> {
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name));
    let fields = schema["properties"].as_object().map(Map::iter).into_iter().flatten();
    fields.map(|(name, schema)| (name.as_str(), schema, required(name))).collect()
}

fn doc(text: &Value) -> String {
    let text = text.as_str().unwrap_or_default();
    if text.trim().is_empty() { String::new() } else { format!("#[doc = {text:?}] ") }
}

/// A name as Rust can write it, and whether that is another one.
fn ident(wire: &str, place: usize) -> (String, bool) {
    let legal = wire.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && wire.chars().all(|next| next.is_ascii_alphanumeric() || next == '_');
    match wire {
        "self" | "Self" | "super" | "crate" | "_" => (format!("field{place}"), true),
        _ if !legal => (format!("field{place}"), true),
        // what is no keyword may be written raw too
        _ => (format!("r#{wire}"), false),
    }
}

impl Types {
    fn of(&mut self, schema: &Value, described: bool) -> String {
        let plain = match (schema["type"].as_str(), schema["enum"].as_array()) {
            (Some("string"), Some(values)) => return self.enumeration(values, schema, described),
            (Some("object"), _) if schema.get("properties").is_some() => return self.structure(schema, described),
            (Some("string"), None) => "String".to_owned(),
            (Some("integer"), _) => "i64".to_owned(),
            (Some("number"), _) => "f64".to_owned(),
            (Some("boolean"), _) => "bool".to_owned(),
            (Some("array"), _) => match schema.get("items") {
                Some(items) => format!("Vec<{}>", self.of(items, false)),
                None => "Vec<Value>".to_owned(),
            },
            (Some("object"), _) => "Map<String, Value>".to_owned(),
            _ => "Value".to_owned(),
        };
        // where no field has the description, a type of its own does
        match schema["description"].as_str() {
            Some(text) if !described && !text.trim().is_empty() => {
                let name = self.name();
                let _ = writeln!(
                    self.0,
                    "    #[doc = {text:?}]\n    #[derive(serde::Serialize, serde::Deserialize, fcall::Schema)]\n    \
                     pub struct {name}({plain});\n"
                );
                name
            }
            _ => plain,
        }
    }

    fn name(&mut self) -> String {
        self.1 += 1;
        format!("Type{}", self.1)
    }

    fn head(&self, schema: &Value, described: bool) -> String {
        let doc = if described { String::new() } else { doc(&schema["description"]) };
        format!("    {doc}#[derive(serde::Serialize, serde::Deserialize, fcall::Schema)]\n")
    }

    fn enumeration(&mut self, values: &[Value], schema: &Value, described: bool) -> String {
        let (name, mut text) = (self.name(), self.head(schema, described));
        let _ = writeln!(text, "    pub enum {name} {{");
        let mut seen: Vec<&str> = Vec::new();
        for value in values.iter().filter_map(Value::as_str) {
            if !seen.contains(&value) {
                let _ = writeln!(text, "        #[serde(rename = {value:?})] V{},", seen.len());
                seen.push(value);
            }
        }
        text.push_str("    }\n\n");
        self.0.push_str(&text);
        name
    }

    fn structure(&mut self, schema: &Value, described: bool) -> String {
        let (name, mut text) = (self.name(), self.head(schema, described));
        let _ = writeln!(text, "    pub struct {name} {{");
        for (place, (wire, field, required)) in fields(schema).into_iter().enumerate() {
            let (ident, rename) = ident(wire, place);
            let ty = self.of(field, true);
            if rename {
                let _ = writeln!(text, "        #[serde(rename = {wire:?})]");
            }
            let skip = if required { "" } else { "#[serde(skip_serializing_if = \"Option::is_none\")] " };
            let ty = if required { ty } else { format!("Option<{ty}>") };
            let _ = writeln!(text, "        {}{skip}{ident}: {ty},", doc(&field["description"]));
        }
        text.push_str("    }\n\n");
        self.0.push_str(&text);
        name
    }
}
