//! `#[toolset]`: the marked methods of an `impl` block, as tools of a value.
//!
//! Bodies are left unparsed, as under `#[tool]`; each method is then modelled and expanded as a function is.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{
    Attribute, Generics, ImplItem, Meta, Path, PathArguments, Token, Type, Visibility, braced,
    ext::IdentExt as _,
    parse::{Parse, ParseStream, discouraged::Speculative as _},
    parse_quote,
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
    /// A method, and what its `#[tool(...)]` says.
    Tool(Box<Item>, TokenStream),
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
            let Some(at) = item.attrs.iter().position(is_tool) else {
                return Ok(Self::Other(item.into_token_stream()));
            };
            let args = match item.attrs.remove(at).meta {
                Meta::List(list) => list.tokens,
                _ => TokenStream::new(),
            };
            return Ok(Self::Tool(Box::new(item), args));
        }
        input.parse::<ImplItem>().map(|item| Self::Other(item.into_token_stream()))
    }
}

fn is_tool(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "tool")
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
    let shown: Vec<(Item, ToolArgs)> = block
        .items
        .iter()
        .filter_map(|member| match member {
            Member::Tool(item, args) => {
                errors.about(format!("tool `{}`", item.sig.ident.unraw()));
                Some((item.naming(&block.ty), ToolArgs::parse(args.clone(), &mut errors)))
            }
            Member::Other(_) => None,
        })
        .collect();
    let generics = shared(&block.generics, &block.ty);
    let mut tools: Vec<Tool<'_>> = Vec::new();
    for (item, args) in &shown {
        errors.about(format!("tool `{}`", item.sig.ident.unraw()));
        let tool = Tool::method(item, args, (&block.ty, &generics), &runtime, &mut errors);
        if tools.iter().any(|other| other.name == tool.name) {
            let message =
                "an earlier tool of this set has the same name; give one of them another with `#[tool(name = \"..\")]`";
            errors.about(format!("tool `{}`", tool.name));
            errors.at(&item.sig.ident, message);
        }
        tools.push(tool);
    }
    let errors = errors.finish();
    let methods: Vec<_> = if errors.is_some() { Vec::new() } else { tools.iter().map(expand::method).collect() };
    whole(&block, &runtime, &methods, errors.as_ref())
}

fn check(block: &Block, errors: &mut Errors) {
    if let Some((path, _)) = &block.of_trait {
        errors.at(path, "a trait's methods can't be tools; move them to an `impl` block without a trait");
    }
    if !block.items.iter().any(|member| matches!(member, Member::Tool(..))) {
        errors.at(&block.ty, "it has no tools; mark the methods that a model may call with `#[tool]`");
    }
}

fn whole(block: &Block, runtime: &TokenStream, methods: &[TokenStream], errors: Option<&TokenStream>) -> TokenStream {
    let Block { attrs, unsafety, keyword, generics, of_trait, ty, items } = block;
    let fc = Ident::new("__fcall", Span::call_site());
    let of_trait = of_trait.as_ref().map(|(path, token)| quote!(#path #token));
    let items = items.iter().map(|member| match member {
        Member::Tool(item, _) if errors.is_some() => item.with_sizes().into_token_stream(),
        Member::Tool(item, _) => item.to_token_stream(),
        Member::Other(tokens) => tokens.clone(),
    });
    let clause = &generics.where_clause;
    let shared = shared(generics, ty);
    let (parameters, _, bounds) = shared.split_for_impl();
    let list = quote!(&[#(#methods),*]);
    // a constant of its own can't name what the block is generic over
    let (constant, list) = match generics.params.is_empty() {
        true => {
            (Some(quote!(const METHODS_OF_THIS_TOOLSET: &[#fc::Method<#ty>] = #list;)), quote!(METHODS_OF_THIS_TOOLSET))
        }
        false => (None, quote!(const { #list })),
    };
    let implementation = block.of_trait.is_none().then(|| {
        quote! {
            const _: () = {
                use #runtime as #fc;
                #[allow(unused_imports)]
                use #fc::asked::*;
                #constant
                impl #parameters #fc::IntoTools for #ty #bounds {
                    fn into_tools(self) -> ::std::vec::Vec<#fc::Tool> {
                        #fc::methods(self, #list)
                    }
                }
            };
        }
    });
    quote! {
        #(#attrs)*
        #unsafety #keyword #generics #of_trait #ty #clause { #(#items)* }
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
        Ok(Self { attrs, vis, sig, body: body.into() })
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
        Self { attrs, vis, sig, body }
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
