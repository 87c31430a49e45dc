//! The program of the README: one annotated function, and a question in plain words.
//!
//! `cargo run --example weather -- Is it cold in Oslo?`
//!
//! Asks whoever is there: a provider whose key is set, a model server on this machine, else the offline planner. The
//! answer alone goes to stdout, who gave it to stderr.

use std::fmt;

use fcall::{Agent, Schema, tool};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Deserialize, Serialize, Schema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    Fahrenheit,
}

#[derive(Serialize)]
struct Weather {
    temperature: f64,
    unit: Unit,
    sky: &'static str,
}

#[derive(Debug)]
struct WeatherError(String);

impl fmt::Display for WeatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no weather station in {:?}", self.0)
    }
}

/// Get real-time weather information for a given city
#[tool]
async fn get_weather(
    /// City name, e.g. New York, London
    city: &str,
    /// Temperature unit
    unit: Option<Unit>,
) -> Result<Weather, WeatherError> {
    let unit = unit.unwrap_or(Unit::Celsius);
    let (celsius, sky) = reading(city).ok_or_else(|| WeatherError(city.to_owned()))?;
    let temperature = match unit {
        Unit::Celsius => celsius,
        Unit::Fahrenheit => celsius * 9.0 / 5.0 + 32.0,
    };
    Ok(Weather { temperature, unit, sky })
}

/// Stands in for a weather service: every place has some weather, always the same.
fn reading(city: &str) -> Option<(f64, &'static str)> {
    const SKIES: [&str; 4] = ["clear", "cloudy", "foggy", "rainy"];
    let place = city.split(',').next().unwrap_or_default().trim().to_lowercase();
    if !place.chars().any(char::is_alphabetic) {
        return None;
    }
    let sum = place.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    Some((f64::from(sum % 30), SKIES[(sum / 30) as usize % SKIES.len()]))
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let question = match words.is_empty() {
        true => "What's the weather like in San Francisco today?".to_owned(),
        false => words.join(" "),
    };
    let agent = Agent::new(fcall::model_from_env()?); // every #[tool] linked into the program
    let run = agent.run(question).await?;
    println!("{run}"); // the final answer
    Ok(())
}
