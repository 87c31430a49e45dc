//! Types that nobody thought of: serde's attributes in any combination that compiles, drawn by chance.

use std::{collections::BTreeSet, fmt::Write as _};

use crate::dice::Dice;

/// What sets a type apart where serde, schemars and our schema may differ for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// A set: what stands in it twice is forgiven.
    Set,
    /// An integer of 32 bits: schemars leaves its bounds to `format`.
    Wide,
    /// serde keeps a value for later, and reads it then as it would read no text: variants by number, `{}` as nothing.
    Kept,
    /// Elements of a tuple that may be left out at its end: schemars asks for them.
    Trailing,
    /// A tagged enum that denies keys: serde can't deny those beside a unit variant.
    DeniesBesideTag,
    /// A flattened `Option`: what does not fit is nothing.
    Forgiven,
    /// A variant beside its content: one that holds an `Option` may lack that, which schemars asks for.
    Beside,
    /// Any keys flattened below a tag: schemars holds the tag to what their values must be.
    KeysBesideTag,
}

/// A type of the program.
#[derive(Clone, Debug)]
pub(super) struct Type {
    pub(super) name: String,
    pub(super) uses: BTreeSet<Use>,
    /// It has named fields that may stand among others.
    is_open_struct: bool,
    /// Any other keys may stand in it, with values of one type.
    has_keys: bool,
}

/// The types, and the source that declares them.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) types: Vec<Type>,
    pub(super) source: String,
}

/// A program of so many types, which reads values of them and answers what serde makes of each.
pub(super) fn program(seed: u64, many: usize) -> Program {
    let mut maker = Maker { dice: Dice::new(seed), types: Vec::new(), source: HEAD.to_owned(), names: 0 };
    for at in 0..many {
        maker.make(at);
    }
    let mut source = maker.source;
    source.push_str("fn main() {\n    let types: Vec<Row> = vec![\n");
    for kind in &maker.types {
        let _ = writeln!(source, "        row::<{}>(),", kind.name);
    }
    source.push_str(TAIL);
    Program { types: maker.types, source }
}

const HEAD: &str = r#"#![allow(warnings)]
use std::{collections::*, io::Read as _};
use fcall::{schema::schema_text, schemars::{self, JsonSchema}, serde_json, Schema};
use serde::{de::DeserializeOwned, Deserialize, Serialize};

type Row = (String, String, fn(&str) -> Option<String>);

fn row<T: Schema + JsonSchema + Serialize + DeserializeOwned>() -> Row {
    let read = |text: &str| Some(serde_json::to_string(&serde_json::from_str::<T>(text).ok()?).unwrap());
    (schema_text(T::SHAPE), schemars::schema_for!(T).as_value().to_string(), read)
}

"#;

const TAIL: &str = r#"    ];
    for (ours, theirs, _) in &types {
        println!("{ours}\n{theirs}");
    }
    let mut input = String::new();
    std::io::stdin().read_to_string(&mut input).unwrap();
    for line in input.lines() {
        let (at, text) = line.split_once(' ').unwrap();
        println!("{}", types[at.parse::<usize>().unwrap()].2(text).unwrap_or_else(|| "-".to_owned()));
    }
}
"#;

const RENAMES: [&str; 8] = [
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "camelCase",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "SCREAMING-KEBAB-CASE",
];

struct Maker {
    dice: Dice,
    types: Vec<Type>,
    source: String,
    /// No two fields of the program have one name, so that flattened keys never meet.
    names: usize,
}

/// What is written in a place, and what comes with it.
struct Place {
    text: String,
    uses: BTreeSet<Use>,
    /// It has a value of its own where it is left out.
    has_default: bool,
}

impl Place {
    fn new(text: &str, has_default: bool) -> Self {
        Self { text: text.to_owned(), uses: BTreeSet::new(), has_default }
    }

    fn with(mut self, with: Use) -> Self {
        self.uses.insert(with);
        self
    }

    fn wrapped(self, before: &str, after: &str, has_default: bool) -> Self {
        Self { text: format!("{before}{}{after}", self.text), has_default, ..self }
    }
}

impl Maker {
    fn make(&mut self, at: usize) {
        let name = format!("Made{at}");
        let mut made = Type { name: name.clone(), uses: BTreeSet::new(), is_open_struct: false, has_keys: false };
        let text = match self.dice.below(12) {
            0 => self.newtype(&mut made),
            1 => self.tuple(&mut made),
            2 => format!("struct {name};\n"),
            3..=6 => self.named(&mut made),
            7 => self.external(&mut made),
            8 => self.tagged(&mut made, "#[serde(tag = \"kind\")]\n"),
            9 => self.tagged(&mut made, "#[serde(tag = \"kind\", content = \"rest\")]\n"),
            10 => self.untagged(&mut made),
            _ => self.words(&name),
        };
        if self.dice.one_in(2) {
            let _ = writeln!(self.source, "/// What number {at} says of itself");
        }
        let _ = write!(self.source, "#[derive(Serialize, Deserialize, Schema, JsonSchema)]\n{text}\n");
        self.types.push(made);
    }

