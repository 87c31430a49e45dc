//! What a program lends to its tools.

use std::{
    sync::{Arc, Mutex, mpsc},
    time::Duration,
};

use fcall::{Agent, CallContext, Outcome, Run, Tool, agent::CallStatus, testing::Script, tool, tools};

use super::calls;

struct Rates(f64);

#[derive(Default)]
struct Cart(Vec<String>);

struct User(&'static str);

trait Store: Send + Sync {
    fn name(&self) -> String;
}

struct Disk;

impl Store for Disk {
    fn name(&self) -> String {
        "disk".to_owned()
    }
}

type Basket = Cart;

/// Puts something into the cart
#[tool]
async fn put(what: String, #[state] cart: &mut Cart, #[context] cx: &CallContext, #[state] rates: &Rates) -> String {
    let before = cart.0.len();
    tokio::time::sleep(Duration::from_secs(8)).await;
    cart.0.push(what);
    format!("{before} -> {} at {} in turn {}", cart.0.len(), rates.0, cx.turn)
}

/// Looks into the cart
#[tool]
fn look(#[state] cart: &Basket, #[state] store: &dyn Store) -> String {
    format!("{} in {}", cart.0.join(","), store.name())
}

/// Says who asks
#[tool(blocking)]
fn who(#[state] user: &User, greeting: &str, #[context] cx: &CallContext) -> String {
    format!("{greeting} {} ({})", user.0, cx.tool)
}

/// Counts away from the runtime
#[tool(blocking)]
fn count(to: u32) -> u32 {
    assert!(to < 100, "the secret of the panic");
    (1..=to).sum()
}

#[tokio::test(start_paused = true)]
async fn calls_that_change_a_state_run_one_at_a_time_and_in_their_own_time() {
    let script = Script::new()
        .calls([("put", r#"{"what":"a"}"#), ("put", r#"{"what":"b"}"#)])
        .calls([("look", "{}")])
        .text("ok");
    let agent = Agent::builder(script)
        .tools(tools![put, look])
        .tool_timeout(Duration::from_secs(10))
        .state(Rates(1.5))
        .state_mut(Cart::default())
        .state_arc(Arc::new(Disk) as Arc<dyn Store>)
        .build()
        .expect("all states are given");
    let run = agent.run("go").await.expect("the script answers");
    let calls = calls(&run);
    let mut texts: Vec<_> = calls.iter().map(|(_, text, status)| (text.as_str(), *status)).collect();
    let looked = texts.pop().expect("three calls");
    texts.sort_unstable_by_key(|(text, _)| *text);
    assert_eq!(
        texts,
        [("0 -> 1 at 1.5 in turn 1", CallStatus::Done), ("1 -> 2 at 1.5 in turn 1", CallStatus::Done)],
        "16 s in all, 8 s each"
    );
    assert!(["a,b in disk", "b,a in disk"].contains(&looked.0), "{looked:?}");
}

#[test]
fn a_missing_state_is_told_before_anything_is_sent() {
    let build = |with: fn(fcall::agent::AgentBuilder) -> fcall::agent::AgentBuilder| {
        with(Agent::builder(Script::new()).tools(tools![put])).build().map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(
        build(|agent| agent.state(Rates(1.0))).expect_err("no cart"),
        "tool `put`: it needs the state `Cart`; give it with `.state_mut(..)`, or where each run brings its own, say \
         `.state_per_run::<Cart>()` and give it with `agent.request(..).state_mut(..)`"
    );
    assert_eq!(
        build(|agent| agent.state(Rates(1.0)).state(Cart::default())).expect_err("the cart can't be changed"),
        "tool `put`: it changes the state `Cart`, which was given to be looked at only; give it with `.state_mut(..)` \
         instead of `.state(..)`"
    );
    let twice = build(|agent| agent.state(Rates(1.0)).state(Rates(2.0)).state_mut(Cart::default()));
    assert!(twice.expect_err("two rates").contains("Rates` is given twice; keep one"));
    assert_eq!(build(|agent| agent.state(Rates(1.0)).state_mut(Cart::default())), Ok(()));
}

#[tokio::test]
async fn a_run_brings_its_own_state() {
    let script = || Script::new().calls([("who", r#"{"greeting":"hi"}"#)]).text("ok");
    let agent = Agent::builder(script()).tools(tools![who]).state_per_run::<User>().build().expect("promised");
    let error = agent.run("go").await.expect_err("no user came").to_string();
    assert!(error.contains("tool `who`: it needs the state `User`"), "{error}");
    let run = agent.request("go").state(User("Ada")).run().await.expect("the script answers");
    assert_eq!(calls(&run), [("who", "hi Ada (who)".to_owned(), CallStatus::Done)]);
    let agent = Agent::builder(script()).tools(tools![who]).state(User("Bob")).build().expect("given");
    let run = agent.request("go").state(User("Eve")).run().await.expect("the script answers");
    assert_eq!(calls(&run), [("who", "hi Eve (who)".to_owned(), CallStatus::Done)]);
}

#[tokio::test]
async fn a_call_by_hand_is_lent_what_its_context_has() {
    let cx = CallContext::new()
        .state(Rates(2.0))
        .state_mut(Cart(vec!["x".to_owned()]))
        .state_arc::<dyn Store>(Arc::new(Disk));
    match Tool::of::<look>().call(&cx, "{}").await {
        Outcome::Done(output) => assert_eq!(output.content()[0].as_text(), Some("x in disk")),
        other => panic!("{other:?}"),
    }
    match Tool::of::<look>().call(&CallContext::new(), "{}").await {
        Outcome::Fatal(text) => {
            assert!(text.starts_with("tool `look`: it needs the state `Basket`; give it"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_blocking_function_leaves_the_thread_that_polls() {
    let script = Script::new().calls([("count", r#"{"to":4}"#), ("count", r#"{"to":100}"#)]).text("ok");
    let agent = Agent::builder(script).tools(tools![count]).build().expect("one tool");
    let run = agent.run("go").await.expect("the script answers");
    let expected = [
        ("count", "10".to_owned(), CallStatus::Done),
        ("count", "the tool failed unexpectedly".to_owned(), CallStatus::Panicked),
    ];
    assert_eq!(calls(&run), expected);
}

#[derive(Default)]
struct Shelf(usize);

/// Puts something onto the shelf
#[tool]
async fn shelve(#[state] shelf: &mut Shelf) -> usize {
    tokio::time::sleep(Duration::from_secs(8)).await;
    shelf.0 += 1;
    shelf.0
}

/// Puts something into the cart
#[tool]
async fn pack(#[state] cart: &mut Cart) -> usize {
    tokio::time::sleep(Duration::from_secs(8)).await;
    cart.0.push("x".to_owned());
    cart.0.len()
}

/// Moves all from the cart to the shelf
#[tool]
async fn unpack(#[state] cart: &mut Cart, #[state] shelf: &mut Shelf) -> usize {
    tokio::time::sleep(Duration::from_secs(8)).await;
    shelf.0 += cart.0.drain(..).count();
    shelf.0
}

/// Takes stock
#[tool(timeout = "60s")]
async fn stocktake(#[state] cart: &mut Cart) -> usize {
    tokio::time::sleep(Duration::from_secs(50)).await;
    cart.0.len()
}

/// The statuses of these calls of one turn, each of which has 10 s.
async fn queue(names: &[&'static str]) -> Vec<CallStatus> {
    let script = Script::new().calls(names.iter().map(|name| (*name, "{}"))).text("ok");
    let agent = Agent::builder(script)
        .tools(tools![shelve, pack, unpack, stocktake])
        .tool_timeout(Duration::from_secs(10))
        .state_mut(Cart::default())
        .state_mut(Shelf::default())
        .build()
        .expect("all states are given");
    let run = agent.run("go").await.expect("the script answers");
    run.calls().map(|call| call.status).collect()
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_moves_is_waited_in() {
    assert_eq!(queue(&["pack"; 12]).await, [CallStatus::Done; 12]);
    assert_eq!(queue(&["stocktake", "pack", "pack"]).await, [CallStatus::Done; 3], "by the time of who holds it");
    // Behind one that waits for another state, whichever is taken first.
    let behind = |name: &'static str, other| [name, name, name, name, "unpack", other, other];
    assert_eq!(queue(&behind("shelve", "pack")).await, [CallStatus::Done; 7]);
    assert_eq!(queue(&behind("pack", "shelve")).await, [CallStatus::Done; 7]);
}

#[tokio::test(start_paused = true)]
async fn runs_of_one_agent_wait_for_each_other() {
    let script = (0..4).fold(Script::new(), |script, _| script.calls([("pack", "{}")]));
    let script = (0..4).fold(script, |script, _| script.text("ok"));
    let agent = Agent::builder(script)
        .tools(tools![pack])
        .tool_timeout(Duration::from_secs(10))
        .state_mut(Cart::default())
        .build()
        .expect("all states are given");
    let (a, b, c, d) = tokio::join!(agent.run("1"), agent.run("2"), agent.run("3"), agent.run("4"));
    let status = |run: fcall::Result<Run>| run.expect("the script answers").calls().next().map(|call| call.status);
    assert_eq!([a, b, c, d].map(status), [Some(CallStatus::Done); 4]);
}

static LETS_GO: Mutex<Option<mpsc::Receiver<()>>> = Mutex::new(None);

/// Never gives the cart back
#[tool(blocking)]
fn clutch(#[state] cart: &mut Cart) -> usize {
    let lets_go = LETS_GO.lock().expect("nobody panics").take();
    // Nothing is ever sent: it ends when the other half is dropped.
    lets_go.map(|lets_go| lets_go.recv());
    cart.0.len()
}

/// Looks how much there is
#[tool]
fn weigh(#[state] cart: &Cart) -> usize {
    cart.0.len()
}

#[tokio::test]
async fn a_state_that_is_never_given_back_is_not_waited_for_without_end() {
    let (let_go, lets_go) = mpsc::channel();
    *LETS_GO.lock().expect("nobody panics") = Some(lets_go);
    let script = Script::new().calls([("clutch", "{}"), ("weigh", "{}"), ("weigh", "{}")]).text("ok");
    let agent = Agent::builder(script)
        .tools(tools![clutch, weigh])
        .tool_timeout(Duration::from_millis(50))
        .state_mut(Cart::default())
        .build()
        .expect("all states are given");
    let run = agent.run("go").await.expect("the script answers");
    drop(let_go);
    let calls = calls(&run);
    assert_eq!(calls[0].1, "the tool did not finish within 50ms");
    for (_, text, status) in &calls[1..] {
        assert_eq!(*status, CallStatus::TimedOut);
        assert!(text.starts_with("not carried out: another call still held what the tool needs"), "{text}");
    }
}
