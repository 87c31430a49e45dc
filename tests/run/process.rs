//! Runs that outlive their process: a child is killed with SIGKILL, another one goes on.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use fcall::{
    Agent, FileJournal, Message, Run,
    agent::{CallStatus, Decision, Paused, Stop},
    serde_json,
    testing::Script,
    tool, tools,
};

use super::{add, assert_answered, calls};

const FOLDER: &str = "FCALL_TEST_FOLDER";

/// A child of this program that runs one test, which is ignored otherwise.
fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([&format!("process::{test}"), "--exact", "--ignored", "--nocapture"]).env(FOLDER, folder);
    command
}

/// Runs the test until it says that it is ready, and kills its process.
fn killed(test: &str, folder: &Path) {
    let mut process = child(test, folder).stdout(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(process.stdout.take().unwrap());
    let is_ready = out.lines().any(|line| line.unwrap().contains("ready"));
    assert!(is_ready, "{test} ended by itself: {:?}", process.wait());
    process.kill().unwrap();
    let status = process.wait().unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status}");
    assert!(!status.success());
}

fn passed(test: &str, folder: &Path) {
    let output = child(test, folder).output().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
}

fn ready() {
    println!("ready");
    std::io::stdout().flush().unwrap();
}

fn new_folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fcall-process-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn folder() -> PathBuf {
    std::env::var_os(FOLDER).expect("set by the parent").into()
}

/// Book something
#[tool]
fn book(what: &str) -> String {
    let mut book = fs::OpenOptions::new().append(true).create(true).open(folder().join("booked.txt")).unwrap();
    writeln!(book, "{what}").unwrap();
    format!("{what} is booked")
}

/// Cancel a booking
#[tool(destructive)]
fn cancel_booking(what: &str) -> String {
    format!("{what} is cancelled")
}

/// Pay, which takes long
#[tool]
async fn pay(amount: u32) -> String {
    let mut book = fs::OpenOptions::new().append(true).create(true).open(folder().join("paid.txt")).unwrap();
    writeln!(book, "{amount}").unwrap();
    ready();
    std::future::pending().await
}

/// Look something up, which takes long the first time
#[tool(read_only)]
async fn look(what: &str) -> String {
    if !folder().join("looked").exists() {
        fs::write(folder().join("looked"), "").unwrap();
        std::future::pending::<()>().await;
    }
    format!("there is {what}")
}

fn booked(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_default()
}

