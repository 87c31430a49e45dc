#![allow(unused)]
use fcall::tool;
/// Books
#[tool(rename = "book_flight")]
fn book(city: String) {}

fn main() {}
