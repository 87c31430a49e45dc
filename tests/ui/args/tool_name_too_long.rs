#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb(city: String) {}

fn main() {}
