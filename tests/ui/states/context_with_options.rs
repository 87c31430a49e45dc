#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(#[context(all)] cx: &CallContext, city: &str) {}

fn main() {}
