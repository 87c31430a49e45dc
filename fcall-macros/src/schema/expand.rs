//! The model of a type as a constant.

use std::cell::RefCell;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{
    DeriveInput, Generics, Type, TypePath, TypeReference, WherePredicate, parse_quote,
    visit_mut::{self, VisitMut},
};

use crate::{
    parameter::is_well_known,
    spans::{Range, Tokens},
};

use super::{Body, Field, Held, Model, Value, Variant, options::Options};

/// `impl Schema`; without a shape, one of nothing, so that a mistake gives one error.
pub(super) fn implementation(
    input: &DeriveInput,
    options: &Options,
    shape: Option<Constants>,
    bounds: Vec<WherePredicate>,
) -> TokenStream {
    let (fc, runtime) = (fc(), &options.runtime);
    let Constants { shape, checks, fields } = shape.unwrap_or_else(|| Constants {
        shape: quote!(#fc::Shape::new(#fc::Kind::Missing(""))),
        checks: Vec::new(),
        fields: Vec::new(),
    });
    // what a generic type holds is known where it is used
    let is_generic = !input.generics.params.is_empty();
    let (inside, beside) = match (checks.is_empty(), is_generic) {
        (true, _) => (shape, None),
        (false, true) => (quote!({ #(#checks;)* #shape }), None),
        (false, false) => (shape, Some(quote!(#(const _: () = #checks;)*))),
    };
    let name = &input.ident;
    let constant = constant(input, is_generic, &fc, &inside);
    let mut generics = input.generics.clone();
    let bounds = options.bound.clone().unwrap_or(bounds);
    if !bounds.is_empty() {
        generics.make_where_clause().predicates.extend(bounds);
    }
    let (parameters, arguments, clause) = generics.split_for_impl();
    let json_schema = options.json_schema.as_ref().map(|_| {
        let methods = json_schema(&fc);
        quote!(impl #parameters #fc::schemars::JsonSchema for #name #arguments #clause { #methods })
    });
    quote! {
        const _: () = {
            use #runtime as #fc;
            #[allow(unused_imports)]
            use #runtime::asked::*;
            impl #parameters #fc::Schema for #name #arguments #clause {
                const SHAPE: &'static #fc::Shape = #constant;
            }
            #json_schema
            #beside
            #(const _: () = #fields;)*
        };
    }
}

/// The shape as a constant. The compiler follows constants into each other at every use, but stops at a static, so the
/// shape stands in one where it can. Where types reach each other in a circle that is not marked, rustc shows the
/// statics that are made of each other: then the name says what to do, and the place is the type's.
fn constant(input: &DeriveInput, is_generic: bool, fc: &Ident, shape: &TokenStream) -> TokenStream {
    // an item inside knows neither the parameters of the type nor `Self`
    if is_generic || shape.to_string().contains("Self") {
        return quote!(const { &#shape });
    }
    let fc = Range(input.ident.span(), input.ident.span()).first(fc);
    let item = quote_spanned! {input.ident.span()=>
        static TYPES_REACH_EACH_OTHER_SO_MARK_ONE_FIELD_OF_THE_CIRCLE_WITH_ARG_RECURSIVE: #fc::Shape = #shape;
    };
    quote!({
        #item
        &TYPES_REACH_EACH_OTHER_SO_MARK_ONE_FIELD_OF_THE_CIRCLE_WITH_ARG_RECURSIVE
    })
}

/// What schemars asks of a type, answered by its shape.
fn json_schema(fc: &Ident) -> TokenStream {
    let shape = quote!(<Self as #fc::Schema>::SHAPE);
    quote! {
        fn schema_name() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
            #fc::schema_name(#shape)
        }
        fn schema_id() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
            #fc::schema_id(#shape)
        }
        fn json_schema(generator: &mut #fc::schemars::SchemaGenerator) -> #fc::schemars::Schema {
            #fc::json_schema(#shape, generator)
        }
        fn _schemars_private_is_option() -> ::core::primitive::bool {
            #shape.optional
        }
    }
}

pub(super) fn fc() -> Ident {
    Ident::new("__fcall", Span::call_site())
}

/// The shape of the whole type.
pub(super) fn model(model: &Model<'_>, input: &DeriveInput, runtime: &TokenStream) -> Constants {
    let name = input.ident.to_string();
    let expander = Expander { input, runtime, checks: RefCell::default(), fields: RefCell::default() };
    let shape = expander.named(model, &name);
    Constants { shape, checks: expander.checks.into_inner(), fields: expander.fields.into_inner() }
}

/// What is said of the type in constants.
pub(super) struct Constants {
    shape: TokenStream,
    checks: Vec<Tokens>,
    /// That the types of the fields have a schema.
    fields: Vec<Tokens>,
}

struct Expander<'i> {
    input: &'i DeriveInput,
    runtime: &'i TokenStream,
    /// What has to be checked before the shape is used.
    checks: RefCell<Vec<Tokens>>,
    fields: RefCell<Vec<Tokens>>,
}

impl Expander<'_> {
    fn named(&self, model: &Model<'_>, name: &str) -> TokenStream {
        let (fc, doc) = (fc(), &model.description);
        match &model.body {
            Body::Newtype(ty) => {
                let inner = self.held(ty);
                quote!(#fc::Shape::newtype(#name, #doc, #inner))
            }
            Body::Transparent(ty) => {
                let inner = self.held(ty);
                quote!(#fc::Shape::transparent(#name, #doc, #inner))
            }
            body => {
                let kind = self.kind(body);
                quote!(#fc::Shape::named(#name, #doc, #kind))
            }
        }
    }

    /// A part of the type that has no name of its own, as a reference.
    fn anonymous(&self, model: &Model<'_>) -> TokenStream {
        let (fc, doc) = (fc(), &model.description);
        match &model.body {
            Body::Newtype(ty) => {
                let inner = self.held(ty);
                quote!(const { &#fc::Shape::described(#doc, #inner).required() })
            }
            Body::Transparent(ty) if doc.is_empty() => self.held(ty),
            Body::Transparent(ty) => {
                let inner = self.held(ty);
                quote!(const { &#fc::Shape::described(#doc, #inner) })
            }
            body => {
                let kind = self.kind(body);
                quote!(const { &#fc::Shape::new(#kind).doc(#doc) })
            }
        }
    }

    fn kind(&self, body: &Body<'_>) -> TokenStream {
        let fc = fc();
        match body {
            Body::Unit => quote!(#fc::Kind::Null),
            Body::Text => quote!(#fc::Kind::TEXT),
            Body::Const(text) => quote!(#fc::Kind::Const(#text)),
            Body::Tuple { items, min } => {
                let shapes = items.iter().map(|held| self.held(held));
                let shapes = self.constant(&quote!([#(#shapes),*]));
                quote!(#fc::Kind::tuple(#shapes, #min))
            }
            Body::Tagged(tag, held) => {
                let (tag, shape, subject) = (self.field(tag), self.held(held), &held.subject);
                let check = Range::of(&*held.ty).call(self.runtime, "check_tagged", quote!(#subject, #shape));
                self.checks.borrow_mut().push(check);
                let keys = quote!(#fc::Field::flat(#fc::Shape::of_keys(#shape)));
                let keys = self.constant(&quote!([#tag, #keys]));
                self.check_keys(held, &keys, 1);
                quote!(#fc::Kind::object(#keys, #fc::Shape::is_closed(#shape)))
            }
            Body::Object { fields, closed } => {
                let keys: Vec<_> = fields.iter().map(|field| self.field(field)).collect();
                let keys = self.constant(&quote!([#(#keys),*]));
                let flat = fields.iter().enumerate().filter(|(_, field)| field.flat);
                for (place, field) in flat {
                    if let Value::Type(held) = &field.value {
                        self.check_keys(held, &keys, place);
                    }
                }
                quote!(#fc::Kind::object(#keys, #closed))
            }
            Body::Enum(variants) => {
                let variants = variants.iter().map(variant);
                quote!(#fc::Kind::Enum(const { &[#(#variants),*] }))
            }
            Body::AnyOf(models) => {
                let shapes = models.iter().map(|model| self.anonymous(model));
                let shapes = self.constant(&quote!([#(#shapes),*]));
                quote!(#fc::Kind::AnyOf(#shapes))
            }
            // `named` and `anonymous` take these two apart
            Body::Newtype(ty) | Body::Transparent(ty) => {
                let inner = self.held(ty);
                quote!(#inner.kind)
            }
        }
    }

    /// A reference to this, which the compiler takes for the type's name where it tells of a circle.
    fn constant(&self, value: &TokenStream) -> TokenStream {
        let span = self.input.ident.span();
        let mut block = Group::new(Delimiter::Brace, quote_spanned!(span=> &#value));
        block.set_span(span);
        quote_spanned!(span=> const #block)
    }

    fn field(&self, field: &Field<'_>) -> TokenStream {
        let (fc, name, doc, aliases) = (fc(), &field.name, &field.description, aliases(&field.aliases));
        let shape = match &field.value {
            Value::Type(held) => self.held(held),
            Value::Model(model) => self.anonymous(model),
        };
        if field.flat {
            if let Value::Type(held) = &field.value {
                let (range, subject) = (Range::of(&*held.ty), &held.subject);
                let check = range.call(self.runtime, "check_flat", quote!(#subject, #shape));
                self.checks.borrow_mut().push(check);
            }
            return quote!(#fc::Field::flat(#shape));
        }
        let defaulted = field.defaulted.then(|| quote!(.defaulted()));
        quote!(#fc::Field::new(#name, #doc, #shape)#aliases #defaulted)
    }

    /// What stands at `place` brings no key that is there already.
    fn check_keys(&self, held: &Held<'_>, keys: &TokenStream, place: usize) {
        let subject = &held.subject;
        let check = Range::of(&*held.ty).call(self.runtime, "check_keys", quote!(#subject, #keys, #place));
        self.checks.borrow_mut().push(check);
    }

    /// The shape of a type with what is said of it.
    fn held(&self, held: &Held<'_>) -> TokenStream {
        let fc = fc();
        let ty = held.args.rules.shown.as_ref().unwrap_or(&held.ty);
        let inner = match &held.args.recursive {
            Some(_) => shape_of(&quote!(#fc::Rec<#ty>)),
            None => self.of_type(ty),
        };
        self.check_field(ty, &held.subject, &inner);
        let inner =
            if held.required { quote!((const { &#fc::Shape::described("", #inner).required() })) } else { inner };
        if held.args.rules.is_empty() {
            return inner;
        }
        let rules = held.args.rules.expand(&fc, &inner);
        let refined = quote!((const { &#fc::Shape::refined(#inner, const { &#rules }) }));
        self.checks.borrow_mut().extend(held.args.rules.checks(&fc, self.runtime, &held.subject, &refined, None));
        refined
    }

    /// Asks for a schema at once, unless that depends on what a generic type holds.
    fn check_field(&self, ty: &Type, subject: &str, shape: &TokenStream) {
        let mut parameters = self.input.generics.params.iter().map(|parameter| match parameter {
            syn::GenericParam::Lifetime(parameter) => &parameter.lifetime.ident,
            syn::GenericParam::Type(parameter) => &parameter.ident,
            syn::GenericParam::Const(parameter) => &parameter.ident,
        });
        if !is_well_known(Tokens::of(ty).list()) && !parameters.any(|parameter| mentions(shape.clone(), parameter)) {
            let check = Range::of(ty).call(self.runtime, "check_field", quote!(#subject, #shape));
            self.fields.borrow_mut().push(check);
        }
    }

    /// The shape of a field's type; the type that is being described stands for itself by `Rec`.
    fn of_type(&self, ty: &Type) -> TokenStream {
        let mut ty = ty.clone();
        let arguments = self.input.generics.split_for_impl().1.to_token_stream().to_string();
        Recursion { name: &self.input.ident, arguments, generics: &self.input.generics }.visit_type_mut(&mut ty);
        shape_of(&ty.into_token_stream())
    }
}

fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        proc_macro2::TokenTree::Ident(ident) => ident == *name,
        proc_macro2::TokenTree::Group(group) => mentions(group.stream(), name),
        _ => false,
    })
}

fn shape_of(ty: &TokenStream) -> TokenStream {
    let fc = fc();
    quote!(#fc::shape_of::<#ty, _, _>(#fc::Known::<#ty>::SHAPE, #fc::Known::<#ty>::FOREIGN_SHAPE))
}

fn variant(variant: &Variant) -> TokenStream {
    let (fc, name, doc, aliases) = (fc(), &variant.name, &variant.description, aliases(&variant.aliases));
    quote!(#fc::Variant::new(#name, #doc)#aliases)
}

fn aliases(aliases: &[String]) -> Option<TokenStream> {
    (!aliases.is_empty()).then(|| quote!(.aliases(&[#(#aliases),*])))
}

struct Recursion<'i> {
    name: &'i Ident,
    /// The type's own generic arguments: with others it is another type.
    arguments: String,
    generics: &'i Generics,
}

impl VisitMut for Recursion<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if let Type::Path(TypePath { qself: None, path, .. }) = ty
            && let (Some(first), Some(last)) = (path.segments.first(), path.segments.last())
        {
            let (fc, is_alone) = (fc(), path.segments.len() == 1);
            if is_alone && last.ident == "Self" {
                let (name, arguments) = (self.name, self.generics.split_for_impl().1);
                *ty = parse_quote!(#fc::Rec<#name #arguments>);
                return;
            }
            // behind a path it may be another type of that name: its shape is then only asked for later
            let is_near = is_alone || ["self", "super", "crate"].iter().any(|near| first.ident == near);
            if is_near && last.ident == *self.name && last.arguments.to_token_stream().to_string() == self.arguments {
                *ty = parse_quote!(#fc::Rec<#ty>);
                return;
            }
        }
        if let Type::Reference(TypeReference { elem, .. }) = ty
            && let Type::Slice(slice) = &**elem
            && matches!(&*slice.elem, Type::Path(path) if path.path.is_ident("u8"))
        {
            // serde borrows bytes from a text
            **elem = parse_quote!(::core::primitive::str);
            return;
        }
        visit_mut::visit_type_mut(self, ty);
    }
}
