//! The model of a program that names none: what the environment says, and the offline planner where it says nothing.

use std::sync::Arc;

use crate::{
    client::{self, EnvModel},
    error::Result,
    offline::Planner,
};

/// The model that the environment names.
///
/// In this order:
/// 1. `FCALL_MODEL`: a known service and a model (`anthropic/claude-sonnet-4.5`), or with `FCALL_BASE_URL` any model
///    there is (`FCALL_API_KEY` and `FCALL_PROTOCOL`, such as `openai-chat` or `anthropic`, go with it), or `offline`;
/// 2. the first [known service](client::KnownService::all) whose key is set;
/// 3. a model server on this machine: Ollama, llama.cpp, LM Studio, vLLM on their usual ports. They are sought at the
///    first request, without a proxy, and must answer a list of models before they are shown a prompt;
/// 4. the offline [`Planner`], which is not a language model. It answers in debug builds, and with `FCALL_MODEL=offline`;
///    a release build gets an error that lists all that was tried.
///
/// This call itself only reads the environment. With the first request the model says on stderr, once, who answers.
///
/// # Errors
/// Settings that contradict each other or name something unknown; no key where a service was named.
///
/// # Examples
/// ```
/// use fcall_runtime::{message::{Assembler, Message, Request, RequestOptions, ToolSpecs}, model::Model};
///
/// # async fn example() -> fcall_runtime::Result<()> {
/// let model = fcall_runtime::model_from_env()?;
/// let (messages, tools, options) = ([Message::user("Hello")], ToolSpecs::default(), RequestOptions::default());
/// let mut reply = Assembler::new(1);
/// model.reply(&Request::new(&messages, &tools, &options), &mut reply).await?;
/// println!("{}", reply.finish().message.text());
/// # Ok(())
/// # }
/// ```
pub fn model_from_env() -> Result<EnvModel> {
    client::model_from_env(|| Arc::new(Planner::new()))
}
