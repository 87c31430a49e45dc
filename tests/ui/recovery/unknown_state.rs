use fcall::tool;

/// Books
#[tool]
fn book(#[state] db: &Db, city: &str) {}

fn main() {}
