#![allow(unused)]
use fcall::tool;
/// Books
#[tool(strict)]
fn book(city: std::collections::HashMap<String, u8>) {}

fn main() {}
