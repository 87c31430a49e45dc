#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(city: Option<&mut String>) {}

fn main() {}
