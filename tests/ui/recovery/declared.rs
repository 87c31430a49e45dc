#![allow(unused)]
use fcall::{tool, tools};

/// Books a flight
#[tool]
async fn book(to: &str);

fn main() {
    let _ = (book("Oslo"), tools![book]);
}
