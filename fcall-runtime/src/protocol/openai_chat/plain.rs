//! A reply as most servers write it, read in one go.
//!
//! What comes otherwise (a text where a number was expected, a part that few servers send, a key that stands there twice)
//! is for serde to read: see `response`.

use super::{
    super::{
        plain::Plain,
        text::{Count, Str},
    },
    response::{Call, Choice, Chunk, CompletionDetails, Content, Few, Function, Piece, PromptDetails, Said, Tokens},
};

/// A whole reply, or a chunk of a stream; none where it is for serde to read.
pub(super) fn read(json: &str) -> Option<Chunk<'_>> {
    Plain::whole(json, chunk)
}

/// Which keys of an object have come: to serde a second one is an error.
#[derive(Default)]
struct Keys(u32);

impl Keys {
    /// What was read, where this key comes for the first time.
    fn first<T>(&mut self, key: u32, read: Option<T>) -> Option<T> {
        let before = self.0;
        self.0 |= 1 << key;
        read.filter(|_| before != self.0)
    }
}

fn chunk<'a>(json: &mut Plain<'a>) -> Option<Chunk<'a>> {
    let (mut chunk, mut keys) = (Chunk::default(), Keys::default());
    json.members(|json, key| {
        match key {
            "id" => chunk.id = keys.first(0, text(json))?,
            "object" => chunk.object = keys.first(1, text(json))?,
            "model" => chunk.model = keys.first(2, text(json))?,
            "choices" => chunk.choices = keys.first(3, few(json, choice))?,
            "usage" => chunk.usage = keys.first(4, json.unless_null(tokens))?.map(Box::new),
            "error" => keys.first(5, json.null())?,
            "x_groq" => return None,
            _ => json.skip()?,
        }
        Some(())
    })?;
    Some(chunk)
}

fn choice<'a>(json: &mut Plain<'a>) -> Option<Choice<'a>> {
    let (mut choice, mut keys) = (Choice::default(), Keys::default());
    json.members(|json, key| {
        match key {
            "index" => choice.index = keys.first(0, index(json))?,
            "delta" => choice.delta = keys.first(1, json.unless_null(piece))?,
            "message" => choice.message = keys.first(2, json.unless_null(piece))?.map(Box::new),
            "finish_reason" => choice.finish_reason = keys.first(3, text(json))?,
            _ => json.skip()?,
        }
        Some(())
    })?;
    Some(choice)
}

fn piece<'a>(json: &mut Plain<'a>) -> Option<Piece<'a>> {
    let (mut piece, mut keys) = (Piece::default(), Keys::default());
    json.members(|json, key| {
        match key {
            "content" => piece.content = keys.first(0, text(json))?.map_or(Content::None, Content::Text),
            "refusal" => piece.refusal = keys.first(1, text(json))?,
            "reasoning_content" => piece.reasoning_content = keys.first(2, text(json))?,
            "reasoning" => piece.reasoning = keys.first(3, text(json))?,
            "tool_calls" => piece.tool_calls = keys.first(4, few(json, call))?,
            "annotations" => drop(keys.first(5, json.unless_null(|json| json.items(|_| None)))?),
            "images" => drop(keys.first(6, json.unless_null(|json| json.items(|_| None)))?),
            "audio" => keys.first(7, json.null())?,
            "reasoning_details" | "extra_content" | "function_call" => return None,
            _ => json.skip()?,
        }
        Some(())
    })?;
    Some(piece)
}

fn call<'a>(json: &mut Plain<'a>) -> Option<Call<'a>> {
    let (mut call, mut keys) = (Call::default(), Keys::default());
    json.members(|json, key| {
        match key {
            "index" => call.index = keys.first(0, index(json))?,
            "id" => call.id = keys.first(1, text(json))?,
            "function" => call.function = keys.first(2, json.unless_null(function))?,
            "custom" | "extra_content" => return None,
            _ => json.skip()?,
        }
        Some(())
    })?;
    Some(call)
}

fn function<'a>(json: &mut Plain<'a>) -> Option<Function<'a>> {
    let (mut function, mut keys) = (Function::default(), Keys::default());
    json.members(|json, key| {
        match key {
            "name" => function.name = keys.first(0, text(json))?,
            "arguments" => function.arguments = keys.first(1, json.unless_null(Plain::text))?.map(Said::Text),
            _ => json.skip()?,
        }
        Some(())
    })?;
    Some(function)
}

fn tokens(json: &mut Plain<'_>) -> Option<Tokens> {
    let (mut tokens, mut keys) = (Tokens::default(), Keys::default());
    json.members(|json, key| {
        match key {
            "prompt_tokens" => tokens.prompt_tokens = keys.first(0, count(json))?,
            "completion_tokens" => tokens.completion_tokens = keys.first(1, count(json))?,
            "total_tokens" => tokens.total_tokens = keys.first(2, count(json))?,
            "prompt_tokens_details" => {
                tokens.prompt_tokens_details = keys.first(3, json.unless_null(prompt_details))?;
            }
            "completion_tokens_details" => {
                tokens.completion_tokens_details = keys.first(4, json.unless_null(completion_details))?;
            }
            "prompt_cache_hit_tokens" => tokens.prompt_cache_hit_tokens = keys.first(5, count(json))?,
            "cached_tokens" => tokens.cached_tokens = keys.first(6, count(json))?,
            "reasoning_tokens" => tokens.reasoning_tokens = keys.first(7, count(json))?,
            _ => json.skip()?,
        }
        Some(())
    })?;
    Some(tokens)
}

fn prompt_details(json: &mut Plain<'_>) -> Option<PromptDetails> {
    let (mut details, mut keys) = (PromptDetails::default(), Keys::default());
    json.members(|json, key| {
        match key {
            "cached_tokens" => details.cached_tokens = keys.first(0, count(json))?,
            "cache_write_tokens" => details.cache_write_tokens = keys.first(1, count(json))?,
            _ => json.skip()?,
        }
        Some(())
    })?;
    Some(details)
}

fn completion_details(json: &mut Plain<'_>) -> Option<CompletionDetails> {
    let (mut details, mut keys) = (CompletionDetails::default(), Keys::default());
    json.members(|json, key| {
        match key {
            "reasoning_tokens" => details.reasoning_tokens = keys.first(0, count(json))?,
            _ => json.skip()?,
        }
        Some(())
    })?;
    Some(details)
}

fn text<'a>(json: &mut Plain<'a>) -> Option<Option<Str<'a>>> {
    Some(json.unless_null(Plain::text)?.map(Str))
}

fn count(json: &mut Plain<'_>) -> Option<Count> {
    json.unless_null(Plain::count).map(Count)
}

fn index(json: &mut Plain<'_>) -> Option<Option<i64>> {
    Some(json.unless_null(Plain::count)?.and_then(|index| i64::try_from(index).ok()))
}

fn few<'a, T>(json: &mut Plain<'a>, entry: fn(&mut Plain<'a>) -> Option<T>) -> Option<Few<T>> {
    let mut few = Few::default();
    json.unless_null(|json| {
        json.items(|json| {
            few.push(entry(json)?);
            Some(())
        })
    })?;
    Some(few)
}
