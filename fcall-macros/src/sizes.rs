//! Types without a size, which stand behind a reference or not at all.

use syn::{FnArg, GenericArgument, Lifetime, PathArguments, ReturnType, Type, parse_quote};

use crate::item::Item;

/// What holds values side by side, so that each needs a size; a `Box` does not.
const HOLDERS: &[&str] =
    &["Option", "Result", "Vec", "VecDeque", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "LinkedList"];

/// The part of a type that has no size.
pub(crate) fn without_size(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Slice(_) | Type::TraitObject(_) => Some(ty),
        Type::Group(group) => without_size(&group.elem),
        Type::Paren(paren) => without_size(&paren.elem),
        Type::Array(array) => without_size(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().find_map(without_size),
        Type::Path(path) if path.path.is_ident("str") => Some(ty),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
            let mut held = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            held.find_map(without_size).filter(|_| HOLDERS.iter().any(|holder| last.ident == holder))
        }
        _ => None,
    }
}

/// What to write for a part of a parameter's type.
pub(crate) fn taken(part: &Type, whole: &Type) -> &'static str {
    // only a whole parameter can be borrowed
    let is_whole = std::ptr::eq(part, whole)
        || matches!(whole, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option"));
    match (part, is_whole) {
        (Type::Slice(_), true) => "a slice has no size of its own; write `&[..]`, or `Vec<..>`",
        (Type::Slice(_), false) => "a slice has no size of its own; write `Vec<..>`",
        (Type::TraitObject(_), _) => "the model must be told of a concrete type; name it instead of the trait",
        (_, true) => "a text has no size of its own; write `&str`, or `String`",
        (_, false) => "a text has no size of its own; write `String`",
    }
}

/// What to write for what is returned.
pub(crate) fn given(ty: &Type) -> &'static str {
    match ty {
        Type::Slice(_) => "a slice has no size of its own; return a `Vec<..>`",
        Type::TraitObject(_) => "a trait object has no size of its own; return a concrete type",
        _ => "a text has no size of its own; return a `String`",
    }
}

impl Item {
    /// The function with a reference where a size is missing, and with a body, so that who calls it gets no second error.
    pub(crate) fn in_one_piece(&self) -> Self {
        let Self { attrs, vis, sig, body, written } = self;
        let (mut sig, mut body) = (sig.clone(), body.clone());
        for input in &mut sig.inputs {
            if let FnArg::Typed(typed) = input
                && without_size(&typed.ty).is_some()
            {
                lend(&mut typed.ty, None);
            }
        }
        if let ReturnType::Type(_, ty) = &mut sig.output
            && without_size(ty).is_some()
        {
            lend(ty, Some(&parse_quote!('static)));
            // what the body made of it is another type
            body = parse_quote!({ loop {} });
        }
        if self.is_declaration() && sig.receiver().is_none() {
            body = parse_quote!({ loop {} });
        }
        Self { attrs: attrs.clone(), vis: vis.clone(), sig, body, written: written.clone() }
    }
}

fn lend(ty: &mut Type, lifetime: Option<&Lifetime>) {
    match ty {
        Type::Slice(_) | Type::TraitObject(_) => *ty = parse_quote!(&#lifetime (#ty)),
        Type::Group(group) => lend(&mut group.elem, lifetime),
        Type::Paren(paren) => lend(&mut paren.elem, lifetime),
        Type::Array(array) => lend(&mut array.elem, lifetime),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(|ty| lend(ty, lifetime)),
        Type::Path(path) if path.path.is_ident("str") => *ty = parse_quote!(&#lifetime #ty),
        Type::Path(path) => {
            let last = path.path.segments.last_mut().filter(|last| HOLDERS.iter().any(|holder| last.ident == holder));
            let Some(PathArguments::AngleBracketed(arguments)) = last.map(|last| &mut last.arguments) else { return };
            for argument in &mut arguments.args {
                if let GenericArgument::Type(ty) = argument {
                    lend(ty, lifetime);
                }
            }
        }
        _ => {}
    }
}
