#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn réserver(city: String) {}

fn main() {}
