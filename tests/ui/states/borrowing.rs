#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(#[state] cart: &Vec<&str>, city: &str) {}

fn main() {}
