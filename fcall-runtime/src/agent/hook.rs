//! Hooks: code of the program around each request to the model and each call of a tool.

use std::{borrow::Cow, error::Error as StdError, fmt, future::ready, pin::pin, sync::Arc};

use super::{
    execute::{panic_text, unpanicked},
    run::CallStatus,
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, FinishReason, Message, Part, RequestOptions, Response, Shown, Sink, ToolChoice, ToolResult},
    model::BoxFuture,
    tool::{CallContext, Tool, ToolOutput},
};

/// What a hook answers; its errors are its own, and end the run.
pub type HookResult<T> = std::result::Result<T, Box<dyn StdError + Send + Sync>>;

/// Stands around each request to the model and each call: sees it, rewrites it, answers instead.
///
/// Given to [`AgentBuilder::hook`](super::AgentBuilder::hook). Of several, those that come before a request or a call
/// are asked in the order in which they were given, until one answers instead; those that come after in the reverse
/// order. A hook that fails or panics ends the run with an error that keeps it ([`Error::run`](crate::Error::run)).
///
/// What is recorded: the conversation keeps what the model was asked and wrote, whatever a hook made of it for one
/// request or one call. Arguments that were rewritten stand in [`Call::arguments`](super::Call::arguments); a result that
/// was rewritten takes the place of the tool's own, also in the conversation, since it is what the model is told.
///
/// Calls that are never carried out are not seen by hooks: of a tool that isn't there, that the turn did not allow, that
/// nobody approved. A call of a run that is recovered from a journal may be seen again.
///
/// # Examples
/// ```
/// use fcall_runtime::agent::{Hook, HookCall, HookResult, OnCall};
/// use fcall_runtime::model::BoxFuture;
///
/// /// Keeps the model in its own folder.
/// struct Fence;
///
/// impl Hook for Fence {
///     fn before_call<'a>(&'a self, call: &'a mut HookCall) -> BoxFuture<'a, HookResult<OnCall>> {
///         Box::pin(async move {
///             Ok(match call.arguments.contains("../") {
///                 true => OnCall::Deny("only paths below the working folder".to_owned()),
///                 false => OnCall::Go,
///             })
///         })
///     }
/// }
/// # fn demo(model: impl fcall_runtime::model::Model + 'static) {
/// let agent = fcall_runtime::agent::Agent::builder(model).hook(Fence);
/// # }
/// ```
pub trait Hook: Send + Sync {
    /// The model is about to be asked.
    ///
    /// # Errors
    /// What must end the run.
    ///
    /// # Cancellation
    /// The future is dropped where the run is cancelled or its time is up.
    fn before_request<'a>(&'a self, request: &'a mut HookRequest<'_>) -> BoxFuture<'a, HookResult<OnRequest>> {
        let _ = request;
        Box::pin(ready(Ok(OnRequest::Ask)))
    }

    /// The model, or a hook, replied; what streams has been told of already.
    ///
    /// # Errors
    /// What must end the run; the reply is then no part of the conversation.
    ///
    /// # Cancellation
    /// The future is dropped where the run is cancelled or its time is up.
    fn after_request<'a>(&'a self, response: &'a Response) -> BoxFuture<'a, HookResult<()>> {
        let _ = response;
        Box::pin(ready(Ok(())))
    }

    /// A call is about to be carried out; what it needs was approved.
    ///
    /// # Errors
    /// What must end the run; the call is answered as not carried out.
    ///
    /// # Cancellation
    /// The future is dropped where the run is cancelled or its time is up.
    fn before_call<'a>(&'a self, call: &'a mut HookCall) -> BoxFuture<'a, HookResult<OnCall>> {
        let _ = call;
        Box::pin(ready(Ok(OnCall::Go)))
    }

    /// A call ended, was denied or answered by a hook; `result` is what came of it, whole, and may be rewritten. Its call
    /// and its name stay what they are.
    ///
    /// # Errors
    /// What must end the run; the call keeps its end.
    ///
    /// # Cancellation
    /// Where the run is cancelled or its time is up the future has the time of
    /// [`cancel_grace`](super::AgentBuilder::cancel_grace); then it is dropped, and the result stays as it is.
    fn after_call<'a>(
        &'a self,
        call: &'a HookCall,
        result: &'a mut ToolResult,
        status: CallStatus,
    ) -> BoxFuture<'a, HookResult<()>> {
        let _ = (call, result, status);
        Box::pin(ready(Ok(())))
    }
}

/// A request to the model, before it is sent. What is changed holds for this request alone.
#[non_exhaustive]
pub struct HookRequest<'a> {
    /// The conversation; rewritten, it must be in order as any history must ([`check_history`](super::check_history)).
    pub messages: Cow<'a, [Message]>,
    /// Whether the model may call tools this time. Which calls are carried out is for the run's own choice to say.
    pub tool_choice: Cow<'a, ToolChoice>,
    /// Everything else that is asked for.
    pub options: Cow<'a, RequestOptions>,
    /// The number of the turn, from 1.
    pub turn: u32,
}

impl fmt::Debug for HookRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, tool_choice, options, turn } = self;
        let mut request = f.debug_struct("HookRequest");
        request.field("messages", &Shown::new(messages)).field("tool_choice", tool_choice);
        request.field("options", options).field("turn", turn).finish()
    }
}

