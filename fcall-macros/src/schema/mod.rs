//! `#[derive(Schema)]`: the schema of a type as serde reads it.
//!
//! `read` asks serde's own attribute parser and makes a model of the type, `expand` writes it as a constant.

mod expand;
mod read;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use serde_derive_internals::{Ctxt, Derive, ast};
use syn::{Attribute, DeriveInput, LitStr, Path};

use crate::{
    args::{FieldArgs, recover},
    errors::Errors,
    nearest::unknown,
};

/// A type as serde reads it.
pub(crate) struct Model<'i> {
    pub(crate) description: String,
    pub(crate) body: Body<'i>,
}

/// The forms a type can have in JSON.
pub(crate) enum Body<'i> {
    Unit,
    /// Written as what is inside, but required where the inside could be left out.
    Newtype(Held<'i>),
    /// Written, and left out, as what is inside.
    Transparent(Held<'i>),
    Tuple(Vec<Held<'i>>),
    Object {
        fields: Vec<Field<'i>>,
        closed: bool,
    },
    /// Texts only.
    Enum(Vec<Variant>),
    AnyOf(Vec<Model<'i>>),
    Const(String),
    /// Any text.
    Text,
}

/// A key of an object.
pub(crate) struct Field<'i> {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) description: String,
    pub(crate) value: Value<'i>,
    pub(crate) defaulted: bool,
    /// Its keys stand beside the others.
    pub(crate) flat: bool,
}

/// What stands under a key.
pub(crate) enum Value<'i> {
    Type(Held<'i>),
    Model(Box<Model<'i>>),
}

/// A type, and what is said of it where it stands.
pub(crate) struct Held<'i> {
    pub(crate) ty: &'i syn::Type,
    pub(crate) args: Box<FieldArgs>,
    /// serde asks for it even where its type could be left out.
    pub(crate) required: bool,
    /// Who is told of in errors.
    pub(crate) subject: String,
}

impl<'i> Held<'i> {
    /// Of which nothing is said.
    pub(crate) fn plain(ty: &'i syn::Type) -> Self {
        Self { ty, args: Box::default(), required: false, subject: String::new() }
    }
}

/// A text of an enum.
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) description: String,
}

pub(crate) fn derive(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(input) = errors.ok(syn::parse2::<DeriveInput>(tokens)) else {
        return errors.finish().unwrap_or_default();
    };
    errors.about(format!("type `{}`", input.ident));
    let runtime = runtime(&input.attrs, &mut errors);
    if let syn::Data::Union(union) = &input.data {
        errors.at(union.union_token, "a union has no form in JSON; write an enum");
    }
    let serde = Ctxt::new();
    let private = Ident::new("__private", Span::call_site());
    let container = ast::Container::from_ast(&serde, &input, Derive::Deserialize, &private);
    // what serde has to say against its attributes, its own derive says
    let understood = serde.check().is_ok();
    let model = container.filter(|_| understood).map(|container| {
        let name = input.ident.to_string();
        let model = read::Reader { errors: &mut errors, name: &name }.container(&container, &input);
        expand::model(&model, &input, &runtime)
    });
    let errors = errors.finish();
    let model = model.filter(|_| errors.is_none());
    let schema = expand::implementation(&input, &runtime, model);
    quote!(#schema #errors)
}

fn runtime(attrs: &[Attribute], errors: &mut Errors) -> TokenStream {
    const SCHEMA: &[&str] = &["crate", "json_schema"];
    let mut krate: Option<Path> = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("schema")) {
        let result = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("crate") {
                krate = Some(meta.value()?.parse::<LitStr>()?.parse()?);
                Ok(())
            } else if meta.path.is_ident("json_schema") {
                recover(&meta, "`json_schema` is not supported yet; derive `schemars::JsonSchema` as well", errors)
            } else {
                recover(&meta, unknown(&meta, SCHEMA), errors)
            }
        });
        errors.ok(result);
    }
    match krate {
        Some(krate) => quote!(#krate::__private),
        None => quote!(::fcall::__private),
    }
}
