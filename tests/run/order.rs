//! Calls of one turn: at the same time, up to the bound, answered in the order asked.

use std::time::Duration;

use fcall::{Agent, Event, agent::CallStatus, testing::Script, tool, tools};
use tokio::time::Instant;

use super::{agent, assert_answered, wait};

fn waits(millis: &[u64]) -> Script {
    let call = |(at, millis): (usize, &u64)| ("wait", format!(r#"{{"name":"w{at}","millis":{millis}}}"#));
    Script::new().calls(millis.iter().enumerate().map(call)).text("done")
}

#[tokio::test(start_paused = true)]
async fn two_calls_of_300_ms_take_300_ms_and_are_answered_in_the_order_asked() {
    let began = Instant::now();
    let run = agent(&waits(&[300, 200])).run("go").await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 300);
    let results: Vec<String> = run.calls().map(|call| call.result.to_text()).collect();
    assert_eq!(results, ["w0 waited 300 ms", "w1 waited 200 ms"]);
    assert_answered(&run.messages);
}

#[tokio::test]
async fn on_a_real_clock_two_calls_of_300_ms_end_within_450_ms() {
    let began = std::time::Instant::now();
    agent(&waits(&[300, 300])).run("go").await.unwrap();
    assert!(began.elapsed() < Duration::from_millis(450), "took {:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_run_at_once_than_the_bound_allows() {
    let script = waits(&[100, 100, 100, 100, 100]);
    let agent = Agent::builder(script).tools(tools![wait]).max_parallel_calls(2).build().unwrap();
    let began = Instant::now();
    agent.run("go").await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_result_is_told_as_soon_as_its_call_ends() {
    let mut events = agent(&waits(&[300, 100, 200])).stream("go");
    let (began, mut ended) = (Instant::now(), Vec::new());
    while let Some(event) = events.next().await {
        if let Event::CallFinished { result, .. } = event.unwrap() {
            ended.push((began.elapsed().as_millis(), result.to_text()));
        }
    }
    let expected = [(100, "w1 waited 100 ms"), (200, "w2 waited 200 ms"), (300, "w0 waited 300 ms")];
    assert_eq!(ended, expected.map(|(at, text)| (at, text.to_owned())));
}

/// Wait alone
#[tool(sequential)]
async fn alone(
    /// How long, in milliseconds
    millis: u64,
) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

#[tokio::test(start_paused = true)]
async fn a_sequential_tool_never_runs_beside_another_call() {
    let script = Script::new()
        .calls([
            ("wait", r#"{"name":"a","millis":100}"#),
            ("alone", r#"{"millis":100}"#),
            ("wait", r#"{"name":"b","millis":100}"#),
            ("wait", r#"{"name":"c","millis":100}"#),
        ])
        .text("done");
    let agent = Agent::builder(script).tools(tools![wait, alone]).build().unwrap();
    let began = Instant::now();
    let run = agent.run("go").await.unwrap();
    assert_eq!(began.elapsed().as_millis(), 300, "a, then alone, then b and c");
    assert!(run.calls().all(|call| call.status == CallStatus::Done));
    assert_answered(&run.messages);
}

#[tokio::test(start_paused = true)]
async fn dropping_a_run_drops_its_calls() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::SeqCst);
        }
    }
    /// Hang until somebody gives up
    #[tool]
    async fn hang() {
        let _guard = Guard;
        std::future::pending::<()>().await;
    }
    let script = Script::new().calls([("hang", "{}"), ("hang", "{}")]);
    let agent = Agent::builder(script).tools(tools![hang]).build().unwrap();
    let run = agent.run("go");
    tokio::time::timeout(Duration::from_secs(1), run).await.expect_err("nobody ends these calls");
    tokio::task::yield_now().await;
    assert_eq!(DROPPED.load(Ordering::SeqCst), 2);
}
