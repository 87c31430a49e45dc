use fcall::tool;

/// Books
#[tool(crate = "no_such_crate")]
fn book(city: &str) {}

fn main() {}
