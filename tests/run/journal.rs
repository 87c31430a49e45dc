//! What a run writes down, and what can be made of it again.

use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use fcall::{
    Agent, FileJournal,
    agent::{Approval, CallStatus, Decision, Journal, JournalResult, Limits, Paused, PendingCall, Record, Run, Stop},
    journal::Durability,
    model::BoxFuture,
    serde_json,
    testing::{Script, Turn},
    tool, tools,
};

use super::{add, assert_answered, calls, fail, wait};

/// A folder that is removed when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fcall-journal-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    fn journal(&self) -> FileJournal {
        FileJournal::open(&self.0).unwrap().durability(Durability::Process)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Delete a file
#[tool(destructive)]
fn delete(name: &str) -> String {
    format!("{name} is gone")
}

/// A journal in memory, which stops writing after so many records, as a crash would.
#[derive(Clone, Default)]
pub(super) struct Memory {
    pub(super) runs: Arc<Mutex<HashMap<String, Vec<Record>>>>,
    pub(super) crash_after: Option<usize>,
}

impl Journal for Memory {
    fn append<'a>(&'a self, run: &'a str, record: &'a Record) -> BoxFuture<'a, JournalResult<()>> {
        Box::pin(async move {
            let full = {
                let mut runs = self.runs.lock().unwrap();
                let records = runs.entry(run.to_owned()).or_default();
                let full = self.crash_after.is_some_and(|most| records.len() >= most);
                if !full {
                    // What is read is what was written.
                    let text = serde_json::to_string(record)?;
                    records.push(serde_json::from_str(&text)?);
                }
                full
            };
            match full {
                true => std::future::pending().await,
                false => Ok(()),
            }
        })
    }

    fn read<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>> {
        Box::pin(async move {
            let records = self.runs.lock().unwrap().get(run).cloned().unwrap_or_default();
            // As with a file, others go on meanwhile.
            tokio::task::yield_now().await;
            Ok(records)
        })
    }
}

static BOOKED: AtomicU32 = AtomicU32::new(0);

/// Book something
#[tool]
fn book(what: &str) -> String {
    BOOKED.fetch_add(1, Ordering::SeqCst);
    format!("{what} is booked")
}

/// Look something up
#[tool(read_only)]
fn look(what: &str) -> String {
    format!("there is {what}")
}

