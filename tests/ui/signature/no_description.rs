#![allow(unused)]
use fcall::tool;

#[tool]
fn book(city: String) {}

fn main() {}
