#![allow(unused)]
use fcall::{CallContext, tool};
struct Cart;

/// Books
#[tool]
fn book(#[context] #[arg(secret)] cx: &CallContext, city: &str) {}

fn main() {}
