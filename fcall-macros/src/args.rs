//! `#[tool(...)]` and `#[arg(...)]`, as they were written.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, Ident, LitStr, Meta, Path, ext::IdentExt as _, meta::ParseNestedMeta, parse::Parser as _};

use crate::{
    errors::Errors,
    nearest::{unknown, unknown_here},
    option::{expression, flag, has_value, name, no_option, path, recover, set, settle, text},
    rules::Rules,
};

/// The options of `#[tool(...)]`.
#[derive(Default)]
pub(crate) struct ToolArgs {
    pub(crate) name: Option<LitStr>,
    pub(crate) krate: Option<Path>,
    pub(crate) handle: Option<Ident>,
    pub(crate) timeout: Option<LitStr>,
    pub(crate) group: Option<LitStr>,
    pub(crate) read_only: Option<Path>,
    pub(crate) destructive: Option<Path>,
    pub(crate) idempotent: Option<Path>,
    pub(crate) sequential: Option<Path>,
    pub(crate) documented: Option<Path>,
    pub(crate) blocking: Option<Path>,
    pub(crate) strict: Option<Path>,
}

const TOOL: &[&str] = &[
    "name",
    "crate",
    "handle",
    "timeout",
    "group",
    "read_only",
    "destructive",
    "idempotent",
    "sequential",
    "documented",
    "strict",
    "blocking",
];

impl ToolArgs {
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let parser = syn::meta::parser(|meta| {
            let option = args.option(&meta, errors);
            settle(&meta, option, errors)
        });
        let result = parser.parse2(tokens);
        errors.ok(result.map_err(|error| no_option(&error, TOOL)));
        args
    }

    fn option(&mut self, meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<()> {
        let Some(option) = meta.path.get_ident() else {
            return recover(meta, unknown_here(meta, TOOL, ON_PARAMETER, "#[arg(..)]` on a parameter"), errors);
        };
        match option.unraw().to_string().as_str() {
            "name" => set(&mut self.name, meta, text(meta)?, errors),
            "crate" => set(&mut self.krate, meta, path(meta)?, errors),
            "handle" => set(&mut self.handle, meta, name(meta)?, errors),
            "timeout" => set(&mut self.timeout, meta, text(meta)?, errors),
            "group" => set(&mut self.group, meta, text(meta)?, errors),
            "read_only" => set(&mut self.read_only, meta, flag(meta)?, errors),
            "destructive" => set(&mut self.destructive, meta, flag(meta)?, errors),
            "idempotent" => set(&mut self.idempotent, meta, flag(meta)?, errors),
            "sequential" => set(&mut self.sequential, meta, flag(meta)?, errors),
            "documented" => set(&mut self.documented, meta, flag(meta)?, errors),
            "blocking" => set(&mut self.blocking, meta, flag(meta)?, errors),
            "strict" => set(&mut self.strict, meta, flag(meta)?, errors),
            _ => return recover(meta, unknown_here(meta, TOOL, ON_PARAMETER, "#[arg(..)]` on a parameter"), errors),
        }
        Ok(())
    }
}

/// The options of `#[toolset(...)]`.
#[derive(Default)]
pub(crate) struct ToolsetArgs {
    krate: Option<Path>,
}

impl ToolsetArgs {
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let parser = syn::meta::parser(|meta| {
            if !meta.path.is_ident("crate") {
                return recover(&meta, unknown(&meta, &["crate"]), errors);
            }
            let krate = path(&meta).map(|path| set(&mut args.krate, &meta, path, errors));
            settle(&meta, krate, errors)
        });
        let result = parser.parse2(tokens);
        errors.ok(result.map_err(|error| no_option(&error, &["crate"])));
        args
    }

    /// Where the runtime's private face is.
    pub(crate) fn runtime(&self) -> TokenStream {
        runtime(self.krate.as_ref())
    }
}

