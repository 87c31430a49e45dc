//! What the model is told of calls that are not carried out.

use crate::{
    agent::{next::CallEnd, run::CallStatus},
    message::ToolCall,
    tool::Tool,
    toolbox::Toolbox,
};

pub(super) fn run_ended(call: &ToolCall) -> CallEnd {
    CallEnd::refused(call, "not carried out: another tool ended the run", CallStatus::NotBegun)
}

pub(super) fn cancelled(call: &ToolCall) -> CallEnd {
    CallEnd::refused(call, "not carried out: the run was cancelled before this call began", CallStatus::NotBegun)
}

pub(super) fn not_allowed(call: &ToolCall) -> CallEnd {
    let why = format!("`{}` may not be called in this turn", call.name);
    CallEnd::refused(call, why, CallStatus::NotAllowed)
}

pub(super) fn unknown(call: &ToolCall, tools: &Toolbox) -> CallEnd {
    const SHOWN: usize = 64;
    let names: Vec<&str> = tools.told().map(Tool::name).take(SHOWN).collect();
    // No tool's name is longer, and a model can write anything.
    let called = &call.name[..call.name.floor_char_boundary(64)];
    let distance = |name: &&&str| strsim::damerau_levenshtein(name, called);
    let all: Vec<&str> = tools.iter().map(Tool::name).collect();
    let near = all.iter().min_by_key(distance).filter(|name| distance(name) <= name.len() / 2);
    let hint = near.map(|name| format!(" Did you mean `{name}`?")).unwrap_or_default();
    let more = if tools.told().count() > SHOWN { ", ..." } else { "" };
    let text = match names.is_empty() {
        true => format!("There is no tool `{called}`: there are no tools."),
        false => format!("There is no tool `{called}`.{hint} The tools are: {}{more}", names.join(", ")),
    };
    CallEnd::refused(call, text, CallStatus::UnknownTool)
}
