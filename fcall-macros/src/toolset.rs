//! `#[toolset]`: the marked methods of an `impl` block, as tools of a value.
//!
//! Bodies are left unparsed, as under `#[tool]`; each method is then modelled and expanded as a function is.

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{
    Attribute, Generics, ImplItem, Meta, Path, PathArguments, Token, Type, Visibility, braced,
    ext::IdentExt as _,
    parse::{Parse, ParseStream, discouraged::Speculative as _},
    parse_quote,
    punctuated::Punctuated,
};

use crate::{
    args::{ToolArgs, ToolsetArgs},
    errors::{Errors, misplaced},
    expand,
    item::Item,
    model::Tool,
    spans::Range,
};

/// An `impl` block.
struct Block {
    attrs: Vec<Attribute>,
    unsafety: Option<Token![unsafe]>,
    keyword: Token![impl],
    generics: Generics,
    of_trait: Option<(Path, Token![for])>,
    ty: Type,
    items: Vec<Member>,
}

enum Member {
    /// A method, what its `#[tool(...)]` says, and the condition under which it says so.
    Tool(Box<Item>, TokenStream, Option<Attribute>),
    Other(TokenStream),
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
        let mut items = Vec::new();
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
                Some((args, condition)) => Self::Tool(Box::new(item), args, condition),
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
            Some((args, condition)) => Self::Tool(Box::new(item), args, condition),
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

/// `#[toolset]`.
pub(crate) fn toolset(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let block: Block = match syn::parse2(tokens.clone()) {
        Ok(block) => block,
        Err(error) => {
            let wanted = "the `impl` block of a type; put `#[toolset]` on that";
            errors.at_span(error.span(), misplaced(tokens, wanted, &error));
            let errors = errors.finish();
            return quote!(#tokens #errors);
        }
    };
    let subject = format!("toolset `{}`", block.ty.to_token_stream().to_string().replace(' ', ""));
    errors.about(subject.clone());
    let args = ToolsetArgs::parse(args, &mut errors);
    let runtime = args.runtime();
    check(&block, &mut errors);
    let shown: Vec<(Item, ToolArgs, bool)> = block
        .items
        .iter()
        .filter_map(|member| match member {
            Member::Tool(item, args, condition) => {
                errors.about(format!("tool `{}`", item.sig.ident.unraw()));
                let before = errors.found;
                let args = ToolArgs::parse(args.clone(), &mut errors);
                let mut item = item.naming(&block.ty);
                item.attrs.extend(condition.clone());
                // of these the compiler says itself what is missing
                let whole = item.written.is_none() && !item.is_declaration();
                Some((item, args, whole && errors.found == before))
            }
            Member::Other(_) => None,
        })
        .collect();
    let generics = shared(&block.generics, &block.ty);
    let mut tools: Vec<(Tool<'_>, bool)> = Vec::new();
    for (item, args, sound) in &shown {
        errors.about(format!("tool `{}`", item.sig.ident.unraw()));
        let before = errors.found;
        let tool = Tool::method(item, args, (&block.ty, &generics), &runtime, &mut errors);
        // of two under conditions only one may be there
        let is_certain = |tool: &Tool<'_>| tool.item.cfgs().next().is_none();
        if tools.iter().any(|(other, _)| other.name == tool.name && (is_certain(other) || is_certain(&tool))) {
            let message =
                "an earlier tool of this set has the same name; give one of them another with `#[tool(name = \"..\")]`";
            errors.about(format!("tool `{}`", tool.name));
            errors.at(&item.sig.ident, message);
        }
        tools.push((tool, *sound && errors.found == before));
    }
    let errors = errors.finish();
    whole(&block, &runtime, &tools, errors.as_ref())
}

fn check(block: &Block, errors: &mut Errors) {
    if let Some((path, _)) = &block.of_trait {
        errors.at(path, "a trait's methods can't be tools; move them to an `impl` block without a trait");
    }
    if let Some(lifetime) = borrowed(&block.ty) {
        let message = "calls may outlive what is borrowed here; write `'static`, or let the value own what it holds";
        errors.at(lifetime, message);
    }
    if !block.items.iter().any(|member| matches!(member, Member::Tool(..))) {
        errors.at(&block.ty, "it has no tools; mark the methods that a model may call with `#[tool]`");
    }
}

/// Where a type says how long it lives.
fn borrowed(ty: &Type) -> Option<TokenStream> {
    fn find(tokens: TokenStream) -> Option<TokenStream> {
        let mut tokens = tokens.into_iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Punct(quote) if quote.as_char() == '\'' => match tokens.next() {
                    Some(TokenTree::Ident(name)) if name == "static" => {}
                    name => return Some(quote!(#quote #name)),
                },
                TokenTree::Group(group) => {
                    if let Some(found) = find(group.stream()) {
                        return Some(found);
                    }
                }
                _ => {}
            }
        }
        None
    }
    find(ty.to_token_stream())
}

fn whole(
    block: &Block,
    runtime: &TokenStream,
    tools: &[(Tool<'_>, bool)],
    errors: Option<&TokenStream>,
) -> TokenStream {
    let Block { attrs, unsafety, keyword, generics, of_trait, ty, items } = block;
    let fc = Ident::new("__fcall", Span::call_site());
    let of_trait = of_trait.as_ref().map(|(path, token)| quote!(#path #token));
    let items = items.iter().map(|member| match member {
        Member::Tool(item, ..) if errors.is_some() => item.in_one_piece().into_token_stream(),
        Member::Tool(item, ..) => item.to_token_stream(),
        Member::Other(tokens) => tokens.clone(),
    });
    let clause = &generics.where_clause;
    let shared = shared(generics, ty);
    let (parameters, _, bounds) = shared.split_for_impl();
    let is_shared = borrowed(ty).is_none();
    let methods = tools.iter().filter(|(_, sound)| *sound && is_shared).map(|(tool, _)| expand::method(tool));
    let list = quote!(&[#(#methods),*]);
    let asked = tools.iter().filter(|(_, sound)| !sound && is_shared).filter_map(|(tool, _)| expand::asked(tool));
    // a constant of its own can't name what the block is generic over
    let (constant, list) = match generics.params.is_empty() {
        true => {
            (Some(quote!(const METHODS_OF_THIS_TOOLSET: &[#fc::Method<#ty>] = #list;)), quote!(METHODS_OF_THIS_TOOLSET))
        }
        false => (None, quote!(const { #list })),
    };
    let given = if is_shared { quote!(#fc::methods(self, #list)) } else { quote!(::std::vec::Vec::new()) };
    let implementation = block.of_trait.is_none().then(|| {
        quote! {
            const _: () = {
                use #runtime as #fc;
                #[allow(unused_imports)]
                use #fc::asked::*;
                #constant
                #(const _: () = { #asked };)*
                impl #parameters #fc::IntoTools for #ty #bounds {
                    fn into_tools(self) -> ::std::vec::Vec<#fc::Tool> {
                        #given
                    }
                }
            };
        }
    });
    // as of a function's signature, see there
    let none = generics.params.is_empty().then(|| quote!(<>));
    quote! {
        #(#attrs)*
        #unsafety #keyword #none #generics #of_trait #ty #clause { #(#items)* }
        #implementation
        #errors
    }
}

/// What a block is generic over, for values that calls can share.
fn shared(generics: &Generics, ty: &Type) -> Generics {
    let mut generics = generics.clone();
    if !generics.params.is_empty() {
        let bound = parse_quote!(#ty: ::core::marker::Send + ::core::marker::Sync + 'static);
        generics.make_where_clause().predicates.push(bound);
    }
    generics
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

    /// The same, with the type's name where it says `Self`.
    fn naming(&self, ty: &Type) -> Self {
        let (attrs, vis, body) = (self.attrs.clone(), self.vis.clone(), self.body.clone());
        let (mut sig, in_expression) = (self.sig.clone(), in_expression(ty));
        for input in &mut sig.inputs {
            let syn::FnArg::Typed(typed) = input else { continue };
            if let Ok(named) = syn::parse2(named(typed.ty.to_token_stream(), ty)) {
                *typed.ty = named;
            }
            for attr in typed.attrs.iter_mut().filter(|attr| attr.path().is_ident("arg")) {
                if let Meta::List(list) = &mut attr.meta {
                    list.tokens = named(std::mem::take(&mut list.tokens), &in_expression);
                }
            }
        }
        if let syn::ReturnType::Type(_, output) = &mut sig.output
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
                let mut inner = proc_macro2::Group::new(group.delimiter(), named(group.stream(), ty));
                inner.set_span(group.span());
                out.extend([TokenTree::Group(inner)]);
            }
            other => out.extend([other]),
        }
    }
    out
}
