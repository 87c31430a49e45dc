#![allow(unused)]
use std::collections::HashMap;
use fcall::{Schema, tool};
use serde::Deserialize;

#[derive(Deserialize, Schema)]
struct Labels {
    id: u8,
    #[serde(flatten)]
    more: HashMap<String, String>,
}

/// Labels something
#[tool(strict)]
fn label(labels: Labels) {}

fn main() {}
