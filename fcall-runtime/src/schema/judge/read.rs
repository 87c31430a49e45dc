//! The arguments of one call, as text, read by a JSON Schema: strict first, then with the liberties that it allows.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Judge;
use crate::schema::{
    Nulls, Repair,
    decode::broken,
    problem::{Problem, again, refused},
    twice::twice,
};

/// Arguments that were read, and what had to be put right for it.
pub(crate) struct Read<T> {
    pub(crate) value: T,
    pub(crate) repairs: Vec<Repair>,
}

impl Judge {
    /// Reads the arguments of a call; empty text and `null` are no arguments.
    ///
    /// # Errors
    /// What is wrong with them, all of it, for the model.
    pub(crate) fn read<T: DeserializeOwned>(&self, tool: &str, text: &str) -> Result<Read<T>, String> {
        let mut repairs = Vec::new();
        let text = match text.trim_ascii() {
            "" | "null" => Cow::Borrowed("{}"),
            text => unwrapped(text, &mut repairs),
        };
        let given: Value = match serde_json::from_str(&text) {
            Ok(given @ Value::Object(_)) => given,
            Ok(_) => return Err(again("The arguments are no JSON object", tool)),
            Err(error) => return Err(again(&broken(&error, &text), tool)),
        };
        let twice = twice(&text, "");
        if !twice.is_empty() {
            let problems: Vec<Problem> = twice.into_iter().map(|path| Problem::new(path, "given twice")).collect();
            return Err(refused(tool, &problems, &[]));
        }
        if self.problems(&given).is_empty()
            && let Ok(value) = serde_json::from_str(&text)
        {
            return Ok(Read { value, repairs });
        }
        let mut mended = given.clone();
        if Nulls::of(&self.root).remove(&mut mended) {
            repairs.push(Repair { path: "$".to_owned(), what: "null was sent for what may be left out" });
        }
        let mended = self.walk().mend(&self.root, mended, "", &mut repairs);
        let problems = self.problems(&mended);
        if !problems.is_empty() {
            return Err(refused(tool, &problems, &[]));
        }
        match T::deserialize(&mended) {
            Ok(value) => Ok(Read { value, repairs }),
            Err(error) => Err(format!(
                "The arguments of `{tool}` can't be used: {error}\nCall `{tool}` again with all of its arguments, corrected."
            )),
        }
    }
}

/// A model may write its arguments as JSON inside a JSON text.
fn unwrapped<'t>(text: &'t str, repairs: &mut Vec<Repair>) -> Cow<'t, str> {
    let inner = text.starts_with('"').then(|| serde_json::from_str::<String>(text).ok()).flatten();
    match inner {
        Some(inner) if matches!(inner.trim_ascii(), "" | "null") => Cow::Borrowed("{}"),
        Some(inner) => {
            repairs.push(Repair { path: "$".to_owned(), what: "JSON was sent as a text" });
            Cow::Owned(inner)
        }
        None => Cow::Borrowed(text),
    }
}
