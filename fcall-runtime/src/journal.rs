//! A journal in files: a folder with one file for each run, one line of JSON for each record.
//!
//! A line counts once its end of line is there. What a crash left of a line is cut off before the next one is written.

use std::{
    fs::{self, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    agent::{Claim, Claims, Journal, JournalResult, Record},
    model::BoxFuture,
    sync::{File, Mutex, OpenOptions, spawn_blocking},
};

/// What a record survives once it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// The end of the process, however it ends.
    Process,
    /// The loss of power as well: each record is synced to the disk, which takes its time.
    #[default]
    Machine,
}

/// A [`Journal`] in the files of a folder.
///
/// A run that goes on is claimed ([`Journal::claim`]): in one process for all clones of the journal, and on Unix for everybody
/// who opened the folder, in this process or another of the machine. There its file is held open and locked as long as it goes
/// on, and the system lets go of it when the process ends, so a run whose process was killed can be recovered at once. On
/// other systems, on file systems without locks, and between machines that share a folder, only one process may go on with a
/// run at a time, and the program has to see to that.
///
/// # Examples
/// ```no_run
/// use fcall_runtime::{agent::Agent, journal::FileJournal, model::Model};
///
/// # async fn demo(model: impl Model + 'static) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// let journal = FileJournal::open("runs")?;
/// let agent = Agent::builder(model).journal(journal.clone()).build()?;
/// for id in journal.unfinished()? {
///     let run = agent.recover(&id).await?.run().await?;
///     println!("{id}: {run}");
/// }
/// let run = agent.request("Book the flight").id("booking-17").run().await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct FileJournal(Arc<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    durability: Durability,
    /// Whoever appends to a file holds the lock that its name falls to.
    locks: Arc<[Mutex<()>; 16]>,
    /// The runs that go on.
    claims: Claims,
}

/// The version of the lines; a later one than ours is refused.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    record: &'a Record,
}

/// The version says how to read the rest.
#[derive(Deserialize)]
struct SavedLine<'a> {
    version: u32,
    #[serde(borrow)]
    record: &'a RawValue,
}

impl FileJournal {
    /// A journal in this folder, which is made where it is not there.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn open(folder: impl Into<PathBuf>) -> io::Result<Self> {
        let path = folder.into();
        fs::create_dir_all(&path)?;
        let (durability, locks, claims) = (Durability::default(), Arc::default(), Claims::default());
        Ok(Self(Arc::new(Folder { path, durability, locks, claims })))
    }

    /// What a record survives; by default the loss of power.
    #[must_use]
    pub fn durability(self, durability: Durability) -> Self {
        let Folder { path, locks, claims, .. } = &*self.0;
        let (path, locks, claims) = (path.clone(), Arc::clone(locks), claims.clone());
        Self(Arc::new(Folder { path, durability, locks, claims }))
    }

    /// The ids of the runs that are not over: their process is no more, or they still go on, or they wait for decisions.
    ///
    /// # Errors
    /// The folder or one of its files can't be read.
    pub fn unfinished(&self) -> io::Result<Vec<String>> {
        let mut ids = Vec::new();
        for entry in fs::read_dir(&self.0.path)? {
            let path = entry?.path();
            let Some(id) = id(&path) else { continue };
            if !matches!(lines(&path)?.last(), None | Some(Record::Over { .. })) {
                ids.push(id);
            }
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// Forgets the run with this id; nothing happens where there is none.
    ///
    /// # Errors
    /// Its file can't be removed.
    pub fn remove(&self, run: &str) -> io::Result<()> {
        match fs::remove_file(self.0.file(run)?) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Journal for FileJournal {
    fn append<'a>(&'a self, run: &'a str, record: &'a Record) -> BoxFuture<'a, JournalResult<()>> {
        Box::pin(async move {
            let mut line = serde_json::to_vec(&Line { version: VERSION, record })?;
            line.push(b'\n');
            let (folder, run) = (Arc::clone(&self.0), run.to_owned());
            spawn_blocking(move || folder.append(&run, &line)).await??;
            Ok(())
        })
    }

    fn read<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Vec<Record>>> {
        Box::pin(async move {
            let file = self.0.file(run)?;
            Ok(spawn_blocking(move || lines(&file)).await??)
        })
    }

    fn claim<'a>(&'a self, run: &'a str) -> BoxFuture<'a, JournalResult<Option<Claim>>> {
        Box::pin(async move {
            let file = self.0.file(run)?;
            let Some(claimed) = self.0.claims.take(run) else { return Ok(None) };
            let lock = move || lock(&file).map(|lock| lock.map(|lock| Claim::new((lock, claimed))));
            Ok(spawn_blocking(lock).await??)
        })
    }
}

impl Folder {
    fn file(&self, run: &str) -> io::Result<PathBuf> {
        /// What every file system takes, with room for the ending.
        const LONGEST: usize = 240;
        let name = escaped(run);
        match name.len() {
            1..=LONGEST => Ok(self.path.join(format!("{name}.jsonl"))),
            length => {
                let why =
                    format!("the id of a run must have 1 to {LONGEST} bytes as a file name, this one has {length}");
                Err(io::Error::new(io::ErrorKind::InvalidInput, why))
            }
        }
    }

    fn append(&self, run: &str, line: &[u8]) -> io::Result<()> {
        let path = self.file(run)?;
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        let lock = usize::try_from(hasher.finish() % 16).unwrap_or_default();
        let _held = self.locks.get(lock).map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner));
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path)?;
        let is_new = cut_torn_line(&mut file)? == 0;
        file.write_all(line)?;
        if self.durability == Durability::Machine {
            file.sync_data()?;
            if is_new {
                sync_folder(&self.path)?;
            }
        }
        Ok(())
    }
}

