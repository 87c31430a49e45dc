//! Calls that no function answers: of a computer, of a shell, of a patch, and MCP's question for an approval. The service
//! refuses a conversation in which one of them has no answer.

use std::collections::HashSet;

use super::{
    super::text::{Members, Str},
    NAME,
};
use crate::{
    error::{Error, Result},
    message::{Message, Origin, Part},
};

/// Such calls, and what answers each.
const CALLS: [(&str, &str); 5] = [
    ("computer_call", "computer_call_output"),
    ("shell_call", "shell_call_output"),
    ("local_shell_call", "local_shell_call_output"),
    ("apply_patch_call", "apply_patch_call_output"),
    ("mcp_approval_request", "mcp_approval_response"),
];

/// Finds such a call without an answer.
///
/// # Errors
/// One that names the call, and what has to answer it.
pub(super) fn check(messages: &[Message]) -> Result<()> {
    let origins = || {
        let parts = messages.iter().flat_map(|message| &message.parts);
        parts.filter_map(|part| match part {
            Part::Opaque(origin) if origin.protocol == NAME => Some(origin),
            _ => None,
        })
    };
    if !origins().any(|origin| CALLS.iter().any(|(call, _)| origin.json.contains(call))) {
        return Ok(());
    }
    let items: Vec<Item> = origins().filter_map(Item::of).collect();
    let ids = |item: &Item| item.ids.iter().map(|id| (item.kind.clone(), id.clone())).collect::<Vec<_>>();
    let said: HashSet<(String, String)> = items.iter().flat_map(ids).collect();
    for item in &items {
        let Some((call, answer)) = CALLS.iter().find(|(call, _)| *call == item.kind) else { continue };
        if !item.ids.iter().any(|id| said.contains(&((*answer).to_owned(), id.clone()))) {
            let detail = format!(
                "the conversation has a `{call}` (`{id}`) that nobody answered, and the service would refuse it; put a \
                 `{answer}` behind it, or leave the call out",
                id = item.ids.first().map_or("", String::as_str)
            );
            return Err(Error::encode(NAME, detail));
        }
    }
    Ok(())
}

/// A call or an answer: its type, and the ids that it names; an answer names one of its call's.
struct Item {
    kind: String,
    ids: Vec<String>,
}

impl Item {
    fn of(origin: &Origin) -> Option<Self> {
        let members: Members<'_> = serde_json::from_str(&origin.json).ok()?;
        let text = |key: &str| serde_json::from_str::<Str<'_>>(members.get(key)?.get()).ok().map(Str::into_string);
        let ids = ["call_id", "approval_request_id", "id"].into_iter().filter_map(text).collect();
        Some(Self { kind: text("type")?, ids })
    }
}
