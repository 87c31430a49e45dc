//! An answer as a value of a type: `run_as`, with a tool in between and a wrong first answer put right.

use fcall::{
    Agent, Schema,
    agent::TypedEvent,
    serde::Deserialize,
    testing::{Script, Turn},
    tool, tools,
};

/// A trip, ready to be booked
#[derive(Debug, Deserialize, Schema)]
#[serde(crate = "fcall::serde")]
#[allow(dead_code, reason = "it is printed")]
struct Trip {
    /// Where to
    city: String,
    /// How many nights
    #[arg(range = 1..=14)]
    nights: u8,
    /// What it costs in all, in euros
    price: Option<f64>,
}

/// What a night costs in a city, in euros
#[tool]
fn price_of_a_night(city: &str) -> f64 {
    if city == "Oslo" { 120.5 } else { 95.0 }
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    // Any model; scripted here, so that the example runs offline. A service that holds its model to a schema is told the
    // schema of `Trip`; for all others, as here, one more tool takes the answer and ends the run.
    let model = Script::new()
        .calls([("price_of_a_night", r#"{"city":"Oslo"}"#)])
        .calls([("final_answer", r#"{"city":"Oslo","nights":40}"#)])
        .calls([("final_answer", r#"{"city":"Oslo","nights":4,"price":482.0}"#)])
        .turn(Turn::new().call("final_answer", r#"{"value":["Oslo","Rome"]}"#));
    let agent = Agent::builder(model).tools(tools![price_of_a_night]).build()?;

    let typed = agent.run_as::<Trip>("Plan a few nights in Oslo.").await?;
    println!("{:?} after {} turns", typed.value, typed.run.turns);
    for call in typed.run.calls() {
        println!("- {}: {}", call.call.name, call.told.to_text());
    }

    // Any type with a schema: here a list, as it comes in.
    let mut stream = agent.stream_as::<Vec<String>>("Which cities do you know?");
    while let Some(event) = stream.next().await {
        match event? {
            TypedEvent::Partial { json, value } => println!("so far {json}: {value:?}"),
            TypedEvent::Done(typed) => println!("in the end {:?}", typed.value),
            _ => {}
        }
    }
    Ok(())
}
