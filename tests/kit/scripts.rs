//! What can go wrong with a model, written down in a script: as a script itself and behind every protocol.

use std::time::Duration;

use fcall::{
    Agent, Error, Event, Protocol, Run, Stop,
    agent::CallStatus,
    client::Retry,
    message::Message,
    testing::{Script, Server, Turn},
};
use serde_json::json;
use tokio::time::Instant;

use super::agent;

/// Who is asked: the script itself, or a server that answers as it says.
const BEHIND: [Option<Protocol>; 5] = [
    None,
    Some(Protocol::OpenAiChat),
    Some(Protocol::OpenAiResponses),
    Some(Protocol::Anthropic),
    Some(Protocol::Gemini),
];

async fn behind(protocol: Option<Protocol>, script: &Script) -> (Agent, Option<Server>) {
    let Some(protocol) = protocol else { return (agent(script.clone()), None) };
    let server = Server::start(script.clone()).await.unwrap();
    (agent(server.service(protocol).retry(Retry::never()).model("m")), Some(server))
}

async fn streamed(agent: &Agent) -> Result<Run, Error> {
    Ok(agent.stream("Go").finish().await?.expect("a run"))
}

fn paris() -> serde_json::Value {
    json!({"city": "Paris"})
}

#[tokio::test]
async fn a_stream_is_cut_before_inside_and_after_a_call() {
    let before = || Turn::new().text("Let me look.").cut_after();
    let inside = || Turn::new().text("Let me look.").call("get_weather", paris()).cut();
    let after = || Turn::new().text("Let me look.").call("get_weather", paris()).cut_after();
    for protocol in BEHIND {
        for (name, turn) in [("before", before()), ("inside", inside()), ("after", after())] {
            let (agent, _server) = behind(protocol, &Script::new().turn(turn)).await;
            let error = streamed(&agent).await.expect_err("half a reply");
            assert!(error.is_cut(), "{protocol:?} {name}: {error:?}");
            let run = error.into_run().unwrap();
            let partial = run.partial.as_ref().unwrap_or_else(|| panic!("{protocol:?} {name}: nothing came"));
            assert_eq!(partial.message.text(), "Let me look.", "{protocol:?} {name}");
            assert_eq!(run.calls().count(), 0, "{protocol:?} {name}: no call of half a reply is carried out");
            // Where the wire brings calls whole or says their end, a complete call is there.
            let calls = partial.message.tool_calls().count();
            let expected = match (name, protocol) {
                ("after", None | Some(Protocol::Anthropic | Protocol::Gemini | Protocol::OpenAiResponses)) => 1,
                ("after", _) => calls,
                _ => 0,
            };
            assert_eq!(calls, expected, "{protocol:?} {name}");
        }
    }
}

#[tokio::test]
async fn a_reply_is_cut_before_it_says_anything() {
    for protocol in BEHIND {
        let (agent, _server) = behind(protocol, &Script::new().turn(Turn::new().cut_after())).await;
        let error = agent.run("Go").await.expect_err("no reply");
        assert!(error.is_retryable(), "{protocol:?}: {error:?}");
        assert_eq!(error.run().unwrap().partial, None);
    }
}

