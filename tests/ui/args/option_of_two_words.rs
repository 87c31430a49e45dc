#![allow(unused)]
use fcall::tool;
/// Books
#[tool(read only)]
fn book(city: String) {}

fn main() {}
