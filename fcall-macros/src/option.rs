//! One option of an attribute, as it was written: its value, and what to do about a wrong one.

use std::fmt::Display;

use proc_macro2::TokenTree;
use syn::{
    Expr, Ident, LitStr, Path, Token, Type,
    meta::ParseNestedMeta,
    parse::{Parse, ParseStream, discouraged::Speculative as _},
};

use crate::errors::Errors;

/// Keeps the error and reads past the option's value, so that the options after it are looked at too.
pub(crate) fn recover(meta: &ParseNestedMeta<'_>, message: impl Display, errors: &mut Errors) -> syn::Result<()> {
    errors.option(meta, message);
    skip(meta.input)
}

/// Keeps what was wrong with an option, and goes on to the next.
pub(crate) fn settle(meta: &ParseNestedMeta<'_>, option: syn::Result<()>, errors: &mut Errors) -> syn::Result<()> {
    match option {
        Ok(()) if is_at_end(meta.input) => return Ok(()),
        Ok(()) => errors.at_span(meta.input.span(), "the value ends before this; write a `,`, or drop what follows"),
        Err(error) => {
            errors.ok::<()>(Err(error));
        }
    }
    skip(meta.input)
}

/// What to say of something in the place of an option.
pub(crate) fn no_option(error: &syn::Error, known: &[&str]) -> syn::Error {
    let all: Vec<_> = known.iter().map(|option| format!("`{option}`")).collect();
    syn::Error::new(error.span(), format!("this is no option; there are {}", all.join(", ")))
}

fn is_at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// To the next option.
fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    input.parse::<Option<Token![=]>>()?;
    // a type may have commas in it
    let ahead = input.fork();
    if ahead.parse::<Type>().is_ok() && is_at_end(&ahead) {
        input.advance_to(&ahead);
    }
    while !is_at_end(input) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// Whether something stands behind a `=`.
pub(crate) fn has_value(meta: &ParseNestedMeta<'_>) -> bool {
    let ahead = meta.input.fork();
    ahead.parse::<Token![=]>().is_ok() && !is_at_end(&ahead)
}

/// The value of an option; `form` is how it is written.
pub(crate) fn value<T: Parse>(meta: &ParseNestedMeta<'_>, wanted: &str, form: &str) -> syn::Result<T> {
    if !has_value(meta) {
        return Err(meta.error(format!("expected a value; write `{form}`")));
    }
    let input = meta.value()?;
    // what is given up half-way leaves nothing behind
    let ahead = input.fork();
    match ahead.parse() {
        Ok(value) if is_at_end(&ahead) => {
            input.advance_to(&ahead);
            Ok(value)
        }
        _ => Err(input.error(format!("expected {wanted}; write `{form}`"))),
    }
}

/// Any expression.
pub(crate) fn expression(meta: &ParseNestedMeta<'_>, form: &str) -> syn::Result<Expr> {
    value(meta, "an expression", form)
}

/// A path in a text.
pub(crate) fn path(meta: &ParseNestedMeta<'_>) -> syn::Result<Path> {
    let text = text(meta)?;
    text.parse().map_err(|_| syn::Error::new(text.span(), "expected a path; write `crate = \"the_crate\"`"))
}

/// The name of a type.
pub(crate) fn name(meta: &ParseNestedMeta<'_>) -> syn::Result<Ident> {
    value(meta, "the name of a type", "handle = Name")
}

/// A text.
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    value(meta, "a text", &format!("{} = \"..\"", word(meta)))
}

/// A word without a value.
pub(crate) fn flag(meta: &ParseNestedMeta<'_>) -> syn::Result<Path> {
    if !is_at_end(meta.input) {
        return Err(meta.error(format!("`{}` has no value; write the word alone, or leave it out", word(meta))));
    }
    Ok(meta.path.clone())
}

fn word(meta: &ParseNestedMeta<'_>) -> String {
    meta.path.get_ident().map(ToString::to_string).unwrap_or_default()
}

/// Takes the value of an option, which may be given once.
pub(crate) fn set<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T, errors: &mut Errors) {
    if slot.replace(value).is_some() {
        errors.option(meta, format!("`{}` is given twice; keep one", word(meta)));
    }
}
