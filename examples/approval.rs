//! A run that waits for somebody's word is a value, and a run that was cut off is in its journal: both go on in any process.

use std::{fs, sync::Arc};

use fcall::{
    Agent, FileJournal, Stop,
    agent::{CallStatus, Decision, Limits, Paused},
    serde_json,
    testing::Script,
    tool, tools,
};
use tokio::sync::Notify;

/// Look up a booking
#[tool(read_only)]
fn find_booking(
    /// Name of the guest
    guest: &str,
) -> String {
    format!("{guest}: room 12, two nights")
}

/// Cancel a booking for good
#[tool(destructive)]
fn cancel_booking(
    /// Name of the guest
    guest: &str,
) -> String {
    format!("the booking of {guest} is cancelled")
}

/// Send a letter
#[tool]
async fn send_letter(
    /// Whom it goes to
    to: &str,
    #[state] posted: &Notify,
) -> String {
    posted.notify_one();
    // The post is slow today: the program ends before it answers.
    std::future::pending::<()>().await;
    format!("sent to {to}")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::temp_dir().join(format!("fcall-example-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    // A scripted model, so that the example runs offline.
    let model = Script::new()
        .calls([("cancel_booking", r#"{"guest":"Ada"}"#), ("find_booking", r#"{"guest":"Ada"}"#)])
        .text("Ada's booking is cancelled.");
    let agent = Agent::builder(model)
        .tools(tools![find_booking, cancel_booking])
        .limits(Limits::default().turns(8).total_tokens(100_000))
        .build()?;

    // Nobody is asked while the run goes on, so it waits; what needs no word is done.
    let run = agent.run("Cancel Ada's booking").await?;
    let Some(Stop::Approval(paused)) = &run.stop else { return Err("nothing waits".into()) };
    fs::write(folder.join("waiting.json"), serde_json::to_string(paused)?)?;
    for call in paused.calls() {
        println!("waits for a word: {}({})", call.name, call.arguments);
    }

    // Another process, another day.
    let paused: Paused = serde_json::from_str(&fs::read_to_string(folder.join("waiting.json"))?)?;
    let decisions: Vec<Decision> = paused.calls().iter().map(|call| call.allow()).collect();
    let run = agent.resume(&paused, decisions)?.run().await?;
    for call in run.calls() {
        println!("{:?}: {}", call.status, call.result.to_text());
    }
    println!("{run}\n");

    // With a journal a run survives a process that can't save anything any more.
    let journal = FileJournal::open(folder.join("journal"))?;
    let posted = Arc::new(Notify::new());
    let secretary = |model: Script| {
        Agent::builder(model).tools(tools![send_letter]).state_arc(Arc::clone(&posted)).journal(journal.clone()).build()
    };
    let first = secretary(Script::new().calls([("send_letter", r#"{"to":"Ada"}"#)]))?;
    tokio::select! {
        _ = first.request("Tell Ada").id("letter-1").run() => {}
        () = posted.notified() => println!("the power goes out"),
    }

    println!("unfinished: {:?}", journal.unfinished()?);
    let second = secretary(Script::new().text("I can't say whether the letter was sent; please ask at the post."))?;
    let run = second.recover("letter-1").await?.run().await?;
    for call in run.calls().filter(|call| call.status == CallStatus::Interrupted) {
        println!("{}: {}", call.call.name, call.told.to_text());
    }
    println!("{run}");
    fs::remove_dir_all(&folder)?;
    Ok(())
}
