use fcall::tool;

/// Books
#[tool]
fn book(city: &str) -> Ticket {
    todo!()
}

fn main() {}
