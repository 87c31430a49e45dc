#![allow(unused)]
use fcall::{tool, tools};

/// Books a flight
#[tool]
fn book(city: String) {}

/// Books a train
#[tool(name = "book")]
fn book_train(city: String) {}

fn main() {
    let _ = tools![book, book_train];
}
