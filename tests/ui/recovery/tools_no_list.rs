#![allow(unused)]
use fcall::{tool, tools};
/// Books
#[tool]
fn book(city: &str) {}

fn main() {
    let _ = tools![book()];
}
