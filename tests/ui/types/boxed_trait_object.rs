#![allow(unused)]
use fcall::tool;
/// Books
#[tool]
fn book(city: Box<dyn std::fmt::Display>) {}

fn main() {}
