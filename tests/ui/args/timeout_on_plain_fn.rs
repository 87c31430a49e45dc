use fcall::tool;

/// Books
#[tool(timeout = "5s")]
fn book(_nights: u8) {}

fn main() {}
