#![allow(unused)]
use fcall::Schema;
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Page {
    size: u8,
}
#[derive(Deserialize, Schema)]
#[serde(tag = "kind")]
enum Shoe {
    Boot { size: u8 },
    Sandal,
}
#[derive(Deserialize, Schema)]
struct Search {
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    shoe: Option<Box<Shoe>>,
}

fn main() {}
