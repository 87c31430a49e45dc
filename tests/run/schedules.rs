//! Random schedules of calls, faults, decisions, cancellations and drops: whatever happens, the conversation is one that
//! every provider accepts, and nothing that had ended is lost.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use fcall::{
    Agent, CallContext, Message, ToolError,
    agent::{Approval, CallStatus, Limits, OnLimit, PendingCall, Run, Stop, check_history},
    message::{FinishReason, Part},
    testing::{Script, Turn},
    tool,
    tool::CancellationToken,
    tools,
};

/// A sequence of numbers that looks random and is the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // The multiplier and increment of Knuth's MMIX; its low bits are poor.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// The ids of the calls that came to their end, as the tools saw it.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<HashSet<String>>>);

async fn work(millis: u64, how: u64, cx: &CallContext, ended: &Ended) -> Result<String, ToolError> {
    if millis.is_multiple_of(3) && millis > 0 {
        tokio::select! {
            () = cx.cancelled() => {}
            () = tokio::time::sleep(Duration::from_millis(millis)) => {}
        }
    } else if millis > 0 {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    let end = || ended.0.lock().unwrap().insert(cx.call_id.clone());
    match how {
        0 => panic!("as asked"),
        1 => std::future::pending().await,
        2 => {
            end();
            Err(ToolError::fatal("as asked"))
        }
        3 => {
            end();
            Err(ToolError::failed("as asked"))
        }
        _ => {
            end();
            Ok("x".repeat(usize::try_from(how).unwrap_or_default()))
        }
    }
}

/// Work for a while
#[tool]
async fn any(millis: u64, how: u64, #[context] cx: &CallContext, #[state] ended: &Ended) -> Result<String, ToolError> {
    work(millis, how, cx, ended).await
}

/// Work alone for a while
#[tool(sequential)]
async fn alone(
    millis: u64,
    how: u64,
    #[context] cx: &CallContext,
    #[state] ended: &Ended,
) -> Result<String, ToolError> {
    work(millis, how, cx, ended).await
}

/// Work that may destroy something
#[tool(destructive)]
async fn destroy(
    millis: u64,
    how: u64,
    #[context] cx: &CallContext,
    #[state] ended: &Ended,
) -> Result<String, ToolError> {
    work(millis, how, cx, ended).await
}

fn turn(dice: &mut Dice) -> Turn {
    let mut turn = Turn::new().usage(dice.roll(50), dice.roll(50)).delay(Duration::from_millis(dice.roll(50)));
    for _ in 0..dice.roll(6) {
        let name = ["any", "any", "alone", "destroy", "nothing"][usize::try_from(dice.roll(5)).unwrap()];
        let arguments = match dice.roll(12) {
            0 => "{".to_owned(),
            1 => r#"{"millis":"soon"}"#.to_owned(),
            _ => format!(r#"{{"millis":{},"how":{}}}"#, dice.roll(4) * dice.roll(40), dice.roll(40)),
        };
        turn = turn.call(name, arguments);
    }
    match dice.roll(14) {
        0 => turn.cut(),
        1 => turn.finish(FinishReason::Length),
        2 => turn.text("something"),
        _ => turn,
    }
}

fn agent(dice: &mut Dice, script: &Script, ended: &Ended) -> Agent {
    let mut limits = Limits::default().turns(u32::try_from(dice.roll(6)).unwrap() + 1);
    if dice.roll(3) == 0 {
        limits = limits.calls(u32::try_from(dice.roll(8)).unwrap());
    }
    if dice.roll(3) == 0 {
        limits = limits.total_tokens(dice.roll(200));
    }
    if dice.roll(3) == 0 {
        limits = limits.wall_time(Duration::from_millis(dice.roll(200)));
    }
    if dice.roll(2) == 0 {
        limits = limits.on_limit(OnLimit::Answer);
    }
    let builder = Agent::builder(script.clone())
        .tools(tools![any, alone, destroy])
        .tool_timeout(Duration::from_millis(100))
        .cancel_grace(Duration::from_millis(dice.roll(10)))
        .max_parallel_calls(usize::try_from(dice.roll(3)).unwrap() + 1)
        .max_result_bytes(20)
        .limits(limits)
        .state(ended.clone());
    let builder = match dice.roll(2) {
        0 => builder,
        _ => builder.approve(|call: PendingCall| async move {
            tokio::time::sleep(Duration::from_millis(call.arguments.len() as u64)).await;
            match call.arguments.len() % 3 {
                0 => Approval::Deny("no".to_owned()),
                1 => Approval::AllowWith(fcall::serde_json::json!({"millis": 5, "how": 9})),
                _ => Approval::Allow,
            }
        }),
    };
    builder.build().unwrap()
}

/// Every call is answered once, and what the tools saw to its end is not said to be anything else.
#[track_caller]
fn assert_nothing_lost(seed: u64, messages: &[Message], ended: &Ended) {
    assert_eq!(check_history(messages), [], "seed {seed}: {messages:?}");
    let asked: Vec<&str> = messages.iter().flat_map(Message::tool_calls).map(|call| call.id.as_str()).collect();
    let unique: HashSet<&str> = asked.iter().copied().collect();
    assert_eq!(unique.len(), asked.len(), "seed {seed}: an id twice");
    let ended = ended.0.lock().unwrap();
    for part in messages.iter().flat_map(|message| &message.parts) {
        if let Part::ToolResult(result) = part
            && ended.contains(&result.call_id)
        {
            let text = result.to_text();
            let lost = text.contains("interrupted") || text.contains("not carried out") || text.contains("no result");
            assert!(!lost, "seed {seed}: the end of {} is lost: {text}", result.call_id);
        }
    }
}

#[track_caller]
fn assert_run(seed: u64, run: &Run, ended: &Ended) {
    assert_nothing_lost(seed, &run.messages, ended);
    let ended = ended.0.lock().unwrap();
    for call in run.calls() {
        let is_end = matches!(call.status, CallStatus::Done | CallStatus::Failed);
        assert_eq!(is_end, ended.contains(&call.call.id), "seed {seed}: {call:?}");
    }
}

/// Runs one schedule, and adds how its calls and runs ended to what was seen.
async fn schedule(seed: u64, seen: &mut HashSet<String>) {
    let mut see = |run: &Run| {
        seen.extend(run.calls().map(|call| format!("{:?}", call.status)));
        let stop = format!("{:?}", run.stop);
        seen.insert(
            stop.split(['(', '{'])
                .nth(usize::from(stop != "None"))
                .unwrap_or_default()
                .trim_end_matches(')')
                .trim()
                .to_owned(),
        );
    };
    let mut dice = Dice(seed);
    let ended = Ended::default();
    let script = (0..12).fold(Script::new(), |script, _| script.turn(turn(&mut dice)));
    let agent = agent(&mut dice, &script, &ended);
    let mut chat = agent.chat();
    let mut waits = None;
    for _ in 0..4 {
        let limit = Duration::from_millis(dice.roll(150));
        let ended_run = match (dice.roll(4), waits.take()) {
            // Dropped at any moment.
            (0, _) => tokio::time::timeout(limit, chat.send("go")).await.ok(),
            // Cancelled at any moment.
            (1, _) => {
                let token = CancellationToken::new();
                let request = agent.request("go").history(chat.messages().to_vec()).cancel(token.clone());
                let run = tokio::spawn(request.run());
                tokio::time::sleep(limit).await;
                token.cancel();
                let run = run.await.expect("a run does not panic");
                let run = run.unwrap_or_else(|error| error.into_run().expect("the run so far"));
                assert_run(seed, &run, &ended);
                see(&run);
                continue;
            }
            // Decided upon, or not.
            (2, Some(Stop::Approval(paused))) => {
                let decide = |call: &PendingCall| match call.id.len() % 2 {
                    0 => call.allow(),
                    _ => call.deny("no"),
                };
                let decisions: Vec<_> =
                    paused.calls().iter().skip(usize::from(seed.is_multiple_of(2))).map(decide).collect();
                tokio::time::timeout(limit, chat.resume(decisions)).await.ok()
            }
            _ => Some(chat.send("go").await),
        };
        assert_nothing_lost(seed, chat.messages(), &ended);
        let run = match ended_run {
            None => continue,
            Some(Ok(run)) => run,
            Some(Err(error)) => error.into_run().expect("the run so far"),
        };
        assert_run(seed, &run, &ended);
        assert_eq!(run.messages, chat.messages(), "seed {seed}");
        see(&run);
        waits = run.stop;
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_whatever_happens() {
    let hook = std::panic::take_hook();
    // Hundreds of tools panic here, as they are asked to.
    std::panic::set_hook(Box::new(move |panic| {
        if panic.payload().downcast_ref::<&str>() != Some(&"as asked") {
            hook(panic);
        }
    }));
    let mut seen = HashSet::new();
    for seed in 0..500 {
        schedule(seed, &mut seen).await;
    }
    let statuses = [
        "Done",
        "Failed",
        "BadArguments",
        "UnknownTool",
        "NotAllowed",
        "NotBegun",
        "Unapproved",
        "Denied",
        "Panicked",
        "TimedOut",
        "Interrupted",
    ];
    let stops =
        ["Answer", "MaxTurns", "MaxCalls", "TotalTokens", "WallTime", "Cancelled", "Truncated", "Approval", "None"];
    let unseen: Vec<&str> = statuses.into_iter().chain(stops).filter(|what| !seen.contains(*what)).collect();
    assert!(unseen.is_empty(), "the schedules never come to {unseen:?}, only to {seen:?}");
}
