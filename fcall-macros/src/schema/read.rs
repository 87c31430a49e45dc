//! From serde's view of a type to its form in JSON. Enums are read in `variants`.
//!
//! What is not understood yet is refused with a text that says so: never a wrong schema.

use std::{borrow::Cow, collections::HashSet, fmt::Write as _};

use serde_derive_internals::{
    ast::{self, Style},
    attr::Identifier,
};
use syn::{Attribute, DeriveInput, ExprPath, Type, ext::IdentExt as _, parse_quote};

use super::{Body, Field, Held, Model, Value};
use crate::{args::FieldArgs, description, errors::Errors};

pub(super) struct Reader<'e> {
    pub(super) errors: &'e mut Errors,
    /// The type that is read.
    pub(super) name: &'e str,
    /// The variant whose fields are read.
    pub(super) variant: Option<String>,
}

impl Reader<'_> {
    pub(super) fn container<'i>(&mut self, container: &'i ast::Container<'_>, input: &'i DeriveInput) -> Model<'i> {
        let attrs = &container.attrs;
        let description = description::of(&input.attrs, self.errors);
        self.arg(&input.attrs);
        if !matches!(attrs.identifier(), Identifier::No) {
            self.errors
                .at(&input.ident, "`field_identifier` and `variant_identifier` are no values a model could send");
        }
        if let Some(from) = attrs.type_from().or(attrs.type_try_from()) {
            let held = Held { subject: format!("type `{}`", self.name), ..Held::plain(from) };
            return Model { description, body: Body::Transparent(held) };
        }
        let body = match &container.data {
            ast::Data::Struct(style, fields) => {
                let container_default = !attrs.default().is_none();
                if attrs.transparent() {
                    match fields.iter().find(|field| field.attrs.transparent()) {
                        Some(inner) => Body::Transparent(self.held(inner)),
                        None => Body::Unit,
                    }
                } else {
                    self.fields(*style, fields, attrs.deny_unknown_fields(), container_default)
                }
            }
            ast::Data::Enum(variants) => self.variants(variants, attrs.tag(), attrs.deny_unknown_fields()),
        };
        Model { description, body }
    }

    /// The content of a struct or of a variant.
    pub(super) fn fields<'i>(
        &mut self,
        style: Style,
        fields: &'i [ast::Field<'_>],
        closed: bool,
        defaulted: bool,
    ) -> Body<'i> {
        match style {
            Style::Unit => Body::Unit,
            Style::Struct => Body::Object { fields: self.named(fields, closed, defaulted), closed },
            // serde reads the only field of a struct whatever is said of it; a variant's was looked at before
            Style::Newtype => match fields.first() {
                Some(only) => Body::Newtype(self.held(only)),
                None => Body::Unit,
            },
            Style::Tuple => {
                let read: Vec<_> = fields.iter().filter(|field| !field.attrs.skip_deserializing()).collect();
                let must = |field: &&ast::Field<'_>| !defaulted && field.attrs.default().is_none();
                let min = read.iter().rposition(must).map_or(0, |last| last + 1);
                Body::Tuple { items: read.into_iter().map(|field| self.held(field)).collect(), min }
            }
        }
    }

    /// The keys of a struct or of a variant.
    pub(super) fn named<'i>(&mut self, fields: &'i [ast::Field<'_>], closed: bool, defaulted: bool) -> Vec<Field<'i>> {
        if let Some(flat) = fields.iter().find(|field| closed && field.attrs.flatten()) {
            let message =
                "serde can't both flatten and refuse unknown keys; drop `deny_unknown_fields`, or write the fields out";
            self.on_field(flat, message);
        }
        let mut named: Vec<Field<'i>> = Vec::new();
        let mut keys = HashSet::new();
        for field in fields.iter().filter(|field| !field.attrs.skip_deserializing()) {
            let held = self.held(field);
            let name = field.attrs.name().deserialize_name().value.clone();
            let flat = field.attrs.flatten();
            let aliases = field.attrs.aliases().iter().map(|alias| alias.value.clone());
            let aliases: Vec<_> = aliases.filter(|alias| *alias != name).collect();
            for key in aliases.iter().chain([&name]).filter(|_| !flat) {
                if !keys.insert(key.clone()) {
                    self.on_field(field, &format!("another field is named `{key}` too; rename one of them"));
                }
            }
            named.push(Field {
                aliases,
                name,
                description: description::of(&field.original.attrs, self.errors),
                value: Value::Type(Box::new(held)),
                // serde asks what is flattened itself, whatever stands for what is missing
                defaulted: !flat && (defaulted || !field.attrs.default().is_none()),
                flat,
            });
        }
        named
    }

    fn subject(&self, field: &ast::Field<'_>) -> String {
        let mut subject = format!("type `{}`", self.name);
        if let Some(variant) = &self.variant {
            let _ = write!(subject, ", variant `{variant}`");
        }
        if let Some(ident) = &field.original.ident {
            let _ = write!(subject, ", field `{}`", ident.unraw());
        }
        subject
    }

    /// A mistake of a field, on its name.
    fn on_field(&mut self, field: &ast::Field<'_>, message: &str) {
        self.errors.about(self.subject(field));
        match &field.original.ident {
            Some(ident) => self.errors.at(ident, message),
            None => self.errors.at(field.ty, message),
        }
        self.errors.about(format!("type `{}`", self.name));
    }

    /// A field's type and what is said of it; what changes how it is read must be said too.
    pub(super) fn held<'i>(&mut self, field: &'i ast::Field<'_>) -> Held<'i> {
        let subject = self.subject(field);
        self.errors.about(subject.clone());
        let mut args = FieldArgs::parse(&field.original.attrs, self.errors);
        let by_serde = field.attrs.deserialize_with().and_then(borrowed);
        if let Some(text) = &by_serde {
            args.rules.shown.get_or_insert_with(|| text.clone());
        }
        let with = field.attrs.deserialize_with().is_some() && !field.attrs.skip_deserializing();
        if with && args.rules.shown.is_none() {
            let message =
                "what `with` reads can't be seen from the type; say what the model sends: `#[arg(as = String)]`";
            self.on_field(field, message);
        }
        self.errors.about(format!("type `{}`", self.name));
        Held {
            ty: Cow::Borrowed(field.ty),
            args: Box::new(args),
            required: with && field.attrs.default().is_none(),
            subject,
        }
    }

    pub(super) fn arg(&mut self, attrs: &[Attribute]) {
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("arg")) {
            let message = "`#[arg(..)]` is for a field; move it there";
            self.errors.at(attr, message);
        }
    }
}

/// What `#[serde(borrow)]` reads for a `Cow`, whose own way it replaces: bytes are borrowed from a text.
fn borrowed(with: &ExprPath) -> Option<Type> {
    let (first, last) = (with.path.segments.first()?, with.path.segments.last()?);
    let is_serdes = first.ident == "_serde" && (last.ident == "borrow_cow_str" || last.ident == "borrow_cow_bytes");
    is_serdes.then(|| parse_quote!(::core::primitive::str))
}
