#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(cart: &mut Cart, city: &str) {}

fn main() {}
