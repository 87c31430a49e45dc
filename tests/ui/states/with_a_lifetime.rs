#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(#[state] cart: &'static Cart, city: &str) {}

fn main() {}
