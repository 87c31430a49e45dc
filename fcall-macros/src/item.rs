//! The function under `#[tool]`, its body left unparsed: a half-typed body is the compiler's error, not ours.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, FnArg, Signature, Visibility,
    parse::{Parse, ParseStream},
};

/// A function.
pub(crate) struct Item {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: TokenStream,
    /// All but the attributes, where the signature is not complete; then what was parsed leaves out what is missing.
    pub(crate) written: Option<TokenStream>,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
            written: None,
        })
    }
}

impl Item {
    /// The function in these tokens. Its body may be long and is only handed on, so it is kept apart from what is parsed.
    pub(crate) fn of(tokens: &TokenStream) -> syn::Result<Self> {
        let mut head: Vec<_> = tokens.clone().into_iter().collect();
        let is_body =
            |last: &mut TokenTree| matches!(last, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        if let Some(body) = head.pop_if(is_body)
            && let Ok(mut item) = syn::parse2::<Self>(head.into_iter().collect())
        {
            item.body.extend([body]);
            return Ok(item);
        }
        // a mistake is told where it is among all of them
        syn::parse2(tokens.clone())
    }

    /// It has no body: it is declared in a trait.
    pub(crate) fn is_declaration(&self) -> bool {
        matches!(self.body.clone().into_iter().next(), Some(TokenTree::Punct(punct)) if punct.as_char() == ';')
    }

    /// The conditions under which the function exists at all.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &Attribute> {
        self.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }
}

/// The function as it was, without what was said to us on its parameters.
impl ToTokens for Item {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attr in &self.attrs {
            attr.to_tokens(tokens);
        }
        if let Some(written) = &self.written {
            return written.to_tokens(tokens);
        }
        let mut sig = self.sig.clone();
        for input in &mut sig.inputs {
            let attrs = match input {
                FnArg::Receiver(receiver) => &mut receiver.attrs,
                FnArg::Typed(typed) => &mut typed.attrs,
            };
            attrs.retain(|attr| !OURS.iter().any(|ours| attr.path().is_ident(ours)));
        }
        self.vis.to_tokens(tokens);
        sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// The attributes that say something to us on a parameter; what stands under a condition is refused.
const OURS: &[&str] = &["doc", "arg", "context", "state", "serde", "cfg_attr"];
