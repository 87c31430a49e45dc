use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Seat {
    #[arg(strict)]
    row: u8,
}

fn main() {}
