//! One option of an attribute, as it was written: its value, and what to do about a wrong one.

use std::fmt::Display;

use proc_macro2::TokenTree;
use syn::{Expr, Ident, LitStr, Path, Token, meta::ParseNestedMeta};

use crate::errors::Errors;

/// Keeps the error and reads past the option's value, so that the options after it are looked at too.
pub(crate) fn recover(meta: &ParseNestedMeta<'_>, message: impl Display, errors: &mut Errors) -> syn::Result<()> {
    errors.option(meta, message);
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        meta.parse_nested_meta(|inner| {
            if inner.input.peek(Token![=]) {
                inner.value()?.parse::<Expr>()?;
            }
            Ok(())
        })?;
    }
    while !meta.input.is_empty() && !meta.input.peek(Token![,]) {
        meta.input.parse::<TokenTree>()?;
    }
    Ok(())
}

/// A path in a text.
pub(crate) fn path(meta: &ParseNestedMeta<'_>) -> syn::Result<Path> {
    let text = text(meta)?;
    text.parse().map_err(|_| syn::Error::new(text.span(), "expected a path; write `crate = \"the_crate\"`"))
}

/// The name of a type.
pub(crate) fn name(meta: &ParseNestedMeta<'_>) -> syn::Result<Ident> {
    const FORM: &str = "expected the name of a type; write `handle = Name`";
    if !meta.input.peek(Token![=]) {
        return Err(meta.error(FORM));
    }
    let value = meta.value()?;
    value.parse().map_err(|error| syn::Error::new(error.span(), FORM))
}

/// A text.
pub(crate) fn text(meta: &ParseNestedMeta<'_>) -> syn::Result<LitStr> {
    let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
    if !meta.input.peek(Token![=]) {
        return Err(meta.error(format!("expected a value; write `{name} = \"..\"`")));
    }
    let value = meta.value()?;
    value.parse().map_err(|error| syn::Error::new(error.span(), format!("expected a text; write `{name} = \"..\"`")))
}

/// A word without a value.
pub(crate) fn flag(meta: &ParseNestedMeta<'_>) -> syn::Result<Path> {
    if meta.input.peek(Token![=]) {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        return Err(meta.error(format!("`{name}` has no value; write the word alone, or leave it out")));
    }
    Ok(meta.path.clone())
}

/// Takes the value of an option, which may be given once.
pub(crate) fn set<T>(slot: &mut Option<T>, meta: &ParseNestedMeta<'_>, value: T, errors: &mut Errors) {
    if slot.replace(value).is_some() {
        let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
        errors.option(meta, format!("`{name}` is given twice; keep one"));
    }
}
