//! Model servers on the machine itself: found by asking, and believed only if they answer as one.

use std::time::Duration;

use reqwest::{Method, Request};
use serde::Deserialize;
use tokio::task::JoinSet;

use super::{endpoint::Endpoint, served::ServiceModel, service::Service, transport::Transport};
use crate::protocol::Protocol;

/// How long a server may take to say which models it has.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// The most bytes of a model list.
const LIST: usize = 1 << 20;

/// A model server that may or may not run on this machine; it speaks OpenAI Chat Completions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LocalServer {
    /// What people call it.
    pub name: String,
    /// Where it would be.
    pub base_url: String,
}

impl LocalServer {
    /// A server of this name, if it runs, at this base URL.
    pub fn new(name: impl Into<String>, base_url: impl Into<String>) -> Self {
        Self { name: name.into(), base_url: base_url.into() }
    }

    /// Ollama, llama.cpp, LM Studio and vLLM, on the ports that they take when nobody tells them otherwise.
    pub fn usual() -> Vec<Self> {
        vec![
            Self::new("Ollama", "http://127.0.0.1:11434/v1"),
            Self::new("llama.cpp", "http://127.0.0.1:8080/v1"),
            Self::new("LM Studio", "http://127.0.0.1:1234/v1"),
            Self::new("vLLM", "http://127.0.0.1:8000/v1"),
        ]
    }

    /// Where it would be, for people.
    pub(super) fn place(&self) -> String {
        Endpoint::models(&self.base_url).map_or_else(|_| self.base_url.clone(), |endpoint| endpoint.host())
    }

    /// Asks for the list of models; the first that is there for conversations.
    async fn ask(&self) -> Option<String> {
        let endpoint = Endpoint::models(&self.base_url).ok().filter(|endpoint| endpoint.loopback)?;
        let transport = Transport::new(&endpoint, PATIENCE).ok()?;
        let request = Request::new(Method::GET, endpoint.url.clone());
        let mut response = transport.send(request, &endpoint, PATIENCE).await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            if body.len() + chunk.len() > LIST {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        first_model(&body)
    }
}

/// The first model of a list that can talk; none where it is no such list: many other things listen on these ports.
fn first_model(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct List {
        object: String,
        data: Vec<Entry>,
    }
    #[derive(Deserialize)]
    struct Entry {
        id: String,
    }
    let list: List = serde_json::from_slice(body).ok().filter(|list: &List| list.object == "list")?;
    let mut ids = list.data.into_iter().map(|entry| entry.id).filter(|id| !id.is_empty());
    ids.find(|id| !id.to_ascii_lowercase().contains("embed"))
}

/// The first of the servers that answers with a model; all are asked at once, but the quickest has no advantage.
pub(super) async fn find(servers: &[LocalServer]) -> Option<(LocalServer, ServiceModel)> {
    let mut asked = JoinSet::new();
    for (at, server) in servers.iter().cloned().enumerate() {
        asked.spawn(async move {
            let answer = tokio::time::timeout(PATIENCE, server.ask()).await;
            (at, server, answer.ok().flatten())
        });
    }
    let mut answers = Vec::with_capacity(servers.len());
    while let Some(answer) = asked.join_next().await {
        answers.extend(answer.ok());
    }
    answers.sort_by_key(|(at, ..)| *at);
    let (_, server, model) = answers.into_iter().find(|(.., model)| model.is_some())?;
    let service = Service::new(Protocol::OpenAiChat, server.base_url.clone()).named(&server.name);
    Some((server, service.model(model?)))
}
