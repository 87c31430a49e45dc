#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(city: &'static str) {}

fn main() {}
