//! What a method says of `Self`, for constants that stand beside the block.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{FnArg, Meta, PathArguments, ReturnType, Type};

use crate::{item::Item, spans::Range};

impl Item {
    /// The method with the type's name where it says `Self`.
    pub(super) fn naming(&self, ty: &Type) -> Self {
        let (attrs, vis, body) = (self.attrs.clone(), self.vis.clone(), self.body.clone());
        let (mut sig, in_expression) = (self.sig.clone(), in_expression(ty));
        for input in &mut sig.inputs {
            let FnArg::Typed(typed) = input else { continue };
            if let Ok(named) = syn::parse2(named(typed.ty.to_token_stream(), ty)) {
                *typed.ty = named;
            }
            for attr in typed.attrs.iter_mut().filter(|attr| attr.path().is_ident("arg")) {
                if let Meta::List(list) = &mut attr.meta {
                    list.tokens = named(std::mem::take(&mut list.tokens), &in_expression);
                }
            }
        }
        if let ReturnType::Type(_, output) = &mut sig.output
            && let Ok(named) = syn::parse2(named(output.to_token_stream(), ty))
        {
            **output = named;
        }
        Self { attrs, vis, sig, body, written: self.written.clone() }
    }
}

/// With `::<..>`, which an expression asks for.
fn in_expression(ty: &Type) -> Type {
    let mut ty = ty.clone();
    if let Type::Path(path) = &mut ty {
        for segment in &mut path.path.segments {
            if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                arguments.colon2_token.get_or_insert_default();
            }
        }
    }
    ty
}

/// As a path's beginning the type stands in `<..>`: it may be no path itself.
fn named(tokens: TokenStream, ty: &Type) -> TokenStream {
    let mut tokens = tokens.into_iter().peekable();
    let mut out = TokenStream::new();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if ident == "Self" => {
                let is_path = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                let ty = if is_path { quote!(<#ty>) } else { ty.to_token_stream() };
                out.extend(Range(ident.span(), ident.span()).start(ty));
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), named(group.stream(), ty));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            other => out.extend([other]),
        }
    }
    out
}
