use fcall::{tool, tools};

const MOST: usize = 9;

/// Books a flight
#[tool]
fn book(
    #[arg(length = 1u8..=5i32)] _name: &str,
    #[arg(length = MOST)] _from: &str,
    #[arg(items = ..MOST)] _seats: Vec<u8>,
    #[arg(items = 3)] _rows: Vec<u8>,
) {
}

fn main() {
    let _ = tools![book];
}
