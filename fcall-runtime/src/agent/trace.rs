//! Spans of a run, its requests and its calls, by the semantic conventions of OpenTelemetry for generative AI.
//!
//! Made only where somebody listens with the `tracing` crate; what was said stands in them only where the agent says so,
//! and a secret never does.

use std::future::Future;

use tracing::{Instrument, field::Empty};

use super::{next::CallEnd, run::CallStatus, spoken};
use crate::{
    error::Error,
    message::{FinishReason, Request, Response, Usage},
    tool::Tool,
    toolbox::Toolbox,
};

/// The future, inside the span that is the current one here.
pub(super) fn inside<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    future.in_current_span()
}

/// The name under which spans are told apart from those of other crates.
const TARGET: &str = "fcall";

/// A span; none where nobody listens.
#[derive(Clone, Debug)]
pub(super) struct Span {
    span: tracing::Span,
    content: bool,
}

impl Span {
    /// Of a whole run of the agent of this name.
    pub(super) fn run(name: Option<&str>, model: &str, id: Option<&str>) -> Self {
        let (provider, model) = parted(model);
        let span = tracing::info_span!(
            target: TARGET,
            "invoke_agent",
            otel.name = name.map_or_else(|| "invoke_agent".to_owned(), |name| format!("invoke_agent {name}")),
            otel.kind = "internal",
            otel.status_code = Empty,
            gen_ai.operation.name = "invoke_agent",
            gen_ai.provider.name = provider,
            gen_ai.request.model = model,
            gen_ai.agent.name = name,
            gen_ai.conversation.id = id,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            error.type = Empty,
        );
        Self { span, content: false }
    }

    /// Of one request to the model.
    pub(super) fn chat(model: &str, request: &Request<'_>, tools: &Toolbox, content: bool) -> Self {
        let (provider, model) = parted(model);
        let options = request.options;
        let span = tracing::info_span!(
            target: TARGET,
            "chat",
            otel.name = format!("chat {model}"),
            otel.kind = "client",
            otel.status_code = Empty,
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = provider,
            gen_ai.request.model = model,
            gen_ai.request.max_tokens = options.max_tokens,
            gen_ai.request.temperature = options.temperature,
            gen_ai.request.top_p = options.top_p,
            gen_ai.request.stop_sequences = (!options.stop.is_empty()).then(|| format!("{:?}", options.stop)),
            gen_ai.request.seed = options.seed,
            gen_ai.request.stream = request.stream,
            gen_ai.response.id = Empty,
            gen_ai.response.model = Empty,
            gen_ai.response.finish_reasons = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.input.messages = content.then(|| spoken::messages(request.messages, tools)),
            gen_ai.output.messages = Empty,
            error.type = Empty,
        );
        Self { span, content }
    }

    /// Of one call of a tool.
    pub(super) fn tool(tool: &Tool, id: &str, arguments: &str, content: bool) -> Self {
        let name = tool.name();
        let span = tracing::info_span!(
            target: TARGET,
            "execute_tool",
            otel.name = format!("execute_tool {name}"),
            otel.kind = "internal",
            otel.status_code = Empty,
            gen_ai.operation.name = "execute_tool",
            gen_ai.tool.name = name,
            gen_ai.tool.call.id = id,
            gen_ai.tool.description = tool.description(),
            gen_ai.tool.type = "function",
            gen_ai.tool.call.arguments = content.then(|| tool.shown(arguments).into_owned()),
            gen_ai.tool.call.result = Empty,
            error.type = Empty,
        );
        Self { span, content }
    }

    /// The future, inside the span.
    pub(super) fn within<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        future.instrument(self.span.clone())
    }

    /// The model replied.
    pub(super) fn replied(&self, response: &Response, tools: &Toolbox) {
        if self.span.is_disabled() {
            return;
        }
        if let Some(id) = &response.id {
            self.span.record("gen_ai.response.id", id.as_str());
        }
        if let Some(model) = &response.model {
            self.span.record("gen_ai.response.model", model.as_str());
        }
        if let Some(finish) = &response.finish {
            self.span.record("gen_ai.response.finish_reasons", format!("[\"{}\"]", finish_word(finish)));
        }
        if let Some(usage) = response.usage {
            self.used(Usage::default(), usage);
        }
        if self.content {
            let messages = std::slice::from_ref(&response.message);
            self.span.record("gen_ai.output.messages", spoken::messages(messages, tools));
        }
    }

    /// What it cost, where so much had been used before.
    pub(super) fn used(&self, before: Usage, now: Usage) {
        let since = |before: Option<u64>, now: Option<u64>| Some(now?.saturating_sub(before.unwrap_or(0)));
        self.span.record("gen_ai.usage.input_tokens", since(before.input, now.input));
        self.span.record("gen_ai.usage.output_tokens", since(before.output, now.output));
    }

    /// It ended in an error.
    pub(super) fn failed(&self, error: &Error) {
        self.span.record("error.type", &*error.word());
        self.span.record("otel.status_code", "ERROR");
    }

    /// The call ended.
    pub(super) fn ended(&self, end: &CallEnd, tool: &Tool, arguments: &str) {
        if self.span.is_disabled() {
            return;
        }
        if end.status != CallStatus::Done {
            self.span.record("error.type", status_word(end.status));
            self.span.record("otel.status_code", "ERROR");
        }
        if self.content {
            let mut text = end.result.to_text();
            for arguments in [Some(arguments), end.arguments.as_deref()].into_iter().flatten() {
                text = tool.secrets().scrub(arguments, &text).unwrap_or(text);
            }
            self.span.record("gen_ai.tool.call.result", text);
        }
    }
}

/// Who serves the model, and the model, as its id names them.
fn parted(id: &str) -> (Option<&str>, &str) {
    match id.split_once('/') {
        Some((provider, model)) => (Some(provider), model),
        None => (None, id),
    }
}

fn finish_word(finish: &FinishReason) -> &str {
    match finish {
        FinishReason::Stop => "stop",
        FinishReason::ToolCalls => "tool_call",
        FinishReason::Length => "length",
        FinishReason::ContentFilter | FinishReason::Refusal => "content_filter",
        FinishReason::Paused => "pause",
        _ => "error",
    }
}

fn status_word(status: CallStatus) -> &'static str {
    match status {
        CallStatus::Done => "done",
        CallStatus::Failed => "failed",
        CallStatus::BadArguments => "bad_arguments",
        CallStatus::UnknownTool => "unknown_tool",
        CallStatus::NotAllowed => "not_allowed",
        CallStatus::NotBegun => "not_begun",
        CallStatus::Unapproved => "unapproved",
        CallStatus::Denied => "denied",
        CallStatus::Panicked => "panicked",
        CallStatus::TimedOut => "timed_out",
        CallStatus::Interrupted => "interrupted",
    }
}
