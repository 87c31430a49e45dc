//! Assertions on calls: what they let pass, and what they say where they don't.

use std::{
    panic::{self, Location},
    sync::{Arc, Mutex},
};

use fcall::{Run, agent::CallStatus, testing::Script};
use serde_json::json;

use super::{agent, panic_of};

/// A run with three calls of a tool that is there and one of a tool that is not.
async fn run() -> Run {
    let script = Script::new()
        .calls([("get_weather", json!({"city": "Paris"})), ("get_weather", json!({"city": "Rome"}))])
        .calls([("get_time", json!({"zone": "CET"}))])
        .calls([("get_weather", json!({"city": "Paris"}))])
        .text("Sunny.");
    agent(script).run("How is the weather?").await.unwrap()
}

#[tokio::test]
async fn what_was_done_passes() {
    let run = run().await;
    run.assert_called("get_weather").times(3);
    run.assert_called("get_weather").with(json!({"city": "Paris"})).times(2).returned("sunny in Paris").times(2);
    run.assert_called("get_weather").with_at_least(json!({})).ended(CallStatus::Done).times(3);
    run.assert_called("get_time").ended(CallStatus::UnknownTool).times(1);
    run.assert_not_called("book");
    run.assert_calls(["get_weather", "get_weather", "get_time", "get_weather"]);
    run.assert_call_order(["get_weather", "get_time", "get_weather"]);
    let rome = run.assert_called("get_weather").with(json!({"city": "Rome"}));
    assert_eq!(rome.calls()[0].result.to_text(), "sunny in Rome");
}

#[tokio::test]
async fn what_was_not_done_is_told_with_what_was() {
    let run = run().await;
    let all = "the calls of the run:\n  1 get_weather({\"city\":\"Paris\"}): Done\n  2 get_weather({\"city\":\"Rome\"}): Done\n  3 \
               get_time({\"zone\":\"CET\"}): UnknownTool\n  4 get_weather({\"city\":\"Paris\"}): Done";
    let told = |expected: &str, test: &dyn Fn()| {
        let panic = panic_of(test);
        assert_eq!(panic, format!("{expected}\n{all}"));
    };
    told("`book` was not called", &|| drop(run.assert_called("book")));
    told("`get_time` was called once", &|| run.assert_not_called("get_time"));
    told("`get_weather` was called 3 times, expected twice", &|| drop(run.assert_called("get_weather").times(2)));
    told("`get_weather` was called with {\"city\":\"Rome\"} once, expected never", &|| {
        run.assert_called("get_weather").with(json!({"city": "Rome"})).times(0);
    });
    told("call 3: expected `book`, got `get_time`", &|| {
        run.assert_calls(["get_weather", "get_weather", "book", "get_weather"]);
    });
    told("call 4: expected no more calls, got `get_weather`", &|| {
        run.assert_calls(["get_weather", "get_weather", "get_time"]);
    });
    told("call 5: expected `book`, got no more calls", &|| {
        run.assert_calls(["get_weather", "get_weather", "get_time", "get_weather", "book"]);
    });
    told("`get_time` was not called after `get_time`", &|| run.assert_call_order(["get_time", "get_time"]));
    told(
        "`get_time` was not called with at least {\"zone\":\"CET\",\"city\":{\"name\":1}}\ncall `call_2_1`\n  city: expected \
         {\"name\":1}, got nothing",
        &|| drop(run.assert_called("get_time").with_at_least(json!({"zone": "CET", "city": {"name": 1}}))),
    );
    told("`get_time` was not called with {}\ncall `call_2_1`\n  zone: expected nothing, got \"CET\"", &|| {
        drop(run.assert_called("get_time").with(json!({})));
    });
    told(
        "`get_weather` was not called with {\"city\":\"Rome\"} that returned \"rain\"\ncall `call_1_2`\n  the whole: expected \
         \"rain\", got \"sunny in Rome\"",
        &|| drop(run.assert_called("get_weather").with(json!({"city": "Rome"})).returned("rain")),
    );
}

#[tokio::test]
async fn json_is_compared_by_what_it_means() {
    let arguments = r#" {"b": [1.0, {"y": null, "x": "z"}], "a": 12345678901234567890} "#;
    let run = agent(Script::new().calls([("f", arguments)]).text("")).run("Go").await.unwrap();
    let called = run.assert_called("f");
    let called = called.with(json!({"a": 12345678901234567890_u64, "b": [1, {"x": "z", "y": null}]}));
    called.with_at_least(json!({"b": [1, {"x": "z"}]})).times(1);
    let panic = panic_of(|| drop(run.assert_called("f").with_at_least(json!({"b": [2], "c d": []}))));
    let expected = "  b[0]: expected 2, got 1.0\n  b[1]: expected nothing, got {\"y\":null,\"x\":\"z\"}\n  [\"c d\"]: expected [], got nothing";
    assert!(panic.contains(expected), "{panic}");
}

#[tokio::test]
async fn long_texts_are_shown_where_they_differ() {
    let text = |end: &str| "lorem ipsum ".repeat(100) + end;
    let run = agent(Script::new().calls([("f", json!({"text": text("dolor")}))]).text("")).run("Go").await.unwrap();
    let panic = panic_of(|| drop(run.assert_called("f").with(json!({"text": text("amet")}))));
    let difference = panic.lines().find(|line| line.starts_with("  text:")).unwrap();
    assert!(difference.contains("ipsum amet\"") && difference.contains("ipsum dolor\""), "{difference}");
    assert!(difference.len() < 300, "{difference}");
}

#[tokio::test]
async fn the_line_of_the_test_is_shown() {
    let run = run().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (heard, usual) = (Arc::clone(&seen), panic::take_hook());
    let here = std::thread::current().id();
    panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == here {
            let line = info.location().map(Location::line);
            heard.lock().unwrap().push((info.location().map(|at| at.file().to_owned()), line));
        } else {
            usual(info);
        }
    }));
    let tests: [&dyn Fn(); 5] = [
        &|| drop(run.assert_called("book")),
        &|| run.assert_not_called("get_time"),
        &|| run.assert_calls([]),
        &|| drop(run.assert_called("get_time").with(json!({}))),
        &|| drop(run.assert_called("get_time").times(2)),
    ];
    let first = line!() - 6;
    for test in tests {
        panic_of(test);
    }
    let _ = panic::take_hook();
    let seen = seen.lock().unwrap().clone();
    let expected: Vec<_> = (first..first + 5).map(|line| (Some(file!().to_owned()), Some(line))).collect();
    assert_eq!(seen, expected);
}
