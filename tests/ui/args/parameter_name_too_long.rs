#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc: String) {}

fn main() {}
