//! The arguments of calls, in pieces and whole.

use serde_json::value::RawValue;

use super::{
    super::{
        super::{Limits, text::text_or_json},
        NAME,
        response::ItemKind,
    },
    At, Items,
};
use crate::{
    error::{Error, Kind, Result},
    message::{Delta, Sink},
};

impl Items {
    /// More of a call's arguments.
    pub(in super::super) fn argue(
        &mut self,
        at: At<'_>,
        text: &str,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let Some(slot) = self.find(at).filter(|slot| self.items[*slot].kind == ItemKind::Call) else { return Ok(()) };
        if text.is_empty() || self.items[slot].done {
            return Ok(());
        }
        let part = self.key(slot, 0, limits)?;
        let received = &mut self.items[slot].received;
        received.push_str(text);
        if received.len() > limits.arguments {
            return Err(Error::new(Kind::TooLarge { what: "the arguments of a call", limit: limits.arguments }));
        }
        sink.push(Delta::CallArguments { part, text: text.to_owned() });
        Ok(())
    }

    /// All of a call's arguments: what of them has not come yet.
    pub(in super::super) fn argued(
        &mut self,
        at: At<'_>,
        whole: Option<&RawValue>,
        limits: &Limits,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let Some(whole) = whole else { return Ok(()) };
        let whole = text_or_json(whole).map_err(|_| Error::decode(NAME, "a call without arguments"))?;
        let Some(slot) = self.find(at) else { return Ok(()) };
        let received = &self.items[slot].received;
        if let Some(rest) = whole.strip_prefix(received.as_str()) {
            return self.argue(at, rest, limits, sink);
        }
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
        // Spaces aside, both must say the same: a call that was heard wrong is not carried out.
        match whole.trim().is_empty() || read(received).is_some_and(|sent| Some(sent) == read(&whole)) {
            true => Ok(()),
            false => Err(Error::decode(NAME, "the arguments of a call are others as a whole than in pieces")),
        }
    }
}
