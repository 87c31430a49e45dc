//! The parameters as a constant table, and what the compiler checks of them and of what is returned.

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, quote, quote_spanned};

use syn::Token;

use super::sent;
use crate::{
    model::Tool,
    parameter::{Default, Sent},
    spans::{Range, Tokens},
};

/// One constant knows how the parameters are shown and read.
pub(super) fn arguments(tool: &Tool<'_>, fc: &Ident) -> TokenStream {
    // what the compiler has against a lifetime it says of the whole tuple
    let blamed = sent(tool).find(|sent| !sent.is_always_legal()).map_or_else(Span::call_site, |sent| sent.range.0);
    let types: Vec<_> = sent(tool).map(|Sent { owned, .. }| ArgOf(fc, owned)).collect();
    let arguments: Vec<_> = sent(tool).map(|sent| argument(sent, fc)).collect();
    let (types, arguments) = (nested(&types, blamed), nested(&arguments, blamed));
    quote!(const __FCALL_ARGUMENTS: #types = #arguments;)
}

/// `fc::Arg<ty>`.
struct ArgOf<'t>(&'t Ident, &'t Tokens);

impl ToTokens for ArgOf<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self(fc, ty) = self;
        fc.to_tokens(tokens);
        <Token![::]>::default().to_tokens(tokens);
        tokens.append(Ident::new("Arg", Span::call_site()));
        <Token![<]>::default().to_tokens(tokens);
        ty.to_tokens(tokens);
        <Token![>]>::default().to_tokens(tokens);
    }
}

