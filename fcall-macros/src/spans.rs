//! Tokens that make the compiler underline the whole of what the user wrote.
//!
//! `Span::join` is not stable, but the compiler itself joins the first and the last token of a call.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};

/// From the first to the last token of something.
#[derive(Clone, Copy)]
pub(crate) struct Range(pub(crate) Span, pub(crate) Span);

impl Range {
    pub(crate) fn of(tokens: impl ToTokens) -> Self {
        let mut tokens = tokens.into_token_stream().into_iter();
        let first = tokens.next();
        let start = first.as_ref().map_or_else(Span::call_site, open);
        let end = tokens.last().or(first).as_ref().map_or_else(Span::call_site, close);
        Self(start, end)
    }

    /// `path::function(arguments)`, underlined as the range.
    pub(crate) fn call(self, path: &TokenStream, function: &str, arguments: TokenStream) -> TokenStream {
        self.call_by(&self.start(path.clone()), function, arguments)
    }

    /// `fc::function(arguments)`, underlined as the range.
    pub(crate) fn call_of(self, fc: &Ident, function: &str, arguments: TokenStream) -> TokenStream {
        self.call_by(&self.first(fc), function, arguments)
    }

    fn call_by(self, path: &impl ToTokens, function: &str, arguments: TokenStream) -> TokenStream {
        let function = Ident::new(function, self.0);
        let mut group = Group::new(Delimiter::Parenthesis, arguments);
        group.set_span(self.1);
        quote_spanned!(self.0=> #path::#function #group)
    }

    /// `<ty as fc::name>::item`, underlined as the range.
    pub(crate) fn project(self, ty: &impl ToTokens, fc: &Ident, name: &str, item: &str) -> TokenStream {
        let path = self.first(fc);
        let name = Ident::new(name, self.0);
        let item = Ident::new(item, self.1);
        let open = quote_spanned!(self.0=> <);
        quote!(#open #ty as #path::#name>::#item)
    }

    /// The name, where the range begins.
    pub(crate) fn first(self, name: &Ident) -> Ident {
        let mut name = name.clone();
        name.set_span(self.0);
        name
    }

    /// The same tokens, all where the range begins.
    pub(crate) fn start(self, tokens: TokenStream) -> TokenStream {
        tokens
            .into_iter()
            .map(|mut token| {
                token.set_span(self.0);
                token
            })
            .collect()
    }
}

fn open(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => Range::of(group.stream()).0,
        TokenTree::Group(group) => group.span_open(),
        other => other.span(),
    }
}

fn close(token: &TokenTree) -> Span {
    match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => Range::of(group.stream()).1,
        TokenTree::Group(group) => group.span_close(),
        other => other.span(),
    }
}
