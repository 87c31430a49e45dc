#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(#[context] #[context] cx: &CallContext, city: &str) {}

fn main() {}
