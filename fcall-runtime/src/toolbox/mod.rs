//! The tools one program or one agent may call, looked up by name.
//!
//! Filled once at start-up and read-only from then on. When and how often a tool runs is `agent::execute`'s to decide;
//! [`Toolbox::call`] is for those who drive the loop themselves.

mod finding;
mod told;
mod totals;

use std::{fmt, sync::Arc};

pub use finding::Finding;

use crate::{
    error::{Error, Kind, Result},
    message::{Message, Part, ToolSpecs},
    schema::{Form, Secrets},
    sync::Mutex,
    tool::{CallContext, IntoTools, Outcome, Tool, ToolDef},
};

/// A set of tools, sorted by name, no two of one name. Cheap to clone.
#[derive(Clone)]
pub struct Toolbox(Arc<Inner>);

struct Inner {
    tools: Vec<Tool>,
    /// By place: a model is not told of the tool. Empty where it is told of all.
    deferred: Vec<bool>,
    /// Of those that it is told of.
    specs: Arc<ToolSpecs>,
    has_secrets: bool,
    /// Some of them, as they were last asked for.
    subsets: Mutex<Vec<told::Subset>>,
}

/// An annotated function, as it enters the inventory.
#[derive(Debug)]
pub struct Entry(pub fn() -> &'static ToolDef);

inventory::collect!(Entry);

impl Toolbox {
    /// These tools.
    ///
    /// # Errors
    /// Two tools of one name: the error names both places. A schema that no form of some protocol takes: what the
    /// compiler could not see of it, since it came from elsewhere. A default that its own type can't read, where only
    /// reading shows that: `#[arg(default = "10.0.0.256")]` of an address.
    pub fn new(tools: impl IntoTools) -> Result<Self> {
        Self::with_deferred(tools.into_tools(), Vec::new())
    }

    /// Every function annotated with `#[tool]` that is linked into the program.
    ///
    /// A crate whose tools are to be found must be named somewhere in the program's source: the compiler does not link
    /// a dependency that only stands in `Cargo.toml`. For one that is otherwise unused, write
    /// `use travel_tools as _;`.
    ///
    /// # Errors
    /// Two tools of one name: the error names both places.
    pub fn collect() -> Result<Self> {
        Self::new(inventory::iter::<Entry>().map(|entry| Tool::from_def((entry.0)())))
    }

    /// The annotated functions of one crate, by its name in `Cargo.toml` or in paths.
    ///
    /// # Errors
    /// Two tools of one name, or no tool at all: the crate is misspelt, or not linked; see [`Toolbox::collect`].
    pub fn collect_from(krate: &str) -> Result<Self> {
        let wanted = krate.replace('-', "_");
        let tools = inventory::iter::<Entry>().filter(|entry| (entry.0)().place.krate() == wanted);
        let toolbox = Self::new(tools.map(|entry| Tool::from_def((entry.0)())))?;
        if toolbox.is_empty() {
            return Err(Error::new(Kind::Tools(format!(
                "no tool of a crate `{krate}` is linked into this program; where nothing else of it is used, write \
                 `use {wanted} as _;`"
            ))));
        }
        Ok(toolbox)
    }

    /// The tool with this wire name.
    pub fn get(&self, name: &str) -> Option<&Tool> {
        let tools = &self.0.tools;
        tools.binary_search_by(|tool| tool.name().cmp(name)).ok().and_then(|at| tools.get(at))
    }

    /// The tools, sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Tool> {
        self.0.tools.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.tools.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.0.tools.is_empty()
    }

    /// The tools as a model is told of them.
    pub fn specs(&self) -> &ToolSpecs {
        &self.0.specs
    }

    /// Calls a tool by hand, with arguments as a model writes them: JSON text.
    ///
    /// # Errors
    /// No tool has this name. What goes wrong in a call is an [`Outcome`].
    ///
    /// # Cancellation
    /// Dropping the future drops the function's own.
    pub async fn call(&self, name: &str, arguments: &str, cx: &CallContext) -> Result<Outcome> {
        match self.get(name) {
            Some(tool) => Ok(tool.call(cx, arguments).await),
            None => {
                let names: Vec<_> = self.iter().map(Tool::name).collect();
                Err(Error::new(Kind::Tools(format!("no tool is named `{name}`; there are: {}", names.join(", ")))))
            }
        }
    }

    /// Notes on each call of the message how it may be shown, so that no `Debug` of it holds what `#[arg(secret)]` marks.
    ///
    /// An agent does this with every reply. A call of a tool that isn't there is hidden where others have secrets: the
    /// model may have misspelt the name.
    pub fn hide_secrets(&self, message: &mut Message) {
        if !self.0.has_secrets {
            return;
        }
        for part in &mut message.parts {
            if let Part::ToolCall(call) = part
                && call.shown.is_none()
            {
                call.shown = self.secrets(&call.name).hide(&call.arguments);
            }
        }
    }

    pub(crate) fn has_secrets(&self) -> bool {
        self.0.has_secrets
    }

    /// What of the arguments of a tool of this name must not be shown.
    pub(crate) fn secrets(&self, name: &str) -> Secrets {
        match self.get(name) {
            _ if !self.0.has_secrets => Secrets::None,
            Some(tool) => tool.secrets(),
            None => Secrets::All,
        }
    }

    /// Everything worth knowing before a provider says it.
    pub fn check(&self) -> Vec<Finding> {
        finding::check(self)
    }
}

impl IntoIterator for Toolbox {
    type Item = Tool;
    type IntoIter = std::vec::IntoIter<Tool>;

    fn into_iter(self) -> Self::IntoIter {
        let Self(inner) = self;
        Arc::try_unwrap(inner).map_or_else(|shared| shared.tools.clone(), |own| own.tools).into_iter()
    }
}

/// What the compiler checked of a tool's own types is not checked again.
fn legal(tool: &Tool) -> Result<()> {
    let spec = tool.spec();
    let place = || tool.place().map_or_else(|| "made at run time".to_owned(), ToString::to_string);
    if let Some(wrong) = tool.bad_defaults() {
        return Err(Error::new(Kind::Tools(format!("tool `{}` ({}): {wrong}", tool.name(), place()))));
    }
    let strict = spec.strict.then_some(Form::OpenAiStrict);
    let parameters = tool.def().map_or(&[][..], |def| def.parameters);
    let unseen = spec.schema.contains("\"$ref\"") || parameters.iter().any(|parameter| parameter.shape.has_foreign());
    let lax = (!spec.strict_if_lossless || unseen).then_some(Form::OpenAi);
    for form in lax.into_iter().chain(strict) {
        if let Err(fault) = form.fit(&spec.schema) {
            let text = format!("tool `{}` ({}): the schema has no form for {form}: {fault}", tool.name(), place());
            return Err(Error::new(Kind::Tools(text)));
        }
    }
    Ok(())
}

fn twice(first: &Tool, second: &Tool) -> Error {
    let place = |tool: &Tool| tool.place().map_or_else(|| "made at run time".to_owned(), ToString::to_string);
    Error::new(Kind::Tools(format!(
        "two tools are named `{}`: {} and {}; give one of them `#[tool(name = \"...\")]`, or choose with `tools![]`",
        first.name(),
        place(first),
        place(second)
    )))
}

impl fmt::Debug for Toolbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(Tool::name)).finish()
    }
}
