//! From serde's view of an enum to its form in JSON: four ways to write a variant, three to leave out its content.

use std::{borrow::Cow, collections::HashSet};

use serde_derive_internals::{
    ast::{self, Style},
    attr::TagType,
};
use syn::ext::IdentExt as _;

use super::{Body, Field, Held, Model, Value, Variant, read::Reader};
use crate::{args::FieldArgs, description};

impl Reader<'_> {
    pub(super) fn variants<'i>(&mut self, variants: &'i [ast::Variant<'_>], tag: &TagType, closed: bool) -> Body<'i> {
        let read = variants.iter().filter(|variant| !variant.attrs.skip_deserializing());
        let (untagged, tagged): (Vec<_>, Vec<_>) = read.partition(|variant| variant.attrs.untagged());
        if !matches!(tag, TagType::None) {
            self.names(&tagged);
        }
        let mut models = match tag {
            TagType::External => {
                let texts: Vec<_> = tagged.iter().filter(|v| is_text(v)).map(|variant| self.text(variant)).collect();
                if texts.len() == tagged.len() && untagged.is_empty() {
                    tagged.iter().for_each(|variant| self.arg(&variant.original.attrs));
                    return Body::Enum(texts);
                }
                self.external(&tagged, texts, closed)
            }
            TagType::Internal { tag } => self.each(&tagged, |own, variant| own.internal(variant, tag, closed)),
            TagType::Adjacent { tag, content } => {
                self.each(&tagged, |own, variant| own.adjacent(variant, tag, content, closed))
            }
            TagType::None => self.each(&tagged, |own, variant| own.content(variant, closed)),
        };
        models.extend(self.each(&untagged, |own, variant| own.content(variant, closed)));
        Body::AnyOf(models)
    }

    /// Refuses variants that go by one name: only the first would ever be read.
    fn names(&mut self, variants: &[&ast::Variant<'_>]) {
        let mut names = HashSet::new();
        for variant in variants {
            let name = &variant.attrs.name().deserialize_name().value;
            let own: HashSet<&String> =
                variant.attrs.aliases().iter().map(|alias| &alias.value).chain([name]).collect();
            for name in own {
                if !names.insert(name) {
                    let message = format!("another variant is named `{name}` too; rename one of them");
                    self.errors.at(&variant.original.ident, message);
                }
            }
        }
    }

    /// A model of each variant, with its doc comment.
    fn each<'i>(
        &mut self,
        variants: &[&'i ast::Variant<'_>],
        mut body: impl FnMut(&mut Self, &'i ast::Variant<'i>) -> Body<'i>,
    ) -> Vec<Model<'i>> {
        let model = |variant: &&'i ast::Variant<'_>| {
            let body = body(self, variant);
            Model { description: self.doc(variant), body }
        };
        variants.iter().map(model).collect()
    }

    /// The texts come first, as one enum; what holds something stands under the variant's name.
    fn external<'i>(&mut self, variants: &[&'i ast::Variant<'_>], texts: Vec<Variant>, closed: bool) -> Vec<Model<'i>> {
        let mut models = Vec::new();
        if !texts.is_empty() {
            models.push(Model { description: String::new(), body: Body::Enum(texts) });
        }
        for variant in variants {
            if is_text(variant) {
                self.arg(&variant.original.attrs);
                continue;
            }
            let content = Model { description: String::new(), body: self.content(variant, closed) };
            let Variant { name, aliases, description } = self.text(variant);
            let field = Field { aliases, ..Field::of(name, content) };
            models.push(Model { description, body: Body::Object { fields: vec![field], closed: true } });
        }
        models
    }

    fn internal<'i>(&mut self, variant: &'i ast::Variant<'_>, tag: &str, closed: bool) -> Body<'i> {
        let tag = self.tag(variant, tag);
        if let Some(held) = self.with(variant) {
            return Body::Tagged(Box::new(tag), held);
        }
        self.within(variant, |own| match (effective_style(variant), variant.fields.first()) {
            (Style::Newtype, Some(inner)) => Body::Tagged(Box::new(tag), own.held(inner)),
            (Style::Struct, _) => {
                let mut fields = vec![tag];
                fields.extend(own.named(&variant.fields, closed, false));
                Body::Object { fields, closed }
            }
            // serde itself refuses a tuple here
            _ => Body::Object { fields: vec![tag], closed },
        })
    }

    fn adjacent<'i>(&mut self, variant: &'i ast::Variant<'_>, tag: &str, content: &str, closed: bool) -> Body<'i> {
        let mut fields = vec![self.tag(variant, tag)];
        let with = self.with(variant);
        let is_unit = matches!(variant.style, Style::Unit);
        if with.is_none() && !is_unit && matches!(effective_style(variant), Style::Unit) {
            let message = "serde writes no content for what is skipped, but asks for it when it reads; drop the field, or give it a name";
            self.errors.at(&variant.original.ident, message);
        }
        // serde asks the content itself what it is when it is missing, unless `with` reads it
        let body = match with {
            Some(held) => Some(Body::Newtype(held)),
            None if is_unit => None,
            None => Some(match self.content(variant, closed) {
                Body::Newtype(inner) => Body::Transparent(inner),
                other => other,
            }),
        };
        if let Some(body) = body {
            let content = Field::of(content.to_owned(), Model { description: String::new(), body });
            fields.push(Field { defaulted: is_unit, ..content });
        }
        Body::Object { fields, closed }
    }

    fn tag<'i>(&mut self, variant: &ast::Variant<'_>, tag: &str) -> Field<'i> {
        let Variant { name, aliases, .. } = self.text(variant);
        let body = match aliases.is_empty() {
            // any other tag is read as that variant
            _ if variant.attrs.other() => Body::Text,
            true => Body::Const(name),
            false => Body::Enum(vec![Variant { name, aliases, description: String::new() }]),
        };
        Field::of(tag.to_owned(), Model { description: String::new(), body })
    }

    /// What the variant holds.
    fn content<'i>(&mut self, variant: &'i ast::Variant<'_>, closed: bool) -> Body<'i> {
        match self.with(variant) {
            Some(held) => Body::Newtype(held),
            None => self.within(variant, |own| own.fields(effective_style(variant), &variant.fields, closed, false)),
        }
    }

    /// Mistakes of its fields are told of the variant.
    fn within<T>(&mut self, variant: &ast::Variant<'_>, read: impl FnOnce(&mut Self) -> T) -> T {
        self.variant = Some(variant.original.ident.unraw().to_string());
        let read = read(self);
        self.variant = None;
        read
    }

    /// What is read where a function of the user's reads the variant's content.
    fn with<'i>(&mut self, variant: &ast::Variant<'_>) -> Option<Held<'i>> {
        if variant.attrs.deserialize_with().is_none() {
            self.arg(&variant.original.attrs);
            return None;
        }
        let subject = format!("type `{}`, variant `{}`", self.name, variant.original.ident);
        self.errors.about(subject.clone());
        let mut args = FieldArgs::parse(&variant.original.attrs, self.errors);
        let shown = args.rules.shown.take();
        if shown.is_none() {
            let message =
                "what `with` reads can't be seen from the variant; say what the model sends: `#[arg(as = String)]`";
            self.errors.at(&variant.original.ident, message);
        }
        self.errors.about(format!("type `{}`", self.name));
        Some(Held { ty: Cow::Owned(shown?), args: Box::new(args), required: true, subject })
    }

    fn text(&mut self, variant: &ast::Variant<'_>) -> Variant {
        let name = variant.attrs.name().deserialize_name().value.clone();
        let aliases = variant.attrs.aliases().iter().map(|alias| alias.value.clone());
        Variant { aliases: aliases.filter(|alias| *alias != name).collect(), description: self.doc(variant), name }
    }

    fn doc(&mut self, variant: &ast::Variant<'_>) -> String {
        description::of(&variant.original.attrs, self.errors)
    }
}

impl<'i> Field<'i> {
    /// A key without a doc comment that must be there.
    fn of(name: String, value: Model<'i>) -> Self {
        let value = Value::Model(Box::new(value));
        Self { name, aliases: Vec::new(), description: String::new(), value, defaulted: false, flat: false }
    }
}

/// A variant whose only field is skipped is read as one without fields.
fn effective_style(variant: &ast::Variant<'_>) -> Style {
    match (variant.style, variant.fields.first()) {
        (Style::Newtype, Some(only)) if only.attrs.skip_deserializing() => Style::Unit,
        (style, _) => style,
    }
}

/// Written as its name alone where the enum has no tag of its own.
fn is_text(variant: &ast::Variant<'_>) -> bool {
    matches!(effective_style(variant), Style::Unit) && variant.attrs.deserialize_with().is_none()
}
