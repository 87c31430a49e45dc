//! An `impl` block as it was written, its methods' bodies left unparsed.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{
    Attribute, Generics, ImplItem, Meta, Path, Token, Type, Visibility, braced,
    parse::{Parse, ParseStream, discouraged::Speculative as _},
    parse_quote,
    punctuated::Punctuated,
};

use crate::item::Item;

/// An `impl` block.
pub(super) struct Block {
    pub(super) attrs: Vec<Attribute>,
    pub(super) unsafety: Option<Token![unsafe]>,
    pub(super) keyword: Token![impl],
    pub(super) generics: Generics,
    pub(super) of_trait: Option<(Path, Token![for])>,
    pub(super) ty: Type,
    pub(super) items: Vec<Member>,
}

pub(super) enum Member {
    Tool(Box<Marked>),
    Other(TokenStream),
}

/// A method that is a tool.
pub(super) struct Marked {
    pub(super) item: Item,
    /// What its `#[tool(...)]` says.
    pub(super) args: TokenStream,
    /// Under which it says so.
    pub(super) condition: Option<Attribute>,
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let (unsafety, keyword) = (input.parse()?, input.parse()?);
        let mut generics: Generics = if input.peek(Token![<]) { input.parse()? } else { Generics::default() };
        let mut ty: Type = input.parse()?;
        let mut of_trait = None;
        if let (Type::Path(path), Some(token)) = (&ty, input.parse::<Option<Token![for]>>()?) {
            of_trait = Some((path.path.clone(), token));
            ty = input.parse()?;
        }
        generics.where_clause = input.parse()?;
        let content;
        braced!(content in input);
        let inner = content.call(Attribute::parse_inner)?;
        let mut items = vec![Member::Other(quote!(#(#inner)*))];
        while !content.is_empty() {
            items.push(content.parse()?);
        }
        Ok(Self { attrs, unsafety, keyword, generics, of_trait, ty, items })
    }
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        if let Ok(mut item) = ahead.call(Item::parse_member) {
            input.advance_to(&ahead);
            return Ok(match marked(&mut item.attrs) {
                Some((args, condition)) => Self::Tool(Box::new(Marked { item, args, condition })),
                None => Self::Other(item.into_token_stream()),
            });
        }
        let ahead = input.fork();
        if let Ok(item) = ahead.parse::<ImplItem>() {
            input.advance_to(&ahead);
            return Ok(Self::Other(item.into_token_stream()));
        }
        // the compiler has read it already, and says what is wrong with it
        let tokens = raw(input)?;
        let Some(mut item) = Item::half_typed(&tokens) else { return Ok(Self::Other(tokens)) };
        Ok(match marked(&mut item.attrs) {
            Some((args, condition)) => Self::Tool(Box::new(Marked { item, args, condition })),
            None => Self::Other(tokens),
        })
    }
}

/// What can't be parsed, to its end.
fn raw(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let ends = match &token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            _ => false,
        };
        tokens.extend([token]);
        if ends {
            break;
        }
    }
    Ok(tokens)
}

/// Takes `#[tool(...)]` from a method: what it says, and the condition around it.
fn marked(attrs: &mut Vec<Attribute>) -> Option<(TokenStream, Option<Attribute>)> {
    let is_tool = |path: &Path| path.segments.last().is_some_and(|last| last.ident == "tool");
    let args = |meta: Meta| match meta {
        Meta::List(list) => list.tokens,
        _ => TokenStream::new(),
    };
    if let Some(at) = attrs.iter().position(|attr| is_tool(attr.path())) {
        return Some((args(attrs.remove(at).meta), None));
    }
    // `#[cfg_attr(.., tool)]`
    let found = attrs.iter().enumerate().filter(|(_, attr)| attr.path().is_ident("cfg_attr")).find_map(|(at, attr)| {
        let metas = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
        let (said, others): (Vec<_>, Vec<_>) =
            metas.into_iter().enumerate().partition(|(at, meta)| *at > 0 && is_tool(meta.path()));
        let tool = said.into_iter().next()?.1;
        let others: Vec<_> = others.into_iter().map(|(_, meta)| meta).collect();
        let condition = others.first()?.clone();
        let rest = (others.len() > 1).then(|| parse_quote!(#[cfg_attr(#(#others),*)]));
        Some((at, rest, (args(tool), Some(parse_quote!(#[cfg(#condition)])))))
    });
    found.map(|(at, rest, found)| {
        attrs.splice(at..=at, rest);
        found
    })
}

impl Item {
    /// A member of an `impl` block: its body is one group, and more may follow.
    fn parse_member(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        let sig = input.parse()?;
        let body: TokenTree = input.parse()?;
        Ok(Self { attrs, vis, sig, body: body.into(), written: None })
    }
}
