#![allow(unused)]
use fcall::tool;
/// Books
#[tool(read_only = true)]
fn book(city: String) {}

fn main() {}
