#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(#[state] #[state] cart: &Cart, city: &str) {}

fn main() {}
