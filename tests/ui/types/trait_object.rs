#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(city: &dyn std::fmt::Display) {}

fn main() {}