const CALLS: [(&str, &str); 3] =
    [("book", r#"{"what":"bed"}"#), ("cancel_booking", r#"{"what":"car"}"#), ("add", r#"{"a":2,"b":3}"#)];

fn script() -> Script {
    Script::new().calls(CALLS).text("All done.")
}

fn agent(script: &Script) -> Agent {
    Agent::builder(script.clone()).tools(tools![add, book, cancel_booking]).build().unwrap()
}

#[test]
fn a_run_that_waits_for_approval_outlives_its_process() {
    let folder = new_folder("pause");
    killed("pauses_and_is_killed", &folder);
    passed("resumes", &folder);
    let messages: Vec<Message> = serde_json::from_str(&booked(&folder, "messages.json")).unwrap();
    // The same conversation as if nothing had happened.
    let said: Vec<String> = messages.iter().map(|message| format!("{message:?}")).collect();
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[..2], serde_json::from_str::<Vec<Message>>(&booked(&folder, "before.json")).unwrap()[..2]);
    assert!(
        said[2].contains("bed is booked") && said[2].contains("car is cancelled") && said[2].contains(r#"Json("5")"#)
    );
    assert_eq!(messages[3].text(), "All done.");
    assert_answered(&messages);
    assert_eq!(booked(&folder, "booked.txt"), "bed\n", "what was done before the pause is not done again");
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
#[ignore = "run as a child by a_run_that_waits_for_approval_outlives_its_process"]
async fn pauses_and_is_killed() {
    let run = agent(&script()).run("go").await.unwrap();
    let Some(Stop::Approval(paused)) = &run.stop else { panic!("{:?}", run.stop) };
    fs::write(folder().join("before.json"), serde_json::to_string(&run.messages).unwrap()).unwrap();
    fs::write(folder().join("decisions.json"), serde_json::to_string(&[paused.calls()[0].allow()]).unwrap()).unwrap();
    fs::write(folder().join("paused.json"), serde_json::to_string(paused).unwrap()).unwrap();
    ready();
    std::future::pending::<()>().await;
}

#[tokio::test]
#[ignore = "run as a child by a_run_that_waits_for_approval_outlives_its_process"]
async fn resumes() {
    let read = |file: &str| fs::read_to_string(folder().join(file)).unwrap();
    let paused: Paused = serde_json::from_str(&read("paused.json")).unwrap();
    let decisions: Vec<Decision> = serde_json::from_str(&read("decisions.json")).unwrap();
    let model = script();
    model.skip();
    let run = agent(&model).resume(&paused, decisions).unwrap().run().await.unwrap();
    assert!(run.stop == Stop::Answer && run.turns == 2);
    fs::write(folder().join("messages.json"), serde_json::to_string(&run.messages).unwrap()).unwrap();
}

fn payments() -> Script {
    Script::new()
        .calls([
            ("book", r#"{"what":"bed"}"#),
            ("look", r#"{"what":"tea"}"#),
            ("pay", r#"{"amount":7}"#),
            ("pay", r#"{"amount":8}"#),
        ])
        .text("I can't say whether 7 was paid.")
}

fn clerk(script: &Script) -> Agent {
    let journal = FileJournal::open(folder().join("journal")).unwrap();
    // Two at once: `look` and the first payment hang, the second payment does not begin.
    Agent::builder(script.clone())
        .tools(tools![book, look, pay])
        .max_parallel_calls(2)
        .journal(journal)
        .build()
        .unwrap()
}

#[test]
fn a_run_that_was_killed_is_recovered_from_its_journal() {
    let folder = new_folder("journal");
    killed("is_killed_in_a_call", &folder);
    assert_eq!((booked(&folder, "booked.txt"), booked(&folder, "paid.txt")), ("bed\n".into(), "7\n".into()));
    killed("recovers_and_is_killed_again", &folder);
    passed("recovers", &folder);
    assert_eq!(booked(&folder, "booked.txt"), "bed\n", "not booked twice");
    assert_eq!(booked(&folder, "paid.txt"), "7\n8\n", "each payment was begun once");
    let run: Run = serde_json::from_str(&booked(&folder, "run.json")).unwrap();
    assert_answered(&run.messages);
    let calls = calls(&run);
    assert_eq!(calls[0], ("book", "bed is booked".to_owned(), CallStatus::Done));
    assert_eq!(calls[1], ("look", "there is tea".to_owned(), CallStatus::Done), "it only looks: repeated");
    for payment in &calls[2..] {
        assert_eq!(payment.2, CallStatus::Interrupted);
        assert!(payment.1.contains("may or may not have had an effect"), "{payment:?}");
    }
    assert_eq!(run.text, "I can't say whether 7 was paid.");
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
#[ignore = "run as a child by a_run_that_was_killed_is_recovered_from_its_journal"]
async fn is_killed_in_a_call() {
    clerk(&payments()).request("go").id("order-17").run().await.unwrap();
}

async fn recovered() -> fcall::Result<Run> {
    let journal = FileJournal::open(folder().join("journal")).unwrap();
    assert_eq!(journal.unfinished().unwrap(), ["order-17"]);
    let model = payments();
    model.skip();
    clerk(&model).recover("order-17").await?.run().await
}

#[tokio::test]
#[ignore = "run as a child by a_run_that_was_killed_is_recovered_from_its_journal"]
async fn recovers_and_is_killed_again() {
    recovered().await.unwrap();
}

#[tokio::test]
#[ignore = "run as a child by a_run_that_was_killed_is_recovered_from_its_journal"]
async fn recovers() {
    let run = recovered().await.unwrap();
    assert!(run.stop == Stop::Answer);
    fs::write(folder().join("run.json"), serde_json::to_string(&run).unwrap()).unwrap();
}
