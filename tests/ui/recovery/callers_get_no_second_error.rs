#![allow(unused)]
use fcall::{Tool, ToolChoice, tool, tools};

#[tool]
fn book(city: &str) -> usize {
    city.len()
}

fn main() {
    let _: usize = book("Paris");
    let _ = (tools![book], Tool::of::<book>(), ToolChoice::tool::<book>());
}
