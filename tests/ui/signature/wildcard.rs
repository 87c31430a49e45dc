use fcall::tool;

/// Books
#[tool]
fn book(_: String) {}

fn main() {}
