use fcall::tool;

/// Books
#[tool(timeout = "0s")]
fn book(city: String) {}

fn main() {}
