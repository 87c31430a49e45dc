#![allow(unused)]
use fcall::tool;
/// Books
#[tool(handle = "Book")]
fn book(city: String) {}

fn main() {}