#[tokio::test(start_paused = true)]
async fn faults_are_told_as_what_they_are() {
    let (agent, _) = behind(None, &Script::new().refused().timed_out(Duration::from_secs(300)).overloaded()).await;
    assert!(agent.run("Go").await.expect_err("refused").is_connect());
    let begin = Instant::now();
    assert!(agent.run("Go").await.expect_err("too late").is_timeout());
    assert_eq!(begin.elapsed(), Duration::from_secs(300));
    let overloaded = agent.run("Go").await.expect_err("too busy");
    assert_eq!((overloaded.status(), overloaded.is_retryable()), (Some(529), true));

    for protocol in Protocol::ALL {
        let script = Script::new().refused().overloaded();
        let (agent, _server) = behind(Some(protocol), &script).await;
        let refused = agent.run("Go").await.expect_err("no answer");
        assert!(refused.is_retryable() && refused.status().is_none(), "{protocol}: {refused:?}");
        let overloaded = agent.run("Go").await.expect_err("too busy");
        assert_eq!((overloaded.status(), overloaded.is_retryable()), (Some(529), true), "{protocol}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_falls_silent() {
    let script = Script::new().turn(Turn::new().text("Wait, ").silent());
    let (agent, _) = behind(None, &script).await;
    let mut events = agent.stream("Go");
    assert_eq!(events.next().await.unwrap().unwrap(), Event::TextDelta("Wait, ".into()));
    tokio::time::timeout(Duration::from_secs(86_400), events.next()).await.expect_err("nothing comes for a day");

    for protocol in Protocol::ALL {
        let server = Server::start(Script::new().turn(Turn::new().text("Wait, ").silent())).await.unwrap();
        let service = server.service(protocol).retry(Retry::never()).idle_timeout(Duration::from_secs(60));
        let error = streamed(&super::agent(service.model("m"))).await.expect_err("silence");
        assert!(error.is_timeout(), "{protocol}: {error:?}");
        assert_eq!(error.run().unwrap().partial.as_ref().unwrap().message.text(), "Wait, ");
    }
}

#[tokio::test(start_paused = true)]
async fn fragments_come_slowly() {
    let script = Script::new().turn(Turn::new().text("twenty-four characters..").pace(Duration::from_secs(2)));
    let (agent, _) = behind(None, &script).await;
    let mut events = agent.stream("Go");
    let begin = Instant::now();
    let mut came = Vec::new();
    while let Some(event) = events.next().await {
        if let Event::TextDelta(text) = event.unwrap() {
            came.push((begin.elapsed().as_secs(), text));
        }
    }
    assert_eq!(came, [(2, "twenty-f".into()), (4, "our char".into()), (6, "acters..".into())]);
}

#[tokio::test]
async fn half_a_call_is_not_carried_out() {
    for protocol in BEHIND {
        let half = || Turn::new().text("Let me look.").half_call("get_weather", r#"{"city":"Par"#);
        let script = Script::new().turn(half()).turn(half());
        let (agent, _server) = behind(protocol, &script).await;
        for run in [agent.run("Go").await.unwrap(), streamed(&agent).await.unwrap()] {
            assert_eq!(run.stop, Stop::Truncated, "{protocol:?}");
            assert!(run.calls().all(|call| call.status == CallStatus::NotAllowed), "{protocol:?}: {:?}", run.messages);
        }
    }
}

#[tokio::test]
async fn malformed_arguments_reach_the_loop_as_they_are() {
    for protocol in [None, Some(Protocol::OpenAiChat), Some(Protocol::OpenAiResponses)] {
        let script = Script::new().calls([("get_weather", r#"{"city": Paris"#)]).text("Sorry.");
        let (agent, _server) = behind(protocol, &script).await;
        let run = agent.run("Go").await.unwrap();
        run.assert_called("get_weather").with(r#"{"city": Paris"#).ended(CallStatus::BadArguments).times(1);
    }
}

#[tokio::test]
async fn ids_are_wrong_doubled_or_missing() {
    let turn = Turn::new()
        .call_with_id("same", "get_weather", paris())
        .call_with_id("same", "get_weather", json!({"city": "Rome"}))
        .call_with_id("", "get_weather", json!({"city": "Oslo"}));
    let again = Turn::new().call_with_id("same", "get_weather", json!({"city": "Bern"})).call("get_weather", paris());
    let script = Script::new().turn(turn).turn(again).text("Sunny.");
    let run = agent(script.clone()).run("Go").await.unwrap();
    run.assert_called("get_weather").times(5).ended(CallStatus::Done).times(5);
    let mut ids: Vec<_> = run.messages.iter().flat_map(Message::tool_calls).map(|call| call.id.clone()).collect();
    assert_eq!((ids[0].as_str(), ids[4].as_str()), ("same", "call_2_2"));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5, "the loop gives each call an id of its own");
    assert!(ids.iter().all(|id| !id.is_empty()));
}
