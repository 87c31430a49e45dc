#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(#[arg(secret)] #[arg(secret)] pin: String) {}

fn main() {}
