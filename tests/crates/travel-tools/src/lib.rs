//! Tools of another crate: nothing in here is called by name.

pub use fcall as calling;
use fcall::tool;

/// Finds flights between two cities
#[tool(read_only)]
pub async fn find_flights(
    /// Where from
    from: &str,
    /// Where to
    to: &str,
) -> String {
    format!("{from}-{to} at 9:40")
}

/// Books a hotel
#[tool(destructive)]
fn book_hotel(
    /// The city
    city: &str,
    /// How many nights
    #[arg(default = 1)]
    nights: u8,
) -> String {
    format!("{city} for {nights}")
}
