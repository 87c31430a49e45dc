//! What a generic type asks of its parameters: a schema of those whose values serde reads, and no more.

use std::collections::HashSet;

use quote::{ToTokens, quote};
use syn::{
    Generics, Ident, Type, TypePath, WherePredicate, parse_quote,
    visit_mut::{self, VisitMut},
};

use super::{Body, Field, Held, Model, Value, expand::fc};

/// A predicate for each parameter that stands in a type that is read, and for each type that hangs on one: `T::Item`.
pub(super) fn of(model: &Model<'_>, generics: &Generics) -> Vec<WherePredicate> {
    let parameters: HashSet<_> = generics.type_params().map(|parameter| parameter.ident.clone()).collect();
    let mut bounds = Bounds { parameters, seen: HashSet::new(), predicates: Vec::new() };
    if !bounds.parameters.is_empty() {
        bounds.model(model);
    }
    bounds.predicates
}

struct Bounds {
    parameters: HashSet<Ident>,
    /// What has a predicate already, as tokens.
    seen: HashSet<String>,
    predicates: Vec<WherePredicate>,
}

impl Bounds {
    fn model(&mut self, model: &Model<'_>) {
        match &model.body {
            Body::Newtype(held) | Body::Transparent(held) => self.held(held),
            Body::Tuple { items, .. } => items.iter().for_each(|held| self.held(held)),
            Body::Object { fields, .. } => fields.iter().for_each(|field| self.field(field)),
            Body::Tagged(tag, held) => {
                self.field(tag);
                self.held(held);
            }
            Body::AnyOf(models) => models.iter().for_each(|model| self.model(model)),
            Body::Unit | Body::Enum(_) | Body::Const(_) | Body::Text => {}
        }
    }

    fn field(&mut self, field: &Field<'_>) {
        match &field.value {
            Value::Type(held) => self.held(held),
            Value::Model(model) => self.model(model),
        }
    }

    fn held(&mut self, held: &Held<'_>) {
        let mut ty = held.args.rules.shown.as_ref().unwrap_or(&held.ty).clone();
        self.visit_type_mut(&mut ty);
    }

    fn need(&mut self, ty: impl ToTokens) {
        if self.seen.insert(ty.to_token_stream().to_string()) {
            let fc = fc();
            self.predicates.push(parse_quote!(#ty: #fc::Schema));
        }
    }
}

/// Only looks; syn's visitor for that would be one feature more.
impl VisitMut for Bounds {
    fn visit_type_path_mut(&mut self, path: &mut TypePath) {
        let of_parameter = path.path.segments.first().is_some_and(|first| self.parameters.contains(&first.ident));
        match &path.qself {
            // `<T as Trait>::Item`
            Some(qself) if self.names_parameter(&qself.ty) => self.need(&path),
            None if of_parameter => self.need(&path),
            // it holds nothing
            None if path.path.segments.last().is_some_and(|last| last.ident == "PhantomData") => {}
            _ => visit_mut::visit_type_path_mut(self, path),
        }
    }
}

impl Bounds {
    fn names_parameter(&self, ty: &Type) -> bool {
        let tokens = quote!(#ty).into_iter();
        tokens.into_iter().any(|token| match token {
            proc_macro2::TokenTree::Ident(ident) => self.parameters.contains(&ident),
            _ => false,
        })
    }
}
