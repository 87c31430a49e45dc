#![allow(unused)]
use fcall::{tool, tools};

/// Books a flight
#[tool]
fn book(
    city: str,
    seats: [u8],
    note: Option<str>,
    stops: Vec<[u8]>,
    when: (u8, str),
    then: dyn Fn(),
    legal: &str,
    boxed: Box<str>,
) -> Result<str, String> {
    Ok(String::new())
}

fn main() {
    let _ = (book, tools![book]);
}
