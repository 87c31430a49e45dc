//! The methods of a value as tools.

use std::sync::Mutex;

use fcall::{Agent, CallContext, Tool, Toolbox, testing::Script, tool, tool::IntoTools, tools, toolset};
use serde::Deserialize;

use super::{call, refusal, text};

struct Calendar {
    owner: &'static str,
    booked: Mutex<Vec<String>>,
}

#[derive(Deserialize, fcall::Schema)]
struct Slot {
    day: String,
}

#[toolset]
impl Calendar {
    const FIRST: u8 = 8;

    fn new(owner: &'static str) -> Self {
        Self { owner, booked: Mutex::default() }
    }

    /// Lists the free slots of a day
    #[tool(read_only)]
    async fn free_slots(
        &self,
        /// Which day
        day: &str,
        #[arg(range = 1..=3, default = 1)] many: u8,
    ) -> Vec<String> {
        tokio::task::yield_now().await;
        (0..many).map(|at| format!("{day} {}:00 with {}", Self::FIRST + at, self.owner)).collect()
    }

    /// Books a slot
    #[tool(name = "book-slot", destructive)]
    fn book(&self, slot: Slot, #[context] cx: &CallContext) -> Result<String, String> {
        let mut booked = self.booked.lock().map_err(|error| error.to_string())?;
        if booked.contains(&slot.day) {
            return Err(format!("{} is taken", slot.day));
        }
        booked.push(slot.day);
        Ok(format!("{} booked {}", booked.len(), cx.call_id))
    }

    /// Counts what is booked
    #[fcall::tool(blocking)]
    fn count(&self, #[state] offset: &usize) -> usize {
        self.booked.lock().map_or(0, |booked| booked.len()) + offset
    }

    #[cfg(any())]
    /// Is not there
    #[tool]
    fn absent(&self, what: NoSuchType) {}

    #[allow(dead_code)]
    fn helper(&self) {}
}

/// A function beside it
#[tool]
fn beside() {}

fn named(tools: &[Tool], name: &str) -> Tool {
    tools.iter().find(|tool| tool.name() == name).unwrap_or_else(|| panic!("no tool {name}: {tools:?}")).clone()
}

#[tokio::test]
async fn methods_share_their_value() {
    let calendar = Calendar::new("Ada");
    calendar.helper();
    let tools = calendar.into_tools();
    assert_eq!(tools.iter().map(Tool::name).collect::<Vec<_>>(), ["free_slots", "book-slot", "count"]);
    let (free, book) = (named(&tools, "free_slots"), named(&tools, "book-slot"));
    assert!(free.is_read_only() && book.is_destructive());
    assert_eq!(
        free.spec().schema,
        r#"{"type":"object","properties":{"day":{"type":"string","description":"Which day"},"many":{"type":"integer","minimum":1,"maximum":3,"default":1}},"required":["day"]}"#
    );
    let outcome = call(&free, r#"{"day":"mon","many":2}"#).await;
    assert!(matches!(&outcome, fcall::Outcome::Done(output) if format!("{output:?}").contains("mon 9:00 with Ada")));
    assert!(refusal(&call(&free, r#"{"many":4}"#).await).contains("from 1 to 3, got 4"));
    assert_eq!(text(&call(&book, r#"{"slot":{"day":"mon"}}"#).await), "1 booked ");
    assert!(
        matches!(call(&book, r#"{"slot":{"day":"mon"}}"#).await, fcall::Outcome::Failed(text) if text == "mon is taken")
    );
    let outcome = named(&tools, "count").call(&CallContext::new().state(10usize), "{}").await;
    assert!(matches!(&outcome, fcall::Outcome::Done(output) if format!("{output:?}").contains("11")), "{outcome:?}");
}

#[tokio::test]
async fn toolsets_and_tools_stand_side_by_side() {
    let script = Script::new().calls([("book-slot", r#"{"slot":{"day":"tue"}}"#), ("beside", "{}")]).text("ok");
    let rest = Toolbox::new(tools![beside]).expect("one tool");
    let agent =
        Agent::builder(script).tools(Calendar::new("Bob")).tools(rest).state(1usize).build().expect("all is given");
    let run = agent.run("go").await.expect("the script answers");
    assert_eq!(run.calls().count(), 2);
    let twice = Toolbox::new(Calendar::new("a").into_tools().into_iter().chain(Calendar::new("b").into_tools()));
    assert!(twice.is_err(), "two calendars have the same tools");
}

struct Shelf<T>(Vec<T>);

#[toolset]
impl<T> Shelf<T>
where
    T: Clone + serde::Serialize,
{
    /// Takes what stands there
    #[tool]
    fn at(&self, place: usize) -> Result<T, String> {
        self.0.get(place).cloned().ok_or_else(|| format!("nothing stands at {place}"))
    }

    /// Counts what stands there
    #[tool(blocking)]
    fn count(&self, #[state] offset: &usize) -> usize {
        self.0.len() + offset
    }
}

#[tokio::test]
async fn a_generic_value_has_tools() {
    let (texts, numbers) = (Shelf(vec!["atlas", "novel"]).into_tools(), Shelf(vec![7u8]).into_tools());
    assert_eq!(text(&call(&named(&texts, "at"), r#"{"place":1}"#).await), "novel");
    let outcome = call(&named(&numbers, "at"), r#"{"place":1}"#).await;
    assert!(matches!(&outcome, fcall::Outcome::Failed(text) if text == "nothing stands at 1"), "{outcome:?}");
    let outcome = named(&texts, "count").call(&CallContext::new().state(10usize), "{}").await;
    assert!(matches!(&outcome, fcall::Outcome::Done(output) if format!("{output:?}").contains("12")), "{outcome:?}");
}
