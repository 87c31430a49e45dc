#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(cx: &CallContext, city: &str) {}

fn main() {}
