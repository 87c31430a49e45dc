#![allow(unused)]
use fcall::tool;

#[tool(nmae = "x", timeout = "never")]
fn book(
    #[arg(rename = "")] city: &mut String,
    (row, seat): (u8, char),
    #[arg(pattern = "a*")] name: String,
) {
}

fn main() {}
