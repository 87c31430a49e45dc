#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(ref city: String) {}

fn main() {}