/// Cuts off what a crash left of a line; how much there is before it.
fn cut_torn_line(file: &mut File) -> io::Result<u64> {
    let length = file.metadata()?.len();
    let mut last = [b'\n'];
    if length > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    if last == *b"\n" {
        return Ok(length);
    }
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let whole = u64::try_from(whole).unwrap_or(length);
    file.set_len(whole)?;
    Ok(whole)
}

/// Locks the file of a run, which is made where it is not there, against other processes; `None` where one has it locked.
///
/// The system gives it free when the process ends. On others than Unix a lock would keep the file from being read, and on
/// some file systems there are none: there nothing is locked.
fn lock(path: &Path) -> io::Result<Option<Option<fs::File>>> {
    if !cfg!(unix) {
        return Ok(Some(None));
    }
    let file = fs::OpenOptions::new().read(true).append(true).create(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(Some(file))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(Some(None)),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// That a file is there has to reach the disk too.
fn sync_folder(path: &Path) -> io::Result<()> {
    match cfg!(unix) {
        true => fs::File::open(path)?.sync_all(),
        // Elsewhere folders can't be opened as files.
        false => Ok(()),
    }
}

/// The records of a file, up to the last whole line; none where there is no file.
fn lines(path: &Path) -> io::Result<Vec<Record>> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let lines = text.get(..whole).unwrap_or_default().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let read = |(number, line): (usize, &[u8])| {
        record(line).map_err(|why| {
            let why = format!("{}, line {}: {why}", path.display(), number + 1);
            io::Error::new(io::ErrorKind::InvalidData, why)
        })
    };
    lines.enumerate().map(read).collect()
}

fn record(line: &[u8]) -> Result<Record, String> {
    let saved: SavedLine<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    match saved.version {
        1..=VERSION => serde_json::from_str(saved.record.get()).map_err(|error| error.to_string()),
        later => Err(format!("a journal of version {later}; this program reads versions 1 to {VERSION}")),
    }
}

/// The id as a file name: small letters, digits, `-` and `_` stand for themselves; some file systems know no capitals.
fn escaped(id: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
        other => format!("%{other:02x}"),
    };
    id.bytes().map(escape).collect()
}

/// The id that a file is named after; `None` where it is not one of ours.
fn id(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".jsonl")?;
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let hex = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}
