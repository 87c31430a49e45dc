#![allow(unused)]
use fcall::tool;
/// Books
#[tool(group)]
fn book(city: String) {}

fn main() {}
