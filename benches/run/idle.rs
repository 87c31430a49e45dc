//! What waits: bytes that are allocated for a run whose request is at a server that does not answer, and for an agent.

use std::{sync::Arc, time::Duration};

use fcall::Agent;
use tokio::task::JoinSet;

use crate::{
    by_hand::ByHand,
    measure::live_bytes,
    server::Shape,
    sides::{Case, agent},
    tools::QUESTION,
};

const RUNS: usize = 256;
const CASE: Case = Case { shape: Shape { turns: 4, calls: 4 }, tools: 1, stream: false };

pub(crate) async fn print(address: &str) {
    let url = format!("http://{address}/silent/v1");
    println!("Bytes held while nothing happens.");
    let waiting = agent(&url, CASE);
    for stream in [false, true] {
        let run = |agent: Agent| async move {
            match stream {
                true => drop(agent.stream(QUESTION).finish().await),
                false => drop(agent.run(QUESTION).await),
            }
        };
        let held = held(|| run(waiting.clone())).await;
        println!("  a run whose request is in flight, {}: {held}", Case { stream, ..CASE }.mode());
    }
    let by_hand = Arc::new(ByHand::new(&url, 1));
    let run = |by_hand: Arc<ByHand>| async move {
        by_hand.run(false, |_| {}).await;
    };
    println!("  the same by hand: {}", held(|| run(Arc::clone(&by_hand))).await);
    let client = reqwest::Client::builder().no_proxy().build().expect("a client without TLS roots");
    let bare = |client: reqwest::Client, url: String| async move { drop(client.post(url).body("{}").send().await) };
    println!("  the same of reqwest alone: {}", held(|| bare(client.clone(), url.clone())).await);
    for tools in [1, 100, 1000] {
        let before = live_bytes();
        let waiting = agent(&url, Case { tools, ..CASE });
        println!("  an agent of {tools} tools: {}", live_bytes() - before);
        let before = live_bytes();
        let clones: Vec<Agent> = (0..RUNS).map(|_| waiting.clone()).collect();
        let vector = i64::try_from(size_of_val(&clones[..])).expect("few bytes");
        assert_eq!(live_bytes() - before, vector, "a clone of an agent takes no memory of its own");
    }
    println!();
}

/// Bytes per future, once all of them wait.
async fn held<F: Future<Output = ()> + Send + 'static>(one: impl Fn() -> F) -> i64 {
    let begin = |tasks: &mut JoinSet<()>, runs| (0..runs).for_each(|_| drop(tasks.spawn(one())));
    // The first makes what all share.
    let mut tasks = JoinSet::new();
    begin(&mut tasks, 1);
    let before = settled().await;
    begin(&mut tasks, RUNS);
    let after = settled().await;
    assert_eq!(tasks.len(), RUNS + 1, "they all wait");
    (after - before) / RUNS as i64
}

/// The bytes that are allocated, once that does not change any more.
async fn settled() -> i64 {
    let mut last = live_bytes();
    loop {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let now = live_bytes();
        if now == last {
            return now;
        }
        last = now;
    }
}
