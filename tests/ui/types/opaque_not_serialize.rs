use fcall::tool;

/// Books
#[tool]
fn book(city: String) -> impl std::fmt::Debug {
    city
}

fn main() {}
