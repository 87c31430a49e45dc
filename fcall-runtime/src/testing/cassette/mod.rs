//! Traffic with real services, recorded once and replayed ever after.
//!
//! `file` is the form on disk; `client::Hidden` keeps keys out of it. What is recorded is what the client sends and reads, so
//! that a replay takes the same way through protocol, retries and errors as the real thing.

mod file;
mod mode;

use std::{
    fmt,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use file::{Exchange, Request};
pub use mode::Mode;

use super::difference::{Differences, cut};
use crate::{
    client::{Answer, Asked, Hidden, Service, ServiceModel, Tape},
    error::{Error, Result},
    message::Assembler,
};

/// How much of a request is shown that nothing answers.
const ASKED: usize = 2_000;

/// Traffic with services in a file: recorded from the real ones, replayed without network and without a key.
///
/// The file is JSON with a version, made to be checked in and read in a review: for each exchange the request (method,
/// path, JSON body) and the response (status, the headers that matter, the body in the pieces in which it came, and
/// whether it broke off). A key never lands in it: headers that tell who asks are left out, and so are keys in a query;
/// the text of the key is replaced wherever else it stands. [`hide`](Self::hide) does the same for other texts.
///
/// A request is answered with the first unused exchange of the same method, path and body, bodies compared by what they
/// mean as JSON. One that matches none is an error that says what was asked, which exchange comes nearest and what sets
/// it apart. A request that got no answer at all is not recorded.
///
/// One test has one cassette: two that record to one file overwrite each other. It is written by
/// [`assert_all_used`](Self::assert_all_used), else when it and the models made with it are dropped; not by a test that
/// panics.
///
/// # Examples
/// ```no_run
/// use fcall_runtime::{agent::Agent, client::Service, testing::{Cassette, Mode}};
///
/// # async fn example() -> fcall_runtime::Result<()> {
/// let cassette = Cassette::open("tests/cassettes/weather.json", Mode::from_env()?)?;
/// let agent = Agent::new(cassette.service(Service::openai()).model("gpt-4o"));
/// let run = agent.run("What's the weather like in Paris?").await?;
/// assert!(run.text.contains("Paris"));
/// cassette.assert_all_used();
/// # Ok(())
/// # }
/// ```
pub struct Cassette(Arc<Inner>);

struct Inner {
    path: PathBuf,
    plays: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    hidden: Vec<String>,
    /// How many requests were sent to be recorded.
    numbers: usize,
    /// What was recorded, by number; or what there is to play, each with whether it was.
    exchanges: Vec<(usize, Exchange)>,
    used: Vec<bool>,
    /// What a test has to be told.
    faults: Vec<String>,
    written: bool,
}

impl Cassette {
    /// The cassette at this path, to record or to replay; a relative path counts from where the test runs: the folder
    /// of its package.
    ///
    /// # Errors
    /// To replay: no file there, one that is no recording, or one of a later version.
    pub fn open(path: impl AsRef<Path>, mode: Mode) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let plays = match mode {
            Mode::Record => false,
            Mode::Replay => true,
            Mode::Auto => path.exists(),
        };
        let mut state = State::default();
        if plays {
            state.exchanges = file::read(&path)?.into_iter().enumerate().collect();
            state.used = vec![false; state.exchanges.len()];
        }
        Ok(Self(Arc::new(Inner { path, plays, state: Mutex::new(state) })))
    }

    /// Whether it answers from its file.
    pub fn is_replay(&self) -> bool {
        self.0.plays
    }

    /// Keeps this text out of the file too: a name, an account.
    #[must_use]
    pub fn hide(self, text: impl Into<String>) -> Self {
        self.0.state().hidden.push(text.into());
        self
    }

    /// The service, recorded or replayed.
    pub fn service(&self, service: Service) -> Service {
        service.taped(Arc::clone(&self.0) as Arc<dyn Tape>)
    }

    /// The model, recorded or replayed.
    pub fn model(&self, model: ServiceModel) -> ServiceModel {
        model.taped(Arc::clone(&self.0) as Arc<dyn Tape>)
    }

    /// Checks that every recording was asked for, and that every request had one; a cassette that records is written.
    ///
    /// # Panics
    /// Where one was not, with the list; where a request matched none; where the file can't be written, or would hold a
    /// secret.
    #[track_caller]
    pub fn assert_all_used(&self) {
        if !self.0.plays
            && let Err(error) = self.0.write()
        {
            panic!("{error:?}");
        }
        let state = self.0.state();
        if let Some(fault) = state.faults.first() {
            let more = state.faults.len() - 1;
            let more = if more > 0 { format!("\n({more} more requests went wrong)") } else { String::new() };
            panic!("{fault}{more}");
        }
        let unused = state.exchanges.iter().zip(&state.used).filter(|(_, used)| !**used);
        let unused: Vec<_> =
            unused.map(|((at, exchange), _)| format!("  {} ({})", at + 1, name(&exchange.request))).collect();
        if !unused.is_empty() {
            let (number, all) = (unused.len(), state.exchanges.len());
            let path = self.0.path.display();
            panic!("{number} of the {all} exchanges in {path} were not asked for:\n{}", unused.join("\n"));
        }
    }
}

