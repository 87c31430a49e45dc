#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[arg(as)] city: String) {}

fn main() {}
