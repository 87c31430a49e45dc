//! Typed answers: which form is asked for, by which way, and what is done about one that does not fit.
//!
//! Where the model's service holds it to a schema, that is how the answer comes; else it is the call of a tool that ends
//! the run. The loop stays the same: [`Wanted`] changes a request on its way out, and says whether what came is good.

mod closed;
mod end;
mod found;
mod slot;
mod stream;
mod typed;

use std::sync::Arc;

pub(super) use slot::Slot;
pub use stream::{TypedEvent, TypedStream};
pub use typed::Typed;

use super::State;
use crate::{
    error::Result,
    message::{Message, Request, ResponseFormat, ResponseSchema, ToolChoice},
    model::Model,
    schema::Secrets,
    toolbox::Toolbox,
};
use end::{FINAL, final_tool};

/// Makes what a run is to end with, once its model and its tools are known.
pub(super) type Wants<'a> = dyn Fn(&dyn Model, &Toolbox) -> Result<Wanted> + Send + Sync + 'a;

/// What kept an answer from being taken: what is wrong with it, a line each.
type Wrong = String;

/// What reads an answer, and keeps it.
pub(super) trait Reads: Send + Sync {
    /// Keeps the answer if the text is one; where it may stand `loosely`, among other words too.
    ///
    /// # Errors
    /// What is wrong with it, for the model.
    fn read(&self, text: &str, loosely: bool) -> Result<(), Wrong>;

    /// There is an answer.
    fn is_given(&self) -> bool;

    /// What of it must not be shown.
    fn secrets(&self) -> Secrets;
}

/// An answer of a form of its own, which a run is to end with.
pub(super) struct Wanted {
    reads: Arc<dyn Reads>,
    way: Way,
}

/// How the answer comes.
enum Way {
    /// The service holds the model to it.
    Native(ResponseFormat),
    /// By a call of the tool of this name, which is among these.
    Tool { name: String, tools: Toolbox },
}

impl Wanted {
    /// # Errors
    /// A schema that no service takes.
    pub(super) fn new(
        model: &dyn Model,
        tools: &Toolbox,
        schema: &ResponseSchema,
        reads: Arc<dyn Reads>,
    ) -> Result<Self> {
        let way = match model.structured(schema, tools.specs()) {
            Some(schema) => Way::Native(schema.into()),
            None => {
                let numbered = (2..).map(|number| format!("{FINAL}_{number}"));
                let mut names = std::iter::once(FINAL.to_owned()).chain(numbered);
                let name = names.find(|name| tools.get(name).is_none()).unwrap_or_default();
                let tool = final_tool(&name, schema, Arc::clone(&reads))?;
                Way::Tool { name, tools: tools.with(tool)? }
            }
        };
        Ok(Self { reads, way })
    }

    /// The name of the tool that the answer comes by.
    pub(super) fn tool(&self) -> Option<&str> {
        match &self.way {
            Way::Native(_) => None,
            Way::Tool { name, .. } => Some(name),
        }
    }

    /// The tools of the run: its own, and the one that the answer comes by.
    pub(super) fn tools<'a>(&'a self, own: &'a Toolbox) -> &'a Toolbox {
        match &self.way {
            Way::Native(_) => own,
            Way::Tool { tools, .. } => tools,
        }
    }

    /// The choice that a run begins with: where no call may be made, the answer is one all the same.
    pub(super) fn choice(&self, choice: ToolChoice) -> ToolChoice {
        match (&self.way, choice) {
            (Way::Tool { name, .. }, ToolChoice::None) => ToolChoice::named(name),
            (Way::Tool { name, .. }, ToolChoice::AutoOf(mut names)) => {
                names.push(name.clone());
                ToolChoice::AutoOf(names)
            }
            (_, choice) => choice,
        }
    }

    /// The request, with what it takes to be answered so.
    pub(super) fn asked<'r>(&'r self, request: Request<'r>) -> Request<'r> {
        match (&self.way, request.tool_choice) {
            (Way::Native(format), _) => request.format(format),
            (Way::Tool { .. }, ToolChoice::Auto) => request.tool_choice(&ToolChoice::Required),
            (Way::Tool { .. }, _) => request,
        }
    }

    /// The answer came by a call.
    pub(super) fn is_given(&self) -> bool {
        self.reads.is_given()
    }

    /// Takes the answer that came by a call before this process went on with the run.
    pub(super) fn recall(&self, state: &mut State) {
        let Some(arguments) = self.tool().and_then(|tool| state.last_done(tool)).filter(|_| !self.is_given()) else {
            return;
        };
        if self.reads.read(arguments, false).is_ok() {
            state.was_answered();
        }
    }

    /// Takes the answer that a run ended with; where it is no good, says so to the model and answers that the run goes on,
    /// unless it was wrong too often.
    pub(super) fn objects(&self, state: &mut State, wrong_so_far: &mut u32) -> bool {
        let Some(text) = state.last_answer().filter(|_| !self.is_given()) else { return false };
        let loosely = matches!(self.way, Way::Tool { .. });
        let Err(wrong) = self.reads.read(&text, loosely) else { return false };
        *wrong_so_far = wrong_so_far.saturating_add(1);
        if *wrong_so_far >= state.most_wrong() {
            return false;
        }
        let again = match &self.way {
            Way::Native(_) => format!("Your answer can't be used:{wrong}\nAnswer again, with all of it, corrected."),
            Way::Tool { name, .. } => format!("Answer by calling `{name}`: your text can't be used.{wrong}"),
        };
        state.object(Message::user(again));
        true
    }
}
