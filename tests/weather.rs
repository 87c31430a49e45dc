//! The program of the README, from the function to the wire and back.

#![allow(clippy::unwrap_used, reason = "here it is an assertion")]

#[path = "../examples/weather.rs"]
#[allow(dead_code)]
mod weather;

use fcall::{Agent, Protocol, Toolbox, offline::Planner, serde_json, testing::Server};
use serde_json::Value;

const QUESTION: &str = "What's the weather like in San Francisco today?";
/// What the providers receive of the function, to the byte.
#[test]
fn the_wire_is_this() {
    let wire = |protocol| {
        let wire = Toolbox::collect().unwrap().wire(protocol).unwrap();
        assert_eq!(wire.losses, [], "{protocol} can say all of it");
        wire.json
    };
    let description = "Get real-time weather information for a given city";
    // OpenAI's own services hold the model to the schema, in the form that asks for every key.
    let strict = concat!(
        r#"{"type":"object","properties":{"#,
        r#""city":{"type":"string","description":"City name, e.g. New York, London"},"#,
        r#""unit":{"type":["string","null"],"enum":["celsius","fahrenheit",null],"description":"Temperature unit"}"#,
        r#"},"required":["city","unit"],"additionalProperties":false}"#
    );
    assert_eq!(
        wire(Protocol::OpenAiChat),
        format!(
            r#"[{{"type":"function","function":{{"name":"get_weather","description":"{description}","parameters":{strict},"strict":true}}}}]"#
        )
    );
    assert_eq!(
        wire(Protocol::OpenAiResponses),
        format!(
            r#"[{{"type":"function","name":"get_weather","description":"{description}","parameters":{strict},"strict":true}}]"#
        )
    );
    let parameters = concat!(
        r#"{"type":"object","properties":{"#,
        r#""city":{"type":"string","description":"City name, e.g. New York, London"},"#,
        r#""unit":{"type":"string","enum":["celsius","fahrenheit"],"description":"Temperature unit"}"#,
        r#"},"required":["city"]}"#
    );
    assert_eq!(
        wire(Protocol::Anthropic),
        format!(r#"[{{"name":"get_weather","description":"{description}","input_schema":{parameters}}}]"#)
    );
    assert_eq!(
        wire(Protocol::Gemini),
        format!(
            r#"[{{"functionDeclarations":[{{"name":"get_weather","description":"{description}","parametersJsonSchema":{parameters}}}]}}]"#
        )
    );
}

/// The planner behind a real socket, so that the wire that ships is what is tested.
#[tokio::test]
async fn a_question_is_answered_over_the_wire() {
    for protocol in Protocol::ALL {
        for stream in [false, true] {
            let server = Server::start(Planner::new()).await.unwrap();
            let model = server.service(protocol).model("planner");
            let agent = Agent::builder(model).max_tokens(200).build().unwrap();
            let run = match stream {
                true => agent.stream(QUESTION).finish().await.unwrap().expect("a run"),
                false => agent.run(QUESTION).await.unwrap(),
            };
            let calls: Vec<_> = run.calls().collect();
            assert_eq!(calls.len(), 1, "{protocol}, streamed: {stream}: {run}");
            assert_eq!(calls[0].call.arguments, r#"{"city":"San Francisco"}"#);
            let returned: Value = serde_json::from_str(&calls[0].result.to_text()).unwrap();
            for told in [returned["temperature"].to_string(), returned["sky"].as_str().unwrap().to_owned()] {
                assert!(run.text.contains(&told), "{protocol}: `{told}` is missing in: {run}");
            }
            let sent = server.requests();
            assert_eq!(sent.len(), 2);
            for request in sent {
                // Gemini says it in the address.
                let streamed = request.path.contains(":stream") || request.json()["stream"] == true;
                assert_eq!(streamed, stream, "{protocol}: {}", request.path);
            }
        }
    }
}
