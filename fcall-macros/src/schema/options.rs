//! `#[schema(...)]` on a type, as it was written.

use proc_macro2::TokenStream;
use syn::{Attribute, LitStr, Path, Token, WherePredicate, meta::ParseNestedMeta, punctuated::Punctuated};

use crate::{
    args::runtime,
    errors::Errors,
    nearest::unknown,
    option::{flag, no_option, path, recover, set, settle, text},
};

/// The options of `#[schema(...)]`.
pub(super) struct Options {
    /// Where the runtime's private face is.
    pub(super) runtime: TokenStream,
    /// What is asked of the type's parameters instead of what its fields need.
    pub(super) bound: Option<Vec<WherePredicate>>,
    /// `schemars::JsonSchema` is implemented too.
    pub(super) json_schema: Option<Path>,
}

const SCHEMA: &[&str] = &["crate", "bound", "json_schema"];

impl Options {
    pub(super) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let (mut krate, mut bound, mut json_schema) = (None::<Path>, None, None);
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("schema")) {
            let result = attr.parse_nested_meta(|meta| {
                let option = if meta.path.is_ident("crate") {
                    path(&meta).map(|path| set(&mut krate, &meta, path, errors))
                } else if meta.path.is_ident("bound") {
                    predicates(&meta).map(|predicates| set(&mut bound, &meta, predicates, errors))
                } else if meta.path.is_ident("json_schema") {
                    flag(&meta).map(|flag| set(&mut json_schema, &meta, flag, errors))
                } else {
                    return recover(&meta, unknown(&meta, SCHEMA), errors);
                };
                settle(&meta, option, errors)
            });
            errors.ok(result.map_err(|error| no_option(&error, SCHEMA)));
        }
        Self { runtime: runtime(krate.as_ref()), bound, json_schema }
    }
}

fn predicates(meta: &ParseNestedMeta<'_>) -> syn::Result<Vec<WherePredicate>> {
    let text: LitStr = text(meta)?;
    let parsed = text.parse_with(Punctuated::<WherePredicate, Token![,]>::parse_terminated)?;
    Ok(parsed.into_iter().collect())
}