/// What a hook says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnRequest {
    /// Ask the model.
    Ask,
    /// Don't: this is the reply. Only its parts count; calls in it are carried out.
    Answer(
        /// The reply.
        Message,
    ),
}

/// A call, before and after it is carried out.
#[non_exhaustive]
pub struct HookCall {
    /// The call's id.
    pub id: String,
    /// The tool's wire name.
    pub name: String,
    /// The arguments it is carried out with: JSON text. Rewritten, they are held against the tool's parameters as the
    /// model's are. Those of a `destructive` tool were approved as they are, and to rewrite them is an error.
    pub arguments: String,
    /// The number of the turn that made the call, from 1.
    pub turn: u32,
    tool: Tool,
}

/// What a hook says to a call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OnCall {
    /// Carry it out.
    Go,
    /// Don't; the model is told why.
    Deny(
        /// The reason.
        String,
    ),
    /// Don't: this is what it came to.
    Answer(
        /// The output.
        ToolOutput,
    ),
}

impl HookCall {
    pub(super) fn new(cx: &CallContext, arguments: &str, tool: &Tool) -> Self {
        let (id, name, arguments) = (cx.call_id.clone(), cx.tool.clone(), arguments.to_owned());
        Self { id, name, arguments, turn: cx.turn, tool: tool.clone() }
    }

    /// The tool that is called.
    pub fn tool(&self) -> &Tool {
        &self.tool
    }

    /// The arguments as they may be shown: without what `#[arg(secret)]` marks.
    pub fn shown(&self) -> Cow<'_, str> {
        self.tool.shown(&self.arguments)
    }
}

impl fmt::Debug for HookCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookCall")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("arguments", &self.shown())
            .field("turn", &self.turn)
            .finish()
    }
}

/// The hooks of an agent, in the order in which they were given.
#[derive(Clone)]
pub(super) struct Hooks(Arc<[Arc<dyn Hook>]>);

impl Hooks {
    pub(super) fn new(hooks: Vec<Arc<dyn Hook>>) -> Self {
        Self(hooks.into())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is answered instead of the model, if anything is.
    pub(super) async fn before_request(&self, request: &mut HookRequest<'_>) -> Result<Option<Message>> {
        for hook in self.0.iter() {
            if let OnRequest::Answer(message) = hooked(async { hook.before_request(request).await }).await? {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    pub(super) async fn after_request(&self, response: &Response) -> Result<()> {
        for hook in self.0.iter().rev() {
            hooked(async { hook.after_request(response).await }).await?;
        }
        Ok(())
    }

    /// What becomes of the call.
    pub(super) async fn before_call(&self, call: &mut HookCall) -> Result<OnCall> {
        let asked = (call.id.clone(), call.name.clone());
        let approved = call.tool.is_destructive().then(|| call.arguments.clone());
        for hook in self.0.iter() {
            let said = hooked(async { hook.before_call(call).await }).await?;
            (call.id, call.name) = asked.clone();
            if approved.as_ref().is_some_and(|approved| *approved != call.arguments) {
                let why = format!(
                    "a hook rewrote the arguments of `{}`, which were approved as they were; deny the call instead",
                    call.name
                );
                return Err(Error::new(Kind::Hook(why)));
            }
            if !matches!(said, OnCall::Go) {
                return Ok(said);
            }
        }
        Ok(OnCall::Go)
    }

    pub(super) async fn after_call(&self, call: &HookCall, result: &mut ToolResult, status: CallStatus) -> Result<()> {
        for hook in self.0.iter().rev() {
            let ended = hooked(async { hook.after_call(call, result, status).await }).await;
            result.call_id.clone_from(&call.id);
            result.name.clone_from(&call.name);
            ended?;
        }
        Ok(())
    }
}

/// What a hook answers; one that panics, or fails, ends the run.
async fn hooked<T>(ask: impl Future<Output = HookResult<T>>) -> Result<T> {
    let mut ask = pin!(ask);
    match unpanicked(&mut ask).await {
        Ok(answer) => answer.map_err(|error| Error::new(Kind::Hook("a hook failed".to_owned())).with_source(error)),
        Err(panic) => Err(Error::new(Kind::Hook(format!("a hook panicked: {}", panic_text(panic.as_ref()))))),
    }
}

/// Pushes a message as if the model had said it.
pub(super) fn say(message: Message, sink: &mut dyn Sink) {
    let mut finish = FinishReason::Stop;
    for (part, piece) in message.parts.into_iter().enumerate() {
        let origin = match piece {
            Part::Text(text) => {
                sink.push(Delta::Text { part, text: text.text });
                text.origin
            }
            Part::Refusal(text) => {
                sink.push(Delta::Refusal { part, text: text.text });
                text.origin
            }
            Part::Reasoning(text) => {
                sink.push(Delta::Reasoning { part, text: text.text });
                text.origin
            }
            Part::ToolCall(call) => {
                finish = FinishReason::ToolCalls;
                sink.push(Delta::CallStart { part, id: call.id, name: call.name });
                sink.push(Delta::CallArguments { part, text: call.arguments });
                sink.push(Delta::CallEnd { part });
                call.origin
            }
            Part::Opaque(origin) => Some(origin),
            // A model says none of these.
            Part::ToolResult(_) | Part::Media(_) | Part::CacheMark(_) => None,
        };
        if let Some(origin) = origin {
            sink.push(Delta::Origin { part, origin });
        }
    }
    sink.push(Delta::Finish(finish));
}
