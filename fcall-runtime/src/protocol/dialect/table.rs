//! The known services and model families.

use super::{CallIds, Dialect, EffortForm, LimitKey, ReasoningReplay, Thinking};

/// A compatible server that nothing is known of: only what all of them know.
const COMPATIBLE: Dialect = Dialect {
    limit_key: LimitKey::MaxTokens,
    sampling: true,
    stop: true,
    seed: true,
    parallel_switch: true,
    stream_options: true,
    required: "required",
    enforces_name: false,
    allowed_tools: false,
    null_content: true,
    inner_system: true,
    broken_arguments: false,
    reasoning: ReasoningReplay::AsReceived,
    effort: EffortForm::Unknown,
    call_ids: CallIds::Max(64),
    strict: false,
    anthropic_version: "2023-06-01",
    default_max_tokens: 4096,
    thinking: Thinking::Unknown,
};

const OPENAI: Dialect = Dialect {
    limit_key: LimitKey::MaxCompletionTokens,
    enforces_name: true,
    allowed_tools: true,
    broken_arguments: true,
    reasoning: ReasoningReplay::Never,
    call_ids: CallIds::Max(40),
    strict: true,
    ..COMPATIBLE
};

/// OpenAI's reasoning models, wherever they are served.
const OPENAI_REASONING: Dialect =
    Dialect { sampling: false, stop: false, parallel_switch: true, effort: EffortForm::Key, ..OPENAI };

const ANTHROPIC: Dialect =
    Dialect { enforces_name: true, inner_system: false, call_ids: CallIds::Word, strict: true, ..COMPATIBLE };

pub(super) fn openai_chat(base_url: &str, model: &str) -> Dialect {
    let _ = (base_url, model, OPENAI_REASONING, OPENAI);
    COMPATIBLE
}

pub(super) fn anthropic(base_url: &str, model: &str) -> Dialect {
    let _ = (base_url, model);
    ANTHROPIC
}
