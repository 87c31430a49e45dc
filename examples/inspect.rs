//! What each provider will receive of a program's tools, and what its form of JSON Schema could not say.

use fcall::{Protocol, Schema, Toolbox, schema::Form, tool};
use serde::Deserialize;

/// Where to stay
#[derive(Deserialize, Schema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Place {
    /// Any hotel of a city
    Hotel { city: String },
    /// A tent
    Tent { latitude: f64, longitude: f64 },
}

/// Books a place to stay
#[tool(strict)]
async fn book(
    /// Where
    place: Place,
    /// How many nights
    nights: u8,
    /// A wish for the host
    wish: Option<String>,
) -> String {
    let place = match place {
        Place::Hotel { city } => city,
        Place::Tent { latitude, longitude } => format!("{latitude}, {longitude}"),
    };
    format!("{nights} nights in {place}, {}", wish.unwrap_or_default())
}

/// Sorts cities by what they are rated
#[tool(read_only)]
async fn rank(
    /// The rating of each city
    ratings: std::collections::BTreeMap<String, f32>,
) -> Vec<String> {
    let mut cities: Vec<_> = ratings.into_iter().collect();
    cities.sort_by(|a, b| b.1.total_cmp(&a.1));
    cities.into_iter().map(|(city, _)| city).collect()
}

fn main() -> fcall::Result<()> {
    let tools = Toolbox::collect()?;
    for finding in tools.check() {
        println!("worth knowing: {finding}");
    }
    for protocol in [Protocol::OpenAiChat, Protocol::Anthropic] {
        let wire = tools.wire(protocol)?;
        println!("\n{protocol} receives\n{}", wire.json);
        for loss in wire.losses {
            println!("lost: {loss}");
        }
    }
    for spec in tools.specs().as_slice() {
        println!("\n{} in every form", spec.name);
        for form in Form::ALL {
            match form.fit(&spec.schema) {
                Ok(fitted) => {
                    println!("{form}: {}", fitted.json);
                    fitted.losses.iter().for_each(|loss| println!("    lost: {loss}"));
                }
                Err(fault) => println!("{form}: no form: {fault}"),
            }
        }
    }
    Ok(())
}
