//! The model that the environment chose, or that is still to be found.

use std::{
    fmt,
    io::{self, Write},
    sync::Arc,
};

use tokio::sync::OnceCell;

use super::{
    known::KnownService,
    local::{self, LocalServer},
    transport,
};
use crate::{
    error::{Error, Result},
    message::{Request, ResponseSchema, Sink, ToolSpecs},
    model::{BoxFuture, Model},
};

/// The model that an [`Environment`](super::Environment) chose, or will have chosen after its first request.
///
/// With that request it says on stderr, once, who answers.
pub struct EnvModel {
    found: OnceCell<Found>,
    said: OnceCell<()>,
    servers: Vec<LocalServer>,
    last_resort: Option<Arc<dyn Model>>,
}

struct Found {
    model: Arc<dyn Model>,
    why: String,
}

impl EnvModel {
    pub(super) fn sought(servers: Vec<LocalServer>, last_resort: Option<Arc<dyn Model>>) -> Self {
        Self { found: OnceCell::new(), said: OnceCell::new(), servers, last_resort }
    }

    pub(super) fn chosen(model: Arc<dyn Model>, why: String) -> Self {
        let found = OnceCell::new_with(Some(Found { model, why }));
        Self { found, said: OnceCell::new(), servers: Vec::new(), last_resort: None }
    }

    /// Who answers, and why it is that one; none as long as that is open.
    pub fn choice(&self) -> Option<String> {
        self.found.get().map(|found| format!("{} answers: {}", found.model.id(), found.why))
    }

    async fn find(&self) -> Result<Found> {
        transport::runtime()?;
        if let Some((server, model)) = local::find(&self.servers).await {
            let why = format!("{} was found at {}, and FCALL_MODEL names no other", server.name, server.place());
            return Ok(Found { model: Arc::new(model), why });
        }
        let Some(last_resort) = &self.last_resort else { return Err(self.nobody()) };
        let why = "no key is set and no model server was found here; FCALL_MODEL names another".to_owned();
        Ok(Found { model: Arc::clone(last_resort), why })
    }

    fn nobody(&self) -> Error {
        let mut keys: Vec<_> = KnownService::all().iter().filter_map(|known| known.key_variable).collect();
        keys.dedup();
        let servers: Vec<_> =
            self.servers.iter().map(|server| format!("{} at {}", server.name, server.place())).collect();
        let servers = if servers.is_empty() { "none were to be sought".to_owned() } else { servers.join(", ") };
        Error::setup(format!(
            "no model to ask. Tried: FCALL_MODEL (not set); a key in {} (none set); a model server on this machine \
             ({servers}: no answer). Set FCALL_MODEL, to `openai/gpt-4o` say, or to `offline` for the offline planner, \
             which is not a language model and in a release build answers only if it is asked for",
            keys.join(", ")
        ))
    }
}

impl Model for EnvModel {
    fn id(&self) -> &str {
        self.found.get().map_or("not chosen before the first request", |found| found.model.id())
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let found = self.found.get_or_try_init(|| self.find()).await?;
            if self.said.set(()).is_ok() {
                // A program without a stderr works all the same.
                let _ = writeln!(io::stderr(), "fcall: {} answers: {}", found.model.id(), found.why);
            }
            found.model.reply(request, sink).await
        })
    }

    fn structured(&self, schema: &ResponseSchema, tools: &ToolSpecs) -> Option<ResponseSchema> {
        self.found.get()?.model.structured(schema, tools)
    }
}

impl fmt::Debug for EnvModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvModel")
            .field("choice", &self.choice())
            .field("servers", &self.servers)
            .finish_non_exhaustive()
    }
}
