use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[arg(secret)]
struct Seat {
    row: u8,
}

fn main() {}
