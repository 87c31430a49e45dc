//! How a program that calls models is tested: a scripted model, assertions on calls, golden requests, recorded traffic.
//!
//! Each function below `main` would be a `#[tokio::test]` of yours; here `main` runs them, offline.

use fcall::{
    Agent, Fallback, Model, Protocol, Service,
    agent::{Approval, CallStatus, PendingCall},
    serde_json::json,
    testing::{Cassette, Mode, Script, Turn, assert_golden},
    tool, tools,
};

/// The folder of the golden request and the recording: both are checked in, and read in a review.
const FILES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/testing");

/// Current weather of a city
#[tool(read_only)]
fn get_weather(
    /// City name, e.g. New York, London
    city: &str,
) -> String {
    format!("18 degrees and sunny in {city}")
}

/// Books a table for lunch
#[tool(destructive)]
fn book_table(
    /// City name
    city: &str,
    /// How many people
    #[arg(range = 1..=12)]
    people: u8,
) -> String {
    format!("a table for {people} in {city}, outside")
}

/// The program under test: it takes its model from outside, so a test can give it another.
fn lunch_agent(model: impl Model + 'static) -> fcall::Result<Agent> {
    Agent::builder(model)
        .instructions("Find a place for lunch.")
        .tools(tools![get_weather, book_table])
        .approve(|call: PendingCall| async move {
            match call.arguments.contains("Atlantis") {
                true => Approval::Deny("nobody comes back from there".to_owned()),
                false => Approval::Allow,
            }
        })
        .build()
}

#[tokio::main]
async fn main() -> fcall::Result<()> {
    a_table_is_booked_where_the_sun_shines().await?;
    nobody_is_sent_to_atlantis().await?;
    another_model_goes_on().await?;
    the_request_is_as_it_was().await?;
    a_real_model_books_a_table().await
}

/// The model is a script; what the agent did is asserted on the run.
async fn a_table_is_booked_where_the_sun_shines() -> fcall::Result<()> {
    let script = Script::new()
        .calls([("get_weather", json!({"city": "Paris"})), ("get_weather", json!({"city": "London"}))])
        .calls([("book_table", json!({"city": "Paris", "people": 4}))])
        .text("Lunch is in Paris.");
    let run = lunch_agent(script)?.run("Lunch for four, in Paris or London?").await?;
    run.assert_called("get_weather").times(2);
    run.assert_called("book_table").with(json!({"people": 4, "city": "Paris"})).times(1);
    run.assert_call_order(["get_weather", "book_table"]);
    println!("scripted:  {run}");
    Ok(())
}

/// What a model gets wrong is written down like what it gets right.
async fn nobody_is_sent_to_atlantis() -> fcall::Result<()> {
    let script = Script::new()
        .calls([("book_table", json!({"city": "Paris", "people": 40}))])
        .calls([("book_table", json!({"city": "Atlantis", "people": 4}))])
        .text("I could not book a table.");
    let run = lunch_agent(script)?.run("Lunch for forty, in Atlantis if you can!").await?;
    run.assert_called("book_table").with_at_least(json!({"city": "Paris"})).ended(CallStatus::BadArguments);
    run.assert_called("book_table").with_at_least(json!({"city": "Atlantis"})).ended(CallStatus::Denied);
    println!("refused:   {run}");
    Ok(())
}

/// So are the faults of services: here one breaks off, and the next goes on.
async fn another_model_goes_on() -> fcall::Result<()> {
    let first = Script::new().turn(Turn::new().text("Let me see").cut());
    let second = Script::new().text("Try the bistro.");
    let run = lunch_agent(Fallback::new(first).then(second.clone()))?.run("Where is lunch?").await?;
    assert_eq!((run.text.as_str(), second.left()), ("Try the bistro.", 0));
    println!("fallback:  {run}");
    Ok(())
}

/// What goes out is compared with a file; FCALL_GOLDEN=update writes it.
async fn the_request_is_as_it_was() -> fcall::Result<()> {
    let script = Script::new().calls([("get_weather", json!({"city": "Paris"}))]).text("It is sunny.");
    lunch_agent(script.clone())?.run("How is the weather in Paris?").await?;
    let requests = script.requests();
    assert_golden(format!("{FILES}/request.json"), &Protocol::Anthropic, &requests[1].request());
    println!("golden:    request {} of {} is as it was", 2, requests.len());
    Ok(())
}

/// What a service answered is recorded once, without its key, and replayed ever after; FCALL_CASSETTE=record records.
///
/// The recording that lies here is of a server on the loopback, since it has to come without a key.
async fn a_real_model_books_a_table() -> fcall::Result<()> {
    let cassette = Cassette::open(format!("{FILES}/lunch.json"), Mode::from_env()?)?;
    let service = Service::new(Protocol::OpenAiChat, "https://api.ofox.ai/v1").key_from_env("OFOXAI_API_KEY");
    let model = cassette.service(service).model("openai/gpt-4o");
    let run = lunch_agent(model)?.run("Book lunch for two in Paris if it is sunny there.").await?;
    run.assert_call_order(["get_weather", "book_table"]);
    cassette.assert_all_used();
    println!("{}  {run}", if cassette.is_replay() { "replayed:" } else { "recorded:" });
    Ok(())
}
