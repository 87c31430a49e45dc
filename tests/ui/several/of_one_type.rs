use fcall::Schema;
use serde::Deserialize;

struct Row;

#[derive(Deserialize, Schema)]
#[schema(strict)]
struct Seat {
    #[arg(rang = 1..=9)]
    row: u8,
    #[arg(rename = "no")]
    number: u8,
}

fn main() {}
