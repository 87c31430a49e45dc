//! What is read on the thread that runs the function need not be sent to another.

#![deny(warnings)]

use std::rc::Rc;

use fcall::{Schema, tool, toolset};
use serde::Deserialize;

#[derive(Clone, Deserialize, Schema)]
#[serde(from = "String")]
struct Name(Rc<str>);

impl From<String> for Name {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

/// Greets
#[tool]
fn greet(name: Name, #[arg(default = Name("all".into()))] other: Name) -> String {
    format!("{} {}", name.0, other.0)
}

struct Desk;

#[toolset]
impl Desk {
    /// Greets
    #[tool]
    fn greet(&self, name: &Name) -> String {
        name.0.to_string()
    }
}

fn main() {
    let _ = (fcall::tools![greet], fcall::Toolbox::new(Desk));
}
