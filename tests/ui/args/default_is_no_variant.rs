#![allow(unused)]
use fcall::{Schema, tool};
use serde::Deserialize;

#[derive(Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

/// Tells the weather
#[tool]
fn weather(#[arg(default = "kelvin")] unit: Unit) {}

fn main() {}