fn turns() -> Vec<Turn> {
    vec![
        Turn::new()
            .call("book", r#"{"what":"bed"}"#)
            .call("nothing", "{}")
            .call("delete", r#"{"name":"a"}"#)
            .usage(9, 9),
        Turn::new().call("look", r#"{"what":"tea"}"#).call("delete", r#"{"name":"b"}"#).usage(9, 9),
        Turn::new().text("All done."),
    ]
}

fn script(from: usize) -> Script {
    // The ids of calls go by the number of the turn.
    turns().into_iter().skip(from).fold(Script::new(), Script::turn)
}

/// Whoever is asked keeps `a`.
async fn keep_a(call: PendingCall) -> Approval {
    match call.arguments.contains(r#":"a""#) {
        true => Approval::Deny("a is needed".to_owned()),
        false => Approval::Allow,
    }
}

fn planner(script: &Script, journal: impl Journal + 'static) -> Agent {
    Agent::builder(script.clone())
        .tools(tools![book, look, delete])
        .approve(keep_a)
        .max_parallel_calls(1)
        .journal(journal)
        .build()
        .unwrap()
}

/// A crash after every single record: the recovered run is the same, and no call with effects is carried out twice.
#[tokio::test(start_paused = true)]
async fn a_run_that_breaks_off_anywhere_is_recovered() {
    let whole = Memory::default();
    let expected = planner(&script(0), whole.clone()).request("go").id("r").run().await.unwrap();
    assert!(expected.stop == Stop::Answer, "{:?}", expected.stop);
    assert_eq!(expected.id.as_deref(), Some("r"));
    let all = whole.runs.lock().unwrap()["r"].clone();
    assert!(all.len() > 12, "{} records", all.len());
    let plain = Agent::builder(script(0)).tools(tools![book, look, delete]).approve(keep_a);
    let without = plain.max_parallel_calls(1).build().unwrap().run("go").await.unwrap();
    assert_eq!(without.messages, expected.messages, "a journal changes nothing");

    for crash in 1..all.len() {
        BOOKED.store(0, Ordering::SeqCst);
        let model = script(0);
        let memory = Memory { crash_after: Some(crash), ..Memory::default() };
        let agent = planner(&model, memory.clone());
        let crashed = agent.request("go").id("r").run();
        tokio::time::timeout(std::time::Duration::from_secs(3600), crashed).await.expect_err("it never gets further");
        let records = memory.runs.lock().unwrap()["r"].clone();
        assert_eq!(records.len(), crash);

        let replies = records.iter().filter(|record| matches!(record, Record::Reply { .. })).count();
        let rest = Memory { crash_after: None, ..memory };
        // The ids of a script's calls count its turns: those that were played are played again, unheard.
        let model = script(0);
        for _ in 0..replies {
            model.skip();
        }
        let run = planner(&model, rest.clone()).recover("r").await.unwrap().run().await.unwrap();
        assert!(run.stop == Stop::Answer, "after {crash}: {:?}", run.stop);
        assert_answered(&run.messages);
        assert!(BOOKED.load(Ordering::SeqCst) <= 1, "after {crash}: booked twice");
        let last = records.last().expect("records");
        let name_of_open = match last {
            Record::CallBegan { name, .. } => Some(name.as_str()),
            _ => None,
        };
        for (was, is) in expected.calls().zip(run.calls()) {
            match name_of_open {
                // It had begun, and may have had its effect.
                Some(name) if name == was.call.name && name != "look" && is.status == CallStatus::Interrupted => {
                    assert!(is.told.to_text().contains("may or may not have had an effect"), "{is:?}");
                }
                _ => assert_eq!((was.told, was.status), (is.told, is.status), "after {crash}"),
            }
        }
        let marked = run.calls().filter(|call| call.status == CallStatus::Interrupted).count();
        assert_eq!(marked, usize::from(name_of_open.is_some_and(|name| name != "look")), "after {crash}");
        assert_eq!((run.usage, run.turns), (expected.usage, expected.turns), "after {crash}");

        // What was recovered can be recovered.
        let again = planner(&Script::new(), rest).recover("r").await.unwrap().run().await.unwrap();
        assert_eq!(again.messages, run.messages);
    }
}

fn run_with(journal: &FileJournal, script: &Script) -> Agent {
    Agent::builder(script.clone()).tools(tools![add, wait, fail, delete]).journal(journal.clone()).build().unwrap()
}

fn one() -> Script {
    Script::new().calls([("add", r#"{"a":2,"b":3}"#)]).text("5")
}

#[tokio::test]
async fn a_file_keeps_a_run_line_by_line() {
    let folder = Folder::new("lines");
    let journal = folder.journal();
    let run = run_with(&journal, &one()).request("2 + 3?").id("Order 17/../x").run().await.unwrap();
    let files: Vec<String> =
        fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(files, ["%4frder%2017%2f%2e%2e%2fx.jsonl"], "an id is never a path");
    let text = fs::read_to_string(folder.0.join(&files[0])).unwrap();
    let kinds: Vec<&str> = text
        .lines()
        .map(|line| {
            let rest = line.strip_prefix(r#"{"version":1,"record":{""#).unwrap_or_else(|| panic!("{line}"));
            rest.split('"').next().expect("a kind")
        })
        .collect();
    assert_eq!(kinds, ["state", "reply", "call_began", "call_ended", "reply", "over"]);
    assert!(journal.unfinished().unwrap().is_empty());
    let again = run_with(&journal, &Script::new()).recover("Order 17/../x").await.unwrap().run().await.unwrap();
    assert_eq!(again, run);
    assert_eq!(fs::read_to_string(folder.0.join(&files[0])).unwrap(), text, "a run that is over writes nothing more");
    journal.remove("Order 17/../x").unwrap();
    journal.remove("Order 17/../x").unwrap();
    let gone = run_with(&journal, &Script::new()).recover("Order 17/../x").await.unwrap_err();
    assert!(gone.to_string().contains("no run `Order 17/../x`"), "{gone}");
}

#[tokio::test]
async fn a_line_that_a_crash_left_unfinished_does_not_count() {
    let folder = Folder::new("torn");
    let journal = folder.journal();
    run_with(&journal, &one()).request("2 + 3?").id("r").run().await.unwrap();
    let file = folder.0.join("r.jsonl");
    let whole = fs::read_to_string(&file).unwrap();
    // Only the first reply, and half of the record that the call began.
    let ends: Vec<usize> = whole.match_indices('\n').map(|(at, _)| at + 1).collect();
    fs::write(&file, &whole[..ends[1] + 20]).unwrap();
    assert_eq!(journal.unfinished().unwrap(), ["r"]);
    let script = one();
    script.skip();
    let run = run_with(&journal, &script).recover("r").await.unwrap().run().await.unwrap();
    assert_eq!((run.text.as_str(), calls(&run)[0].2), ("5", CallStatus::Done));
    assert_eq!(
        journal.read("r").await.unwrap().len(),
        2 + 5,
        "the half is cut off, and the run begins again behind it"
    );

    fs::write(&file, "{}\n").unwrap();
    let error = run_with(&journal, &Script::new()).recover("r").await.unwrap_err();
    assert!(error.is_journal(), "{error:?}");
    assert!(format!("{error:?}").contains("r.jsonl, line 1: missing field `version`"), "{error:?}");
    fs::write(&file, whole.replace(r#""version":1"#, r#""version":9"#)).unwrap();
    let error = run_with(&journal, &Script::new()).recover("r").await.unwrap_err();
    assert!(format!("{error:?}").contains("a journal of version 9"), "{error:?}");
}

#[tokio::test]
async fn an_id_is_used_once() {
    let folder = Folder::new("twice");
    let journal = folder.journal();
    let script = one().text("never");
    let agent = run_with(&journal, &script);
    agent.request("2 + 3?").id("r").run().await.unwrap();
    let error = agent.request("and?").id("r").run().await.unwrap_err();
    assert!(error.to_string().contains("the journal has a run `r` already"), "{error}");
    assert_eq!(script.left(), 1, "nothing was asked");
    let without = agent.run("and?").await.unwrap();
    assert_eq!(without.id.expect("one is made up").len(), 32);
}

#[tokio::test]
async fn what_cannot_be_written_down_is_not_done() {
    struct Full(AtomicU32);
    impl Journal for Full {
        fn append<'a>(&'a self, _: &'a str, _: &'a Record) -> BoxFuture<'a, JournalResult<()>> {
            Box::pin(async {
                match self.0.fetch_add(1, Ordering::SeqCst) {
                    2.. => Err("the disk is full".into()),
                    _ => Ok(()),
                }
            })
        }
        fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>> {
            Box::pin(async { Ok(Vec::new()) })
        }
    }
    static WIPED: AtomicU32 = AtomicU32::new(0);
    /// Wipe the disk
    #[tool]
    fn wipe() {
        WIPED.fetch_add(1, Ordering::SeqCst);
    }
    let script = Script::new().calls([("wipe", "{}"), ("wipe", "{}")]).text("never");
    let agent = Agent::builder(script.clone()).tools(tools![wipe]).journal(Full(AtomicU32::new(0))).build().unwrap();
    let error = agent.run("go").await.unwrap_err();
    assert!(error.is_journal());
    assert!(format!("{error:?}").contains("the disk is full"), "{error:?}");
    let run = error.into_run().expect("the run so far");
    assert_eq!(WIPED.load(Ordering::SeqCst), 0);
    assert!(run.calls().all(|call| call.status == CallStatus::NotBegun));
    assert_answered(&run.messages);
    assert_eq!(script.left(), 1);
}

#[tokio::test]
async fn a_run_that_waits_is_unfinished_and_can_be_recovered_or_resumed() {
    let folder = Folder::new("waits");
    let journal = folder.journal();
    let script = Script::new().calls([("delete", r#"{"name":"a"}"#), ("add", r#"{"a":1,"b":2}"#)]).text("done");
    let agent = run_with(&journal, &script);
    let paused = |run: &Run| match &run.stop {
        Some(Stop::Approval(paused)) => paused.clone(),
        other => panic!("{other:?}"),
    };
    let first = agent.request("go").id("r").run().await.unwrap();
    assert_eq!(journal.unfinished().unwrap(), ["r"]);
    let again = agent.recover("r").await.unwrap().run().await.unwrap();
    assert_eq!(again.messages, first.messages);
    let paused = paused(&again);
    let run = agent.resume(&paused, [paused.calls()[0].allow()]).unwrap().run().await.unwrap();
    assert_eq!(run.id.as_deref(), Some("r"));
    assert!(journal.unfinished().unwrap().is_empty(), "it went on under its id");
    let over = agent.recover("r").await.unwrap().run().await.unwrap();
    assert_eq!(over.messages, run.messages);
    let twice = agent.resume(&paused, [paused.calls()[0].allow()]).unwrap().run().await.unwrap_err();
    assert!(twice.is_refused_decision(), "{twice}");
    assert!(twice.to_string().contains("the run `r` has gone on since it was paused here"), "{twice}");
}

#[tokio::test(start_paused = true)]
async fn limits_go_on_counting_where_they_were() {
    let memory = Memory { crash_after: Some(3), ..Memory::default() };
    let slow =
        || Script::new().turn(Turn::new().call("add", r#"{"a":1,"b":2}"#).delay(std::time::Duration::from_secs(8)));
    let limits = Limits::default().wall_time(std::time::Duration::from_secs(10));
    let agent = |script: Script, journal: Memory| {
        Agent::builder(script).tools(tools![add]).limits(limits).journal(journal).build().unwrap()
    };
    let first = agent(slow(), memory.clone());
    let crashed = first.request("go").id("r").run();
    // Its own time does not end it: it hangs where it writes.
    tokio::time::timeout(std::time::Duration::from_secs(9), crashed).await.expect_err("it never gets further");
    let rest = Memory { crash_after: None, ..memory };
    let began = tokio::time::Instant::now();
    let run = agent(slow(), rest).recover("r").await.unwrap().run().await.unwrap();
    assert!(run.stop == Stop::WallTime, "{:?}", run.stop);
    assert_eq!(began.elapsed(), std::time::Duration::from_secs(2), "8 of 10 s were used");
}

static WIPED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Wipe something
#[tool(destructive)]
async fn wipe(what: &str) -> String {
    WIPED.lock().unwrap().push(what.to_owned());
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    format!("{what} is gone")
}

fn wiped(what: &str) -> usize {
    WIPED.lock().unwrap().iter().filter(|other| *other == what).count()
}

/// An agent whose model has this wiped, with this journal.
fn wiper(what: &str, journal: impl Journal + 'static) -> Agent {
    let script = Script::new().calls([("wipe", format!(r#"{{"what":"{what}"}}"#))]).text("done").text("done again");
    Agent::builder(script).tools(tools![wipe]).journal(journal).build().unwrap()
}

fn waits(run: &Run) -> (Paused, Vec<Decision>) {
    match &run.stop {
        Some(Stop::Approval(paused)) => (paused.clone(), paused.calls().iter().map(PendingCall::allow).collect()),
        other => panic!("{other:?}"),
    }
}

/// One of them ended as it should, and the other was refused with an error that says so.
#[track_caller]
fn one_of(ended: [fcall::Result<Run>; 2], why: &str) {
    let [first, second] = ended;
    let (run, error) = match (first, second) {
        (Ok(run), Err(error)) | (Err(error), Ok(run)) => (run, error),
        (first, second) => panic!("{first:?} and {second:?}"),
    };
    assert!(run.stop == Stop::Answer, "{:?}", run.stop);
    assert!(error.to_string().contains(why), "{error}");
}

#[tokio::test]
async fn a_run_that_waits_is_resumed_once_however_close_the_second_comes() {
    let folder = Folder::new("resumed");
    for (what, journal) in
        [("memory", Arc::new(Memory::default()) as Arc<dyn Journal>), ("file", Arc::new(folder.journal()))]
    {
        let agent = wiper(what, journal);
        let run = agent.request("go").id("r").run().await.unwrap();
        let (paused, decisions) = waits(&run);
        let resumed = || agent.clone().resume(&paused, decisions.clone()).unwrap().run();
        let (first, second) = tokio::join!(resumed(), resumed());
        assert!(
            [&first, &second]
                .into_iter()
                .filter_map(|ended| ended.as_ref().err())
                .all(fcall::Error::is_refused_decision)
        );
        one_of([first, second], "the run `r` goes on already");
        assert_eq!(wiped(what), 1);
        let late = resumed().await.unwrap_err();
        assert!(late.is_refused_decision() && late.to_string().contains("has gone on since"), "{late}");
    }
}

#[tokio::test]
async fn agents_apart_share_what_a_file_journal_knows() {
    let folder = Folder::new("apart");
    let agent = |journal| wiper("apart", journal);
    let run = agent(folder.journal()).request("go").id("r").run().await.unwrap();
    let (paused, decisions) = waits(&run);
    // Opened once more, as another process would.
    let resumed = |journal| {
        let script = Script::new().text("done");
        let other = Agent::builder(script).tools(tools![wipe]).journal(journal).build().unwrap();
        other.resume(&paused, decisions.clone()).unwrap().run()
    };
    let (first, second) = tokio::join!(resumed(folder.journal()), resumed(folder.journal()));
    // Goes on already, or has gone on: that is for the threads to say that look.
    one_of([first, second], "the run `r` ");
    assert_eq!(wiped("apart"), 1);
}

#[tokio::test]
async fn a_chat_and_an_agent_do_not_both_resume_a_run() {
    let agent = wiper("chat", Memory::default());
    let mut chat = agent.chat();
    let (paused, decisions) = waits(&chat.send("go").await.unwrap());
    agent.resume(&paused, decisions.clone()).unwrap().run().await.unwrap();
    let refused = chat.resume(decisions).await.unwrap_err();
    assert!(refused.is_refused_decision() && refused.to_string().contains("has gone on since"), "{refused}");
    assert_eq!(wiped("chat"), 1);
    assert_answered(chat.messages());
    assert_eq!(chat.send("and now?").await.unwrap().text, "done again", "the chat goes on");
    assert_answered(chat.messages());
}

#[tokio::test]
async fn a_chat_that_could_not_go_on_still_waits() {
    /// A journal that can't be read for a while.
    #[derive(Clone, Default)]
    struct Away(Memory, Arc<AtomicBool>);
    impl Journal for Away {
        fn append<'a>(&'a self, run: &'a str, record: &'a Record) -> BoxFuture<'a, JournalResult<()>> {
            self.0.append(run, record)
        }
        fn read<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>> {
            match self.1.load(Ordering::SeqCst) {
                true => Box::pin(async { Err("nobody is there".into()) }),
                false => self.0.read(run),
            }
        }
    }
    let journal = Away::default();
    let mut chat = wiper("still", journal.clone()).chat();
    let (_, decisions) = waits(&chat.send("go").await.unwrap());
    journal.1.store(true, Ordering::SeqCst);
    assert!(chat.resume(decisions.clone()).await.unwrap_err().is_journal());
    assert_answered(chat.messages());
    journal.1.store(false, Ordering::SeqCst);
    assert_eq!(chat.resume(decisions).await.unwrap().text, "done");
    assert_eq!(wiped("still"), 1);
}

#[tokio::test]
async fn two_new_runs_do_not_have_one_id() {
    let folder = Folder::new("same-id");
    let script = Script::new().text("one").text("two");
    let agent = run_with(&folder.journal(), &script);
    let (first, second) = tokio::join!(agent.request("A").id("same").run(), agent.request("B").id("same").run());
    one_of([first, second], "the run `same` goes on already");
    assert_eq!(script.left(), 1, "nothing was asked for the other");
}

#[tokio::test(start_paused = true)]
async fn a_run_is_recovered_once() {
    // Until its first call is approved and begins.
    let crashed = || async {
        let memory = Memory { crash_after: Some(3), ..Memory::default() };
        let agent = wiper("again", memory.clone());
        let (paused, decisions) = waits(&agent.request("go").id("r").run().await.unwrap());
        let memory = Memory { crash_after: None, ..memory };
        let agent = wiper("again", memory.clone());
        let state = agent.resume(&paused, decisions).unwrap();
        let begun = tokio::time::timeout(std::time::Duration::from_millis(5), state.run()).await;
        assert!(begun.is_err(), "it was dropped");
        memory
    };
    let agent = |memory: Memory| {
        let script = Script::new().text("done").text("never");
        Agent::builder(script).tools(tools![wipe]).journal(memory).build().unwrap()
    };
    let agent_ = agent(crashed().await);
    let (first, second) = (agent_.recover("r").await.unwrap(), agent_.recover("r").await.unwrap());
    let late = first.clone();
    let (first, second) = tokio::join!(first.run(), second.run());
    one_of([first, second], "the run `r` goes on already");
    let late = late.run().await.unwrap_err();
    assert!(late.to_string().contains("the run `r` has gone on since"), "{late}");
    assert_eq!(agent_.recover("r").await.unwrap().run().await.unwrap().text, "done");
}
