#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[arg(timeout = "1s")] city: String) {}

fn main() {}
