//! One value that stands by itself: the answer of a run, read with the same liberties as an argument.

use std::marker::PhantomData;

use serde::{de::DeserializeOwned, de::IgnoredAny};

use super::Arguments;
use crate::schema::{Arg, Checked, Field, Kind, Missing, Schema, Shape, ToolArg};

/// The key under which a value stands that is no object.
pub(crate) const VALUE: &str = "value";

/// The place of a value of type `T`, as an object with one key has it.
#[derive(Debug)]
pub(crate) struct Alone<T>(PhantomData<T>);

impl<T: Schema + DeserializeOwned> Alone<T> {
    const INNER: Shape = T::SHAPE.required();
    const FIELDS: &'static [Field] = &[Field::new(VALUE, "", &Self::INNER)];
    const ITSELF: &'static [Field] = &[Field::new("answer", "", &Self::INNER)];
    const OBJECT: Shape = Shape::new(Kind::object(Self::FIELDS, true));

    /// An object that has the value under `value`.
    pub(crate) const WRAPPED: &'static Shape = &Self::OBJECT;

    /// Reads the value, which stands under `value` or by itself.
    ///
    /// # Errors
    /// All that is wrong with it, a line each, for the model.
    pub(crate) fn read(text: &str, wrapped: bool) -> Result<T, String> {
        let text = text.trim_ascii();
        if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
            let what = if error.is_eof() { "the JSON breaks off before its end" } else { "this is not JSON" };
            return Err(format!("\n- {what}: {error}"));
        }
        let arguments = match wrapped {
            true => Arguments::new(Self::FIELDS, text),
            false => Arguments::alone(Self::ITSELF, text),
        };
        arguments.only(<T as ToolArg<Checked, Missing>>::ARG)
    }
}

impl<'a> Arguments<'a> {
    /// The text is the one argument itself.
    fn alone(fields: &'static [Field], text: &'a str) -> Self {
        let mut arguments = Self::new(fields, "");
        arguments.given.set(0, text);
        arguments
    }

    /// The one argument, or what is wrong with it.
    fn only<T>(mut self, arg: Arg<T>) -> Result<T, String> {
        let value = self.take(arg, 0);
        match value {
            Some(value) if self.broken.is_none() && self.problems.is_empty() => Ok(value),
            _ => {
                let lines = self.problems.iter().map(|problem| format!("\n- {problem}"));
                let unknown = self.unknown.iter().map(|name| format!("\n- `{name}`: there is no such key"));
                let broken = self.broken.iter().map(|_| "\n- expected a JSON object".to_owned());
                Err(broken.chain(lines).chain(unknown).collect())
            }
        }
    }
}