/// What is checked of the tool: statements for a constant that is there anyway, and constants of their own.
///
/// A constant tells the first mistake in it, so what may be one stands alone, for all to be told; but each constant
/// costs compile time, so what hardly ever fails stands beside the first of the others, and is checked in one go.
pub(super) fn checks(tool: &Tool<'_>, fc: &Ident, parts: &TokenStream) -> (TokenStream, TokenStream) {
    let mut checks: Vec<_> = returned(tool, fc).into_iter().collect();
    let (mut sure, mut ranges, strict) = (Vec::new(), Vec::new(), tool.facts.is_strict());
    for (place, sent) in sent(tool).enumerate() {
        let sure_of_it = sent.well_known && !strict;
        if sure_of_it {
            sure.push(Literal::usize_unsuffixed(place));
            ranges.push(sent.range);
            if sent.is_always_legal() {
                continue;
            }
        }
        let checked = Checked::new(tool, sent, place, fc);
        if !sure_of_it {
            checks.push(checked.legal());
        }
        checks.extend(checked.others());
    }
    if let [first, .., last] | [first @ last] = ranges.as_slice() {
        let name = &tool.name;
        let fields = Literal::usize_unsuffixed(3);
        let all = quote!(#name, #parts.#fields, &[#(#sure),*]);
        checks.insert(1.min(checks.len()), Range(first.0, last.1).call_of(fc, "check_arguments", all));
    }
    let first = checks.len().min(if sure.is_empty() { 1 } else { 2 });
    let own = checks.split_off(first);
    (quote!(#(#checks;)*), quote!(#(const _: () = #own;)*))
}

/// More than these in one tuple the runtime does not read; what is more stands in tuples of tuples.
const FEW: usize = 12;

pub(super) fn nested<T: ToTokens>(items: &[T], span: Span) -> Group {
    if items.len() <= FEW {
        return tuple(items, span);
    }
    let tuples: Vec<_> = items.chunks(FEW).map(|items| tuple(items, span)).collect();
    nested(&tuples, span)
}

/// The argument of the parameter at this place.
pub(super) fn at(tool: &Tool<'_>, place: usize) -> At {
    let (mut rest, mut at, mut way) = (sent(tool).count(), place, Vec::new());
    while rest > FEW {
        way.push(at % FEW);
        (rest, at) = (rest.div_ceil(FEW), at / FEW);
    }
    way.push(at);
    At(way)
}

/// The way to an argument, its end first.
pub(super) struct At(Vec<usize>);

impl ToTokens for At {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append(Ident::new("__FCALL_ARGUMENTS", Span::call_site()));
        for place in self.0.iter().rev() {
            <Token![.]>::default().to_tokens(tokens);
            tokens.append(Literal::usize_unsuffixed(*place));
        }
    }
}

fn tuple<T: ToTokens>(items: &[T], span: Span) -> Group {
    let mut group = Group::new(Delimiter::Parenthesis, quote!(#(#items,)*));
    group.set_span(span);
    group
}

/// A check of what is returned, where its type can be named.
fn returned(tool: &Tool<'_>, fc: &Ident) -> Option<Tokens> {
    let (ty, name) = (tool.returned()?, &tool.name);
    let asked = ["VALUE", "RESULT", "OK", "ERR"].map(|what| Ident::new(what, Span::call_site()));
    Some(ty.range().call_of(fc, "check_return", quote!(#name, [#(#fc::Answered::<#ty>::#asked),*])))
}

fn argument(sent: &Sent<'_>, fc: &Ident) -> Tokens {
    let owned = &sent.owned;
    let plain = match &sent.rules.shown {
        None => {
            let (span, ours) = (sent.range.0, sent.range.first(fc));
            let known = quote_spanned!(span=> #ours::Known::<#owned>::ARG, #ours::Known::<#owned>::FOREIGN_ARG);
            sent.range.call_of(fc, "arg", known)
        }
        Some(shown) => {
            let shape =
                quote!(#fc::shape_of::<#shown, _, _>(#fc::Known::<#shown>::SHAPE, #fc::Known::<#shown>::FOREIGN_SHAPE));
            Tokens::of(quote!(#fc::arg_as::<#owned, _>(#fc::Known::<#owned>::READ, #shape)))
        }
    };
    if sent.rules.is_empty() {
        return plain;
    }
    let rules = sent.rules.expand(fc, &quote!(__FCALL_ARGUMENT.shape));
    Tokens::of(quote! {{
        const __FCALL_ARGUMENT: #fc::Arg<#owned> = #plain;
        #[allow(unused_parens)]
        const __FCALL_RULES: &#fc::Rules = &#rules;
        __FCALL_ARGUMENT.shown(const { &#fc::Shape::refined(__FCALL_ARGUMENT.shape, __FCALL_RULES) })
    }})
}

/// What is checked of one parameter.
struct Checked<'t> {
    tool: &'t Tool<'t>,
    sent: &'t Sent<'t>,
    fc: &'t Ident,
    shape: TokenStream,
    /// What each check of the whole is told.
    subject: TokenStream,
}

impl<'t> Checked<'t> {
    fn new(tool: &'t Tool<'_>, sent: &'t Sent<'_>, place: usize, fc: &'t Ident) -> Self {
        let (name, tool_name, argument) = (&sent.name, &tool.name, at(tool, place));
        let shape = quote!(#argument.shape);
        let subject = quote!(#tool_name, #name, #shape);
        Self { tool, sent, fc, shape, subject }
    }

    /// The type.
    fn legal(&self) -> Tokens {
        let Self { tool, sent, fc, subject, .. } = self;
        let legal = if tool.facts.is_strict() { "check_strict_argument" } else { "check_argument" };
        let range = sent.rules.shown.as_ref().map_or(sent.range, Range::of);
        range.call_of(fc, legal, subject.clone())
    }

    /// What is asked beyond it.
    fn others(&self) -> Vec<Tokens> {
        let Self { tool, sent, fc, shape, subject } = self;
        let place = format!("tool `{}`, parameter `{}`", tool.name, sent.name);
        let mut others = sent.rules.checks(fc, &quote!(#fc), &place, shape);
        match &sent.default {
            Default::None => {}
            Default::Literal(expr, literal) => {
                let literal = literal.expand(fc);
                others.push(Range::of(expr).call_of(fc, "check_default", quote!(#subject, #literal)));
            }
            Default::Expr(expr) => {
                others.push(Range::of(expr).call_of(fc, "check_optional", subject.clone()));
            }
        }
        others
    }
}

/// The list of parameters; what few of them have is put into it afterwards.
pub(super) fn fields(tool: &Tool<'_>, fc: &Ident) -> TokenStream {
    let (names, descriptions) = (sent(tool).map(|sent| &sent.name), sent(tool).map(|sent| &sent.description));
    let arguments = sent(tool).enumerate().map(|(place, _)| at(tool, place));
    let plain = quote!(#fc::Field::list([#((#names, #descriptions, #arguments.shape)),*]));
    sent(tool).enumerate().fold(plain, |list, (place, sent)| match &sent.default {
        Default::None => list,
        Default::Literal(_, literal) => {
            let json = literal.to_json();
            quote!(#fc::Field::with_default(#list, #place, #json))
        }
        Default::Expr(_) => quote!(#fc::Field::with_defaulted(#list, #place)),
    })
}
