#![allow(unused)]
use fcall::tool;
type Text<'a> = &'a str;

/// Books
#[tool]
fn book(city: Text) {}

fn main() {}
