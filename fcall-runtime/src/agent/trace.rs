//! Spans of a run, its requests and its calls, and what happens in them, by the semantic conventions of OpenTelemetry for generative AI.
//!
//! Made only where somebody listens with the `tracing` crate; what was said stands in them only where the agent says so,
//! and a secret never does.

use std::{future::Future, sync::Arc};

use tracing::{Instrument, field::Empty};

use super::{
    next::CallEnd,
    run::{CallStatus, Stop},
    spoken,
};
use crate::{
    error::Error,
    message::{FinishReason, Request, Response, Usage},
    notice::{self, TARGET},
    tool::Tool,
    toolbox::Toolbox,
};

/// The future, inside the span that is the current one here.
pub(super) fn inside<F: Future>(future: F) -> impl Future<Output = F::Output> + use<F> {
    future.in_current_span()
}

/// A span; none where nobody listens.
#[derive(Clone, Debug)]
pub(super) struct Span {
    span: tracing::Span,
    content: bool,
    /// Of a request whose content is told: the model, and what it was asked.
    asked: Option<Arc<(String, String)>>,
}

/// A call was not carried out: there is no such tool, nobody allowed it, the run was over.
pub(super) fn refused(id: &str, name: &str, status: CallStatus, tools: &Toolbox) {
    notice::refused(id, tools.get(name).map(Tool::name), status_word(status));
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
        Self { span, content: false, asked: None }
    }

    /// Of one request to the model.
    pub(super) fn chat(model: &str, request: &Request<'_>, tools: &Toolbox, content: bool) -> Self {
        let (provider, model) = parted(model);
        let options = request.options;
        let content = content && tracing::enabled!(target: TARGET, tracing::Level::INFO);
        let input = content.then(|| spoken::messages(request.messages, tools));
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
            gen_ai.input.messages = input,
            gen_ai.output.messages = Empty,
            error.type = Empty,
        );
        Self { span, content, asked: input.map(|input| Arc::new((model.to_owned(), input))) }
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
        Self { span, content, asked: None }
    }

    /// Somebody listens.
    pub(super) fn is_heard(&self) -> bool {
        !self.span.is_disabled()
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
            let output = spoken::messages(messages, tools);
            self.details(response, &output);
            self.span.record("gen_ai.output.messages", output);
        }
    }

    /// What was asked and answered, as an event that can be kept apart from the trace.
    fn details(&self, response: &Response, output: &str) {
        let Some(asked) = &self.asked else { return };
        let (model, input) = &**asked;
        let usage = response.usage.unwrap_or_default();
        self.span.in_scope(|| {
            tracing::event!(
                name: "gen_ai.client.inference.operation.details",
                target: TARGET,
                tracing::Level::INFO,
                gen_ai.operation.name = "chat",
                gen_ai.request.model = model,
                gen_ai.response.id = response.id,
                gen_ai.response.model = response.model,
                gen_ai.usage.input_tokens = usage.input,
                gen_ai.usage.output_tokens = usage.output,
                gen_ai.input.messages = input,
                gen_ai.output.messages = output,
                "gen_ai.client.inference.operation.details"
            );
        });
    }

    /// The run stopped.
    pub(super) fn stopped(&self, stop: &Stop) {
        let (stop, tool) = match stop {
            Stop::MaxTurns => ("max_turns", None),
            Stop::MaxCalls => ("max_calls", None),
            Stop::TotalTokens => ("total_tokens", None),
            Stop::WallTime => ("wall_time", None),
            Stop::MaxDepth => ("max_depth", None),
            Stop::Malformed => ("malformed", None),
            Stop::BadArguments(tool) => ("bad_arguments", Some(tool.as_str())),
            Stop::RepeatedCall(tool) => ("repeated_call", Some(tool.as_str())),
            Stop::Answer
            | Stop::Truncated
            | Stop::Filtered
            | Stop::Refused
            | Stop::NoCall
            | Stop::Approval(_)
            | Stop::Cancelled => return,
        };
        self.span.in_scope(|| notice::limit(stop, tool));
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
        self.span.in_scope(|| notice::exception(error));
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
