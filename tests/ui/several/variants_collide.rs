#![allow(unused)]
use fcall::Schema;

#[derive(Schema)]
enum Sky {
    #[serde(rename = "B")]
    A,
    B,
}

#[derive(Schema)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Way {
    Train { seat: u8 },
    #[serde(alias = "train")]
    Rail,
}

fn main() {}
