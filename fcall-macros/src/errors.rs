//! Collects mistakes, so that they are all told at once.

use std::fmt;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::meta::ParseNestedMeta;

/// The mistakes found so far, and what is being looked at.
#[derive(Default)]
pub(crate) struct Errors {
    all: Option<syn::Error>,
    /// How many there are.
    pub(crate) found: usize,
    subject: String,
}

impl Errors {
    /// From here on, mistakes are told of this subject: "tool `book`, parameter `city`".
    pub(crate) fn about(&mut self, subject: String) {
        self.subject = subject;
    }

    /// A mistake on these tokens.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl fmt::Display) {
        self.keep(syn::Error::new_spanned(tokens, self.text(message)));
    }

    /// A mistake at a place.
    pub(crate) fn at_span(&mut self, span: Span, message: impl fmt::Display) {
        self.keep(syn::Error::new(span, self.text(message)));
    }

    /// A mistake in an option of an attribute.
    pub(crate) fn option(&mut self, meta: &ParseNestedMeta<'_>, message: impl fmt::Display) {
        self.keep(meta.error(self.text(message)));
    }

    /// What was parsed; a mistake is kept.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result
            .map_err(|errors| {
                for error in errors {
                    self.keep(syn::Error::new(error.span(), self.text(&error)));
                }
            })
            .ok()
    }

    /// The errors as tokens; none where there were no mistakes.
    pub(crate) fn finish(self) -> Option<TokenStream> {
        self.all.map(|errors| errors.into_compile_error())
    }

    fn text(&self, message: impl fmt::Display) -> String {
        if self.subject.is_empty() { message.to_string() } else { format!("{}: {message}", self.subject) }
    }

    fn keep(&mut self, error: syn::Error) {
        self.found += 1;
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }
}

/// What to say of an attribute on something else than it is for.
pub(crate) fn misplaced(tokens: &TokenStream, wanted: &str, error: &syn::Error) -> String {
    const ITEMS: &[&str] = &["struct", "enum", "union", "trait", "mod", "type", "const", "static", "fn"];
    let idents: Vec<String> = tokens
        .clone()
        .into_iter()
        .filter_map(|token| match token {
            TokenTree::Ident(ident) => Some(ident.to_string()),
            _ => None,
        })
        .collect();
    let item = idents.iter().position(|word| ITEMS.contains(&word.as_str()));
    match item.and_then(|at| idents.get(at + 1)) {
        Some(name)
            if wanted.contains("`fn`") && item.is_some_and(|at| idents.get(at).is_some_and(|word| word == "fn")) =>
        {
            format!("tool `{name}`: the signature can't be read ({error}); write it as that of an ordinary function")
        }
        Some(name) => format!("`{name}` is not {wanted}"),
        None => format!("this is not {wanted} ({error})"),
    }
}