    fn newtype(&mut self, made: &mut Type) -> String {
        let inner = self.place(2);
        made.uses.extend(&inner.uses);
        let transparent = if self.dice.one_in(2) { "#[serde(transparent)]\n" } else { "" };
        format!("{transparent}struct {}({});\n", made.name, inner.text)
    }

    fn tuple(&mut self, made: &mut Type) -> String {
        let (many, mut items, mut defaulted) = (2 + self.dice.below(3), Vec::new(), false);
        for _ in 0..many {
            let place = self.place(1);
            made.uses.extend(&place.uses);
            // Behind an element that may be left out all may be.
            defaulted = place.has_default && (defaulted || self.dice.one_in(4));
            if defaulted {
                made.uses.insert(Use::Trailing);
            }
            items.push((defaulted, place));
        }
        let last_required = items.iter().rposition(|(defaulted, _)| !defaulted).map_or(0, |at| at + 1);
        let items: Vec<String> = items
            .into_iter()
            .enumerate()
            .map(|(at, (_, place))| match at >= last_required {
                true => format!("#[serde(default)] {}", place.text),
                false => place.text,
            })
            .collect();
        format!("struct {}({});\n", made.name, items.join(", "))
    }

    fn named(&mut self, made: &mut Type) -> String {
        let closed = self.dice.one_in(4);
        let mut head = String::new();
        if closed {
            head.push_str("#[serde(deny_unknown_fields)]\n");
        }
        if self.dice.one_in(2) {
            let _ = writeln!(head, "#[serde(rename_all = \"{}\")]", self.dice.pick(&RENAMES));
        }
        made.is_open_struct = !closed;
        let many = self.dice.below(6);
        let mut fields: String = (0..many).map(|_| self.field(made)).collect();
        if !closed && self.dice.one_in(4) {
            fields.push_str(&self.flattened(made));
        }
        if self.dice.one_in(6) {
            let name = self.name();
            let _ = writeln!(fields, "    {name}: Vec<{}>,", made.name);
        }
        format!("{head}struct {} {{\n{fields}}}\n", made.name)
    }

    fn field(&mut self, made: &mut Type) -> String {
        let (place, name) = (self.place(2), self.name());
        made.uses.extend(&place.uses);
        let mut said = String::new();
        if self.dice.one_in(3) {
            let _ = writeln!(said, "    /// Says what {name} is");
        }
        match self.dice.below(10) {
            0 => drop(writeln!(said, "    #[serde(rename = \"{name}!\")]")),
            1 => drop(writeln!(said, "    #[serde(alias = \"old_{name}\")]")),
            2 | 3 if place.has_default => said.push_str("    #[serde(default)]\n"),
            4 if place.text.starts_with("Option<") => {
                said.push_str("    #[serde(skip_serializing_if = \"Option::is_none\")]\n");
            }
            5 if place.has_default => said.push_str("    #[serde(skip)]\n"),
            _ => {}
        }
        format!("{said}    {name}: {},\n", place.text)
    }

    /// Another type's fields among one's own, or any keys at all.
    fn flattened(&mut self, made: &mut Type) -> String {
        let name = self.name();
        made.uses.insert(Use::Kept);
        let open: Vec<Type> = self.types.iter().filter(|kind| kind.is_open_struct).cloned().collect();
        let flat = match open.is_empty() || self.dice.one_in(3) {
            true => {
                made.has_keys = true;
                "BTreeMap<String, u8>".to_owned()
            }
            false => {
                let inner = self.dice.pick(&open).clone();
                made.uses.extend(&inner.uses);
                made.has_keys |= inner.has_keys;
                match self.dice.one_in(4) {
                    true => {
                        made.uses.insert(Use::Forgiven);
                        format!("Option<{}>", inner.name)
                    }
                    false => inner.name,
                }
            }
        };
        format!("    #[serde(flatten)]\n    {name}: {flat},\n")
    }

    fn words(&mut self, name: &str) -> String {
        let many = 1 + self.dice.below(5);
        let rename = format!("#[serde(rename_all = \"{}\")]\n", self.dice.pick(&RENAMES));
        let mut variants = String::new();
        for at in 0..many {
            match self.dice.below(6) {
                0 => drop(write!(variants, "    #[serde(alias = \"older{at}\")]\n    WordNumber{at},\n")),
                1 => drop(write!(variants, "    /// The word {at}\n    WordNumber{at},\n")),
                2 => drop(write!(variants, "    #[serde(rename = \"w {at}\")]\n    WordNumber{at},\n")),
                _ => drop(writeln!(variants, "    WordNumber{at},")),
            }
        }
        let rename = if self.dice.one_in(2) { rename } else { String::new() };
        format!("{rename}enum {name} {{\n{variants}}}\n")
    }

