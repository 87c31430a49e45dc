#![allow(unused)]
use fcall::tool;
/// Books
#[tool(crate = "not a path")]
fn book(city: String) {}

fn main() {}
