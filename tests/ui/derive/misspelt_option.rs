use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[schema(crat = "fcall")]
struct Seat {
    row: u8,
}

fn main() {}
