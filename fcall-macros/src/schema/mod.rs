//! `#[derive(Schema)]`: the schema of a type as serde reads it.
//!
//! `read` asks serde's own attribute parser and makes a model of the type, `variants` does so for enums; `expand` writes
//! it as a constant, with the `bounds` that its parameters need.

mod bounds;
mod expand;
mod options;
mod read;
mod variants;

use std::borrow::Cow;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use serde_derive_internals::{Ctxt, Derive, ast};
use syn::{DeriveInput, ext::IdentExt as _};

use crate::{args::FieldArgs, errors::Errors};
use options::Options;

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
    /// The first `min` must be there; serde takes defaults for the others.
    Tuple {
        items: Vec<Held<'i>>,
        min: usize,
    },
    Object {
        fields: Vec<Field<'i>>,
        closed: bool,
    },
    /// The tag of an enum, and beside it the keys of what the variant holds.
    Tagged(Box<Field<'i>>, Held<'i>),
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
    Type(Box<Held<'i>>),
    Model(Box<Model<'i>>),
}

/// A type, and what is said of it where it stands.
pub(crate) struct Held<'i> {
    pub(crate) ty: Cow<'i, syn::Type>,
    pub(crate) args: Box<FieldArgs>,
    /// serde asks for it even where its type could be left out.
    pub(crate) required: bool,
    /// Who is told of in errors.
    pub(crate) subject: String,
}

impl<'i> Held<'i> {
    /// Of which nothing is said.
    pub(crate) fn plain(ty: &'i syn::Type) -> Self {
        Self { ty: Cow::Borrowed(ty), args: Box::default(), required: false, subject: String::new() }
    }
}

/// A text of an enum.
pub(crate) struct Variant {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) description: String,
}

/// `#[schema(..)]` where `#[arg(..)]` is meant: nobody else would say so.
fn misplaced(input: &DeriveInput, errors: &mut Errors) {
    let name = &input.ident;
    let mut refuse = |attrs: &[syn::Attribute], subject: String, message: &str| {
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("schema")) {
            errors.about(subject.clone());
            errors.at(attr, message);
        }
    };
    let mut fields = |fields: &syn::Fields, subject: String| {
        for field in fields {
            let subject = match &field.ident {
                Some(ident) => format!("{subject}, field `{}`", ident.unraw()),
                None => subject.clone(),
            };
            refuse(&field.attrs, subject, "`#[schema(..)]` is for the type; write `#[arg(..)]` on a field");
        }
    };
    match &input.data {
        syn::Data::Struct(data) => fields(&data.fields, format!("type `{name}`")),
        syn::Data::Enum(data) => {
            for variant in &data.variants {
                fields(&variant.fields, format!("type `{name}`, variant `{}`", variant.ident.unraw()));
            }
            for variant in &data.variants {
                let subject = format!("type `{name}`, variant `{}`", variant.ident.unraw());
                let message = "`#[schema(..)]` is for the type; drop it, a variant is read as serde's attributes say";
                refuse(&variant.attrs, subject, message);
            }
        }
        syn::Data::Union(_) => {}
    }
    errors.about(format!("type `{name}`"));
}

pub(crate) fn derive(tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let Some(input) = errors.ok(syn::parse2::<DeriveInput>(tokens)) else {
        return errors.finish().unwrap_or_default();
    };
    errors.about(format!("type `{}`", input.ident));
    let options = Options::parse(&input.attrs, &mut errors);
    misplaced(&input, &mut errors);
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
        let model = read::Reader { errors: &mut errors, name: &name, variant: None }.container(&container, &input);
        (expand::model(&model, &input, &options.runtime), bounds::of(&model, &input.generics))
    });
    let errors = errors.finish();
    let (constants, bounds) = model.filter(|_| errors.is_none()).unzip();
    let schema = expand::implementation(&input, &options, constants, bounds.unwrap_or_default());
    quote!(#schema #errors)
}
