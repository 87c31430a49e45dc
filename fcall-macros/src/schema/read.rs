//! From serde's view of a type to its form in JSON.
//!
//! What is not understood yet is refused with a text that says so: never a wrong schema.

use serde_derive_internals::{
    ast::{self, Style},
    attr::{Identifier, TagType},
};
use syn::{Attribute, DeriveInput, ext::IdentExt as _};

use super::{Body, Field, Held, Model, Value, Variant};
use crate::{args::FieldArgs, description, errors::Errors};

pub(super) struct Reader<'e> {
    pub(super) errors: &'e mut Errors,
    /// The type that is read.
    pub(super) name: &'e str,
}

impl Reader<'_> {
    pub(super) fn container<'i>(&mut self, container: &'i ast::Container<'_>, input: &'i DeriveInput) -> Model<'i> {
        let attrs = &container.attrs;
        let description = description::of(&input.attrs, self.errors);
        self.arg(&input.attrs);
        if attrs.remote().is_some() {
            self.errors.at(&input.ident, "`#[serde(remote)]` is not supported yet; wrap the foreign type in a newtype");
        }
        if !matches!(attrs.identifier(), Identifier::No) {
            self.errors
                .at(&input.ident, "`field_identifier` and `variant_identifier` are no values a model could send");
        }
        if let Some(from) = attrs.type_from().or(attrs.type_try_from()) {
            return Model { description, body: Body::Transparent(Held::plain(from)) };
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
    fn fields<'i>(&mut self, style: Style, fields: &'i [ast::Field<'_>], closed: bool, defaulted: bool) -> Body<'i> {
        match style {
            Style::Unit => Body::Unit,
            Style::Struct => {
                if let Some(flat) = fields.iter().find(|field| closed && field.attrs.flatten()) {
                    let message = "serde can't both flatten and refuse unknown keys; drop `deny_unknown_fields`, or write the fields out";
                    self.on_field(flat, message);
                }
                Body::Object { fields: self.named(fields, defaulted), closed }
            }
            Style::Newtype | Style::Tuple => {
                let mut held = Vec::with_capacity(fields.len());
                for field in fields {
                    held.push(self.held(field));
                    if field.attrs.skip_deserializing() || !field.attrs.default().is_none() || defaulted {
                        let message = "`skip` and `default` in a tuple are not supported yet; give the fields names";
                        self.on_field(field, message);
                    }
                }
                match (style, held.pop()) {
                    (Style::Newtype, Some(only)) => Body::Newtype(only),
                    (_, last) => {
                        held.extend(last);
                        Body::Tuple(held)
                    }
                }
            }
        }
    }

    fn named<'i>(&mut self, fields: &'i [ast::Field<'_>], defaulted: bool) -> Vec<Field<'i>> {
        let mut named: Vec<Field<'i>> = Vec::new();
        for field in fields.iter().filter(|field| !field.attrs.skip_deserializing()) {
            let held = self.held(field);
            let name = field.attrs.name().deserialize_name().value.clone();
            let flat = field.attrs.flatten();
            if !flat && named.iter().any(|other| !other.flat && other.name == name) {
                self.on_field(field, &format!("another field is named `{name}` too; rename one of them"));
            }
            let aliases = field.attrs.aliases().iter().map(|alias| alias.value.clone());
            named.push(Field {
                aliases: aliases.filter(|alias| *alias != name).collect(),
                name,
                description: description::of(&field.original.attrs, self.errors),
                value: Value::Type(held),
                defaulted: defaulted || !field.attrs.default().is_none(),
                flat,
            });
        }
        named
    }

    fn subject(&self, field: &ast::Field<'_>) -> String {
        match &field.original.ident {
            Some(ident) => format!("type `{}`, field `{}`", self.name, ident.unraw()),
            None => format!("type `{}`", self.name),
        }
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
    fn held<'i>(&mut self, field: &'i ast::Field<'_>) -> Held<'i> {
        let subject = self.subject(field);
        self.errors.about(subject.clone());
        let args = FieldArgs::parse(&field.original.attrs, self.errors);
        let with = field.attrs.deserialize_with().is_some() && !field.attrs.skip_deserializing();
        if with && args.rules.shown.is_none() {
            let message =
                "what `with` reads can't be seen from the type; say what the model sends: `#[arg(as = String)]`";
            self.on_field(field, message);
        }
        self.errors.about(format!("type `{}`", self.name));
        Held { ty: field.ty, args: Box::new(args), required: with && field.attrs.default().is_none(), subject }
    }

    fn arg(&mut self, attrs: &[Attribute]) {
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("arg")) {
            let message = "`#[arg(..)]` is for a field; move it there";
            self.errors.at(attr, message);
        }
    }

    fn variants<'i>(&mut self, variants: &'i [ast::Variant<'_>], tag: &TagType, closed: bool) -> Body<'i> {
        let variants: Vec<_> =
            variants.iter().filter(|variant| !variant.attrs.skip_deserializing()).filter(|v| self.is_read(v)).collect();
        let is_unit = |variant: &&&ast::Variant<'_>| matches!(variant.style, Style::Unit);
        let (untagged, variants): (Vec<_>, Vec<_>) = variants.into_iter().partition(|variant| variant.attrs.untagged());
        let untagged: Vec<_> = untagged
            .into_iter()
            .map(|variant| Model { description: self.doc(variant), ..self.content(variant, closed) })
            .collect();
        if let TagType::External = tag {
            let mut models: Vec<_> = Vec::new();
            let texts: Vec<_> = variants.iter().filter(is_unit).map(|variant| self.text(variant)).collect();
            if texts.len() == variants.len() && untagged.is_empty() {
                return Body::Enum(texts);
            }
            if !texts.is_empty() {
                models.push(Model { description: String::new(), body: Body::Enum(texts) });
            }
            for variant in variants.iter().filter(|variant| !is_unit(variant)) {
                let content = self.content(variant, closed);
                let field = Field { value: Value::Model(Box::new(content)), ..self.key(variant) };
                let body = Body::Object { fields: vec![field], closed: true };
                models.push(Model { description: self.doc(variant), body });
            }
            models.extend(untagged);
            return Body::AnyOf(models);
        }
        let models = variants.iter().map(|variant| {
            let description = self.doc(variant);
            let body = match tag {
                TagType::Internal { tag } => self.internal(variant, tag, closed),
                TagType::Adjacent { tag, content } => self.adjacent(variant, tag, content, closed),
                TagType::External | TagType::None => self.content(variant, closed).body,
            };
            Model { description, body }
        });
        Body::AnyOf(models.collect::<Vec<_>>().into_iter().chain(untagged).collect())
    }

    fn is_read(&mut self, variant: &ast::Variant<'_>) -> bool {
        self.arg(&variant.original.attrs);
        let attrs = &variant.attrs;
        if attrs.deserialize_with().is_some() {
            let message = "`with` on a variant is not supported yet; leave it out, or use a newtype";
            self.errors.at(&variant.original.ident, message);
        }
        true
    }

    fn internal<'i>(&mut self, variant: &'i ast::Variant<'_>, tag: &str, closed: bool) -> Body<'i> {
        let mut fields = vec![self.tag(variant, tag)];
        match variant.style {
            Style::Struct => fields.extend(self.named(&variant.fields, false)),
            Style::Unit => {}
            Style::Newtype => fields.extend(variant.fields.iter().map(|inner| Field {
                name: String::new(),
                aliases: Vec::new(),
                description: String::new(),
                value: Value::Type(self.held(inner)),
                defaulted: false,
                flat: true,
            })),
            Style::Tuple => {
                let message = "the content of a tuple variant has no keys to stand beside `#[serde(tag)]`; give its fields names, or add `content = \"..\"`";
                self.errors.at(&variant.original.ident, message);
            }
        }
        Body::Object { fields, closed }
    }

    fn adjacent<'i>(&mut self, variant: &'i ast::Variant<'_>, tag: &str, content: &str, closed: bool) -> Body<'i> {
        let mut fields = vec![self.tag(variant, tag)];
        if !matches!(variant.style, Style::Unit) {
            let mut model = self.content(variant, closed);
            if let Body::Newtype(inner) = model.body {
                // serde asks the content itself what it is when it is missing
                model.body = Body::Transparent(inner);
            }
            fields.push(Field {
                name: content.to_owned(),
                aliases: Vec::new(),
                description: String::new(),
                value: Value::Model(Box::new(model)),
                defaulted: false,
                flat: false,
            });
        }
        Body::Object { fields, closed }
    }

    fn tag<'i>(&mut self, variant: &ast::Variant<'_>, tag: &str) -> Field<'i> {
        if !variant.attrs.aliases().iter().all(|alias| alias.value == self.wire(variant)) {
            let message = "`alias` on a variant of a tagged enum is not supported yet; leave it out";
            self.errors.at(&variant.original.ident, message);
        }
        // any other tag is read as that variant
        let body = if variant.attrs.other() { Body::Text } else { Body::Const(self.wire(variant)) };
        Field {
            name: tag.to_owned(),
            aliases: Vec::new(),
            description: String::new(),
            value: Value::Model(Box::new(Model { description: String::new(), body })),
            defaulted: false,
            flat: false,
        }
    }

    fn content<'i>(&mut self, variant: &'i ast::Variant<'_>, closed: bool) -> Model<'i> {
        Model { description: String::new(), body: self.fields(variant.style, &variant.fields, closed, false) }
    }

    /// The key under which an externally tagged variant stands; its value is still to come.
    fn key<'i>(&mut self, variant: &ast::Variant<'_>) -> Field<'i> {
        let Variant { name, aliases, .. } = self.text(variant);
        let value = Value::Model(Box::new(Model { description: String::new(), body: Body::Unit }));
        Field { name, aliases, description: String::new(), value, defaulted: false, flat: false }
    }

    fn text(&mut self, variant: &ast::Variant<'_>) -> Variant {
        let name = self.wire(variant);
        let aliases = variant.attrs.aliases().iter().map(|alias| alias.value.clone());
        Variant { aliases: aliases.filter(|alias| *alias != name).collect(), description: self.doc(variant), name }
    }

    fn wire(&self, variant: &ast::Variant<'_>) -> String {
        variant.attrs.name().deserialize_name().value.clone()
    }

    fn doc(&mut self, variant: &ast::Variant<'_>) -> String {
        description::of(&variant.original.attrs, self.errors)
    }
}
