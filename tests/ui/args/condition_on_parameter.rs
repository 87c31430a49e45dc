#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[cfg(all())] city: String) {}

fn main() {}
