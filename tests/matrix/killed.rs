//! The process is killed inside a call, and another one goes on from the journal.
//!
//! Of a chat the question that was asked is a run like any other: it is recovered with the conversation before it, by
//! the id that the journal gave it, and a new chat goes on with what it left. The `Chat` itself is of its process.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use fcall::{
    FileJournal, Message, Protocol, Run,
    agent::{CallStatus, Journal, JournalResult, Record, Stop},
    client::Retry,
    journal::Durability,
    model::BoxFuture,
    serde_json,
};

use crate::{
    calls::{answered, beside, statuses},
    cell::{Cell, Way, went_on},
    said::{assert_said, error_like, lines},
    talk::{Heard, Talk},
    tools::{BESIDE, Stage},
};

const ROW: &str = "process_killed";
const WAY: &str = "FCALL_MATRIX_WAY";
const PROTOCOL: &str = "FCALL_MATRIX_PROTOCOL";
const ADDRESS: &str = "FCALL_MATRIX_ADDRESS";
const FOLDER: &str = "FCALL_MATRIX_FOLDER";

pub(crate) async fn process_killed(cell: Cell) {
    let bad = ("fail", r#"{"how":"hang"}"#);
    let server = cell.serve(beside(bad).text("That is all."), &Arc::default()).await;
    let folder =
        std::env::temp_dir().join(format!("fcall-{}-{}", cell.to_string().replace("::", "-"), std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let command = |test: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([&format!("killed::{test}"), "--exact", "--ignored", "--nocapture"]);
        command.env(WAY, format!("{:?}", cell.way)).env(PROTOCOL, cell.protocol.name());
        command.env(ADDRESS, server.base_url(cell.protocol)).env(FOLDER, &folder);
        command
    };
    // The server is of this thread, so another one waits for the child.
    let child = command("is_killed_in_a_call");
    tokio::task::spawn_blocking(|| kill(child)).await.unwrap();
    assert_eq!(server.requests().len(), 2);
    assert_eq!(added(&folder), 3, "each was carried out before");

    let mut child = command("recovers");
    let output = tokio::task::spawn_blocking(move || child.output()).await.unwrap().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("1 passed"), "{out}\n{err}");
    assert_eq!(added(&folder), 4, "none was carried out twice, and one more later");
    assert_eq!(server.requests().len(), 5, "no reply was asked for twice");

    let run: Run = serde_json::from_str(&fs::read_to_string(folder.join("run.json")).unwrap()).unwrap();
    assert!(run.stop == Stop::Answer && run.turns == 3, "{:?} after {} turns", run.stop, run.turns);
    assert_eq!(statuses(&run), [CallStatus::Done, CallStatus::Done, CallStatus::Interrupted, CallStatus::Done]);
    let messages: Vec<Message> =
        serde_json::from_str(&fs::read_to_string(folder.join("messages.json")).unwrap()).unwrap();
    let mut said = answered(bad, error_like("interrupted: "));
    assert_said(&lines(&run.messages), &said, "the run that was recovered");
    said.extend(went_on());
    assert_said(&lines(&messages), &said, "the conversation");
    cell.leave(&server.requests(), &messages, &said, Vec::new());
    fs::remove_dir_all(&folder).unwrap();
}

/// Waits until the child says that it is ready, and kills it.
fn kill(mut child: Command) {
    let mut process = child.stdout(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(process.stdout.take().unwrap());
    let is_ready = out.lines().any(|line| line.unwrap().contains("ready"));
    assert!(is_ready, "it ended by itself: {:?}", process.wait());
    process.kill().unwrap();
    let status = process.wait().unwrap();
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{status}");
    assert!(!status.success());
}

/// How often numbers were added, by any process.
fn added(folder: &Path) -> usize {
    fs::read_to_string(folder.join("added.txt")).unwrap().lines().count()
}

fn folder() -> PathBuf {
    std::env::var_os(FOLDER).expect("set by the parent").into()
}

/// The cell that the parent is, and a talk on a stage that writes down what is added.
fn scene(journal: impl Journal + 'static) -> (Cell, Talk, Arc<Stage>) {
    let variable = |name: &str| std::env::var(name).expect("set by the parent");
    let way = Way::ALL.into_iter().find(|way| format!("{way:?}") == variable(WAY)).unwrap();
    let protocol: Protocol = variable(PROTOCOL).parse().unwrap();
    let cell = Cell { row: ROW, way, protocol };
    let stage = Arc::new(Stage::writing(folder().join("added.txt")));
    let agent = cell.agent(&variable(ADDRESS), Retry::never(), &stage).journal(journal).build().unwrap();
    (cell, Talk::new(cell, agent), stage)
}

fn journal() -> FileJournal {
    FileJournal::open(folder().join("journal")).unwrap().durability(Durability::Process)
}

/// A journal that says when it has all that it will have: the call that hangs has begun, and those beside it have ended.
struct Watched {
    journal: FileJournal,
    written: Arc<AtomicUsize>,
}

impl Journal for Watched {
    fn append<'a>(&'a self, run: &'a str, record: &'a Record) -> BoxFuture<'a, JournalResult<()>> {
        Box::pin(async move {
            self.journal.append(run, record).await?;
            let counts = match record {
                Record::CallBegan { name, .. } => name == "fail",
                record => matches!(record, Record::CallEnded(_)),
            };
            if counts && self.written.fetch_add(1, Ordering::SeqCst) == BESIDE {
                println!("ready");
                std::io::stdout().flush()?;
            }
            Ok(())
        })
    }

    fn read<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>> {
        self.journal.read(run)
    }
}

#[tokio::test]
#[ignore = "run as a child by process_killed"]
async fn is_killed_in_a_call() {
    let (_, mut talk, _) = scene(Watched { journal: journal(), written: Arc::default() });
    let ended = talk.ask("Go").await;
    panic!("a call hangs: {ended:?}");
}

#[tokio::test]
#[ignore = "run as a child by process_killed"]
async fn recovers() {
    let (cell, talk, _) = scene(journal());
    let ids = journal().unfinished().unwrap();
    let [id] = &ids[..] else { panic!("one run was killed: {ids:?}") };
    let request = talk.agent().recover(id).await.unwrap();
    let run = match cell.way.streams() {
        true => {
            let mut heard = Heard::default();
            let run = heard.listen(request.stream()).await.unwrap();
            let interrupted = run.calls().nth(2).unwrap().call.id.clone();
            assert_eq!(heard.finished(), [interrupted], "only this call had no end before");
            run
        }
        false => request.run().await.unwrap(),
    };
    let mut talk = Talk::after(cell, talk.agent().clone(), run.messages.clone());
    talk.ask("And then?").await.unwrap();
    fs::write(folder().join("run.json"), serde_json::to_string(&run).unwrap()).unwrap();
    fs::write(folder().join("messages.json"), serde_json::to_string(talk.messages()).unwrap()).unwrap();
}
