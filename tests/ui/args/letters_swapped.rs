#![allow(unused)]
use fcall::tool;
/// Books
#[tool(tiemout = "1s")]
fn book(city: String) {}

fn main() {}