/// The runtime's private face, below the facade.
pub(crate) fn runtime(krate: Option<&Path>) -> TokenStream {
    match krate {
        Some(krate) => quote!(#krate::__private),
        None => quote!(::fcall::__private),
    }
}

/// What stands on a parameter.
#[derive(Default)]
pub(crate) struct ParamArgs {
    pub(crate) rename: Option<LitStr>,
    pub(crate) default: Option<Expr>,
    pub(crate) context: Option<Path>,
    pub(crate) state: Option<Path>,
    pub(crate) rules: Rules,
}

/// The options of `#[arg(...)]` on a parameter.
const ON_PARAMETER: &[&str] = &["rename", "default", "range", "length", "pattern", "items", "example", "as", "secret"];
/// The options of `#[arg(...)]` on a field.
const ON_FIELD: &[&str] = &["range", "length", "pattern", "items", "example", "as", "secret", "recursive"];

impl ParamArgs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut args = Self::default();
        for attr in attrs {
            let path = attr.path();
            if path.is_ident("doc") {
                // the most of them: not compared with all the others
            } else if path.is_ident("arg") {
                args.arg(attr, errors);
            } else if path.is_ident("context") {
                match &attr.meta {
                    Meta::Path(path) if args.context.is_none() => args.context = Some(path.clone()),
                    Meta::Path(path) => errors.at(path, "`context` is given twice; keep one"),
                    other => errors.at(other, "`#[context]` has no options; write it alone"),
                }
            } else if path.is_ident("state") {
                match &attr.meta {
                    Meta::Path(path) if args.state.is_none() => args.state = Some(path.clone()),
                    Meta::Path(path) => errors.at(path, "`state` is given twice; keep one"),
                    other => errors.at(other, "`#[state]` has no options; write it alone"),
                }
            } else if path.is_ident("cfg") || path.is_ident("cfg_attr") {
                errors
                    .at(attr, "a parameter is there or not for every caller alike; put the condition on the function");
            } else if path.is_ident("serde") {
                errors.at(
                    attr,
                    "a parameter has no serde attributes; write `#[arg(default = ..)]` or `#[arg(rename = \"..\")]`",
                );
            }
        }
        args
    }

    fn arg(&mut self, attr: &Attribute, errors: &mut Errors) {
        let Meta::List(_) = &attr.meta else {
            return errors.at(attr, "`#[arg(..)]` has options; write them in brackets, or drop it");
        };
        let result = attr.parse_nested_meta(|meta| {
            let option = self.option(&meta, errors);
            settle(&meta, option, errors)
        });
        errors.ok(result.map_err(|error| no_option(&error, ON_PARAMETER)));
    }

    fn option(&mut self, meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<()> {
        let Some(option) = meta.path.get_ident() else { return recover(meta, unknown(meta, ON_PARAMETER), errors) };
        match option.unraw().to_string().as_str() {
            "rename" => set(&mut self.rename, meta, text(meta)?, errors),
            "default" if !has_value(meta) => {
                return recover(
                    meta,
                    "a default has a value; write `default = ..`, and nothing for an `Option`, which is `None` by itself",
                    errors,
                );
            }
            "default" => set(&mut self.default, meta, expression(meta, "default = ..")?, errors),
            "recursive" => {
                let error = "`recursive` is for a field of a type that reaches itself; drop it from a parameter";
                return recover(meta, error, errors);
            }
            _ if self.rules.option(meta, errors)? => {}
            _ => return recover(meta, unknown_here(meta, ON_PARAMETER, TOOL, "#[tool(..)]` on the function"), errors),
        }
        Ok(())
    }
}

/// What stands on a field of a type that derives `Schema`.
#[derive(Default)]
pub(crate) struct FieldArgs {
    pub(crate) rules: Rules,
    pub(crate) recursive: Option<Path>,
}

impl FieldArgs {
    pub(crate) fn parse(attrs: &[Attribute], errors: &mut Errors) -> Self {
        let mut args = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("arg")) {
            let result = attr.parse_nested_meta(|meta| {
                let option = args.option(&meta, errors);
                settle(&meta, option, errors)
            });
            errors.ok(result.map_err(|error| no_option(&error, ON_FIELD)));
        }
        args.rules.check_examples(errors);
        args
    }

    fn option(&mut self, meta: &ParseNestedMeta<'_>, errors: &mut Errors) -> syn::Result<()> {
        let option = meta.path.get_ident().map(|option| option.unraw().to_string()).unwrap_or_default();
        match option.as_str() {
            "recursive" => set(&mut self.recursive, meta, flag(meta)?, errors),
            "rename" | "default" => {
                let form = if option == "rename" { "rename = \"..\"" } else { "default" };
                let error = format!("a field is read by serde; write `#[serde({form})]`");
                return recover(meta, error, errors);
            }
            _ if self.rules.option(meta, errors)? => {}
            _ => return recover(meta, unknown(meta, ON_FIELD), errors),
        }
        Ok(())
    }
}
