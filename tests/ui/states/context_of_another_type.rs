#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(#[context] cx: &Cart, city: &str) {}

fn main() {}
