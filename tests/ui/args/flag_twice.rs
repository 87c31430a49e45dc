#![allow(unused)]
use fcall::tool;
/// Books
#[tool(sequential, sequential)]
fn book(city: String) {}

fn main() {}