    fn external(&mut self, made: &mut Type) -> String {
        let many = 1 + self.dice.below(4);
        let variants: String = (0..many).map(|at| self.variant(made, at, true)).collect();
        let rename = match self.dice.one_in(2) {
            true => format!("#[serde(rename_all_fields = \"{}\")]\n", self.dice.pick(&RENAMES)),
            false => String::new(),
        };
        format!("{rename}enum {} {{\n{variants}}}\n", made.name)
    }

    fn tagged(&mut self, made: &mut Type, tag: &str) -> String {
        made.uses.insert(Use::Kept);
        let adjacent = tag.contains("content");
        if adjacent {
            made.uses.insert(Use::Beside);
        }
        let many = 1 + self.dice.below(4);
        let variants: String = (0..many).map(|at| self.variant(made, at, adjacent)).collect();
        let closed = match self.dice.one_in(4) {
            true => {
                made.uses.insert(Use::DeniesBesideTag);
                "#[serde(deny_unknown_fields)]\n"
            }
            false => "",
        };
        format!("{tag}{closed}enum {} {{\n{variants}}}\n", made.name)
    }

    fn untagged(&mut self, made: &mut Type) -> String {
        made.uses.insert(Use::Kept);
        let many = 1 + self.dice.below(3);
        let variants: String = (0..many).map(|at| self.variant(made, at, true)).collect();
        format!("#[serde(untagged)]\nenum {} {{\n{variants}}}\n", made.name)
    }

    /// A variant: what stands beside a tag in one object has keys, or nothing.
    fn variant(&mut self, made: &mut Type, at: usize, any: bool) -> String {
        let structs: Vec<Type> = self.types.iter().filter(|kind| kind.is_open_struct).cloned().collect();
        match self.dice.below(4) {
            0 => format!("    Case{at},\n"),
            1 if any => {
                let place = self.place(2);
                made.uses.extend(&place.uses);
                format!("    Case{at}({}),\n", place.text)
            }
            1 if !structs.is_empty() => {
                let inner = self.dice.pick(&structs);
                made.uses.extend(&inner.uses);
                made.uses.extend(inner.has_keys.then_some(Use::KeysBesideTag));
                format!("    Case{at}({}),\n", inner.name)
            }
            2 if any => {
                let (one, two) = (self.place(1), self.place(1));
                made.uses.extend(one.uses.iter().chain(&two.uses));
                format!("    Case{at}({}, {}),\n", one.text, two.text)
            }
            _ => {
                let many = 1 + self.dice.below(3);
                let fields: String = (0..many).map(|_| self.field(made)).collect();
                format!("    Case{at} {{\n{fields}    }},\n")
            }
        }
    }

    fn name(&mut self) -> String {
        self.names += 1;
        let words = ["first_name", "at", "is_over", "http_code2", "x"];
        format!("{}_{}", self.dice.pick(&words), self.names)
    }

    /// A type, with others inside it so deep.
    fn place(&mut self, depth: usize) -> Place {
        if depth > 0 && self.dice.one_in(2) {
            return match self.dice.below(8) {
                0 | 1 => self.place(depth - 1).wrapped("Option<", ">", true),
                2 => self.place(depth - 1).wrapped("Vec<", ">", true),
                3 => self.place(depth - 1).wrapped("BTreeMap<String, ", ">", true),
                4 => self.place(depth - 1).wrapped("[", "; 2]", false),
                5 => self.place(depth - 1).wrapped("Box<", ">", false),
                6 => Place::new(self.dice.pick::<&str>(&["BTreeSet<String>", "BTreeSet<u8>", "BTreeSet<bool>"]), true)
                    .with(Use::Set),
                _ => {
                    let (one, two) = (self.place(0), self.place(depth - 1));
                    let mut both = Place::new(&format!("({}, {})", one.text, two.text), false);
                    both.uses = one.uses.union(&two.uses).copied().collect();
                    both
                }
            };
        }
        if !self.types.is_empty() && self.dice.one_in(3) {
            let inner = self.dice.pick(&self.types);
            return Place { text: inner.name.clone(), uses: inner.uses.clone(), has_default: false };
        }
        match self.dice.below(14) {
            0 => Place::new(self.dice.pick::<&str>(&["i32", "u32"]), true).with(Use::Wide),
            1 => Place::new("char", true),
            2 => Place::new("()", true),
            3 => Place::new("serde_json::Value", false),
            at => {
                let all = ["bool", "u8", "i8", "i16", "u16", "i64", "f64", "String", "String", "f32"];
                Place::new(all[at - 4], true)
            }
        }
    }
}