/// A request in a few words.
fn name(request: &Request) -> String {
    format!("{} {}", request.method, request.path)
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was recorded, unless nothing was or all is written.
    fn write(&self) -> Result<()> {
        let mut state = self.state();
        if self.plays || state.written || state.exchanges.is_empty() {
            return Ok(());
        }
        // Requests that ran at the same time ended in any order.
        state.exchanges.sort_by_key(|(number, _)| *number);
        file::write(&self.path, state.exchanges.iter().map(|(_, exchange)| exchange.clone()).collect())?;
        state.written = true;
        Ok(())
    }

    /// Why nothing answers this request.
    fn unmatched(&self, state: &State, request: &Request) -> String {
        let (asked, path) = (name(request), self.path.display());
        let again = "to record anew: `Mode::Record`, or FCALL_CASSETTE=record where the mode is `Mode::from_env()`";
        let alike = state.exchanges.iter().filter(|(_, exchange)| is_same(&exchange.request, request)).count();
        if alike > 0 {
            return format!(
                "{asked} is recorded {alike} times in {path}, and was asked for once more: each exchange answers once \
                 ({again})\n  asked: {}",
                cut(&request.body, ASKED)
            );
        }
        let distance = |exchange: &Exchange| {
            let other = &exchange.request;
            let place = usize::from(other.method != request.method) + usize::from(other.path != request.path);
            place * 8 + Differences::between(&other.body, &request.body).count
        };
        let candidates = state.exchanges.iter().zip(&state.used);
        // Of two that are as near, the one that was not asked for yet.
        let nearest = candidates.min_by_key(|((_, exchange), used)| (distance(exchange), **used));
        let Some(((at, nearest), used)) = nearest else {
            return format!(
                "{asked} is not recorded in {path}, which is empty ({again})\n  asked: {}",
                cut(&request.body, ASKED)
            );
        };
        let used = if *used { ", which was asked for before" } else { "" };
        let mut told = format!(
            "{asked} is not recorded in {path} ({again})\n  asked: {}\n  nearest: exchange {} of {} ({}){used}; the \
             request differs from it in",
            cut(&request.body, ASKED),
            at + 1,
            state.exchanges.len(),
            name(&nearest.request)
        );
        if name(&nearest.request) != asked {
            told += &format!("\n  the address: expected {}, got {asked}", name(&nearest.request));
        }
        let differences = Differences::between(&nearest.request.body, &request.body);
        if !differences.is_empty() {
            told += &format!("\n{differences}");
        }
        told
    }
}

/// Whether two requests ask the same.
fn is_same(a: &Request, b: &Request) -> bool {
    a.method == b.method && a.path == b.path && Differences::between(&a.body, &b.body).is_empty()
}

impl Tape for Inner {
    fn plays(&self) -> bool {
        self.plays
    }

    fn play(&self, asked: &Asked, secrets: &[String]) -> Result<Answer> {
        let mut state = self.state();
        let request = Request::new(asked, &Hidden::new(secrets, &state.hidden));
        let mut unused = state.exchanges.iter().zip(&state.used).enumerate().filter(|(_, (_, used))| !**used);
        let found = unused.find(|(_, ((_, exchange), _))| is_same(&exchange.request, &request)).map(|(at, _)| at);
        match found {
            Some(at) => {
                state.used[at] = true;
                state.exchanges[at].1.response.answer()
            }
            None => {
                let fault = self.unmatched(&state, &request);
                state.faults.push(fault.clone());
                Err(Error::setup(fault))
            }
        }
    }

    fn number(&self) -> usize {
        let mut state = self.state();
        state.numbers += 1;
        state.numbers
    }

    fn keep(&self, number: usize, asked: Asked, answer: Answer, secrets: &[String]) {
        let mut state = self.state();
        let hidden = Hidden::new(secrets, &state.hidden);
        let exchange = Exchange::new(&asked, answer, &hidden);
        if spells(&asked, &exchange, &hidden) {
            state.faults.push(format!(
                "the answer to request {number} ({}) is not recorded: it spells out a secret in pieces, where it can't \
                 be replaced; keep the secret out of the conversation",
                name(&exchange.request)
            ));
            return;
        }
        state.exchanges.push((number, exchange));
        state.used.push(true);
        state.written = false;
    }
}

/// Whether the reply holds a secret once its pieces are put together.
fn spells(asked: &Asked, exchange: &Exchange, hidden: &Hidden) -> bool {
    let Ok(answer) = exchange.response.answer() else { return false };
    let mut reply = Assembler::new(0);
    let mut decoder = asked.protocol.decoder();
    // What is no reply has no pieces.
    let _ = answer.chunks.iter().try_for_each(|chunk| decoder.feed(chunk, &mut reply));
    let _ = decoder.finish(&mut reply);
    serde_json::to_value(reply.finish()).is_ok_and(|reply| any_text(&reply, &|text| hidden.is_in(text)))
}

fn any_text(value: &serde_json::Value, is: &dyn Fn(&str) -> bool) -> bool {
    match value {
        serde_json::Value::String(text) => is(text),
        serde_json::Value::Array(items) => items.iter().any(|item| any_text(item, is)),
        serde_json::Value::Object(members) => members.values().any(|value| any_text(value, is)),
        _ => false,
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if thread::panicking() {
            return;
        }
        if let Err(error) = self.write() {
            // Who has no stderr is not told.
            let _ = writeln!(io::stderr(), "fcall: {error:?}");
        }
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.state();
        f.debug_struct("Cassette")
            .field("path", &self.0.path)
            .field("replay", &self.0.plays)
            .field("exchanges", &state.exchanges.len())
            .finish_non_exhaustive()
    }
}
