use fcall::tool;

/// Books
#[tool(crate = "calling")]
fn book(city: &str) {}

fn main() {}
