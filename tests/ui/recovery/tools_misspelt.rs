#![allow(unused)]
use fcall::{tool, tools};

/// Books a flight
#[tool]
fn book_flight(city: String) {}

fn main() {
    let _ = tools![book_fligth];
}
