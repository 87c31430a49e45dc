#![allow(unused)]
use fcall::tool;
/// Books
#[tool(fcall::strict)]
fn book(city: String) {}

fn main() {}
