//! The parameters as a constant table, and what the compiler checks of them and of what is returned.

use std::fmt;

use proc_macro2::{Delimiter, Group, Ident, Literal, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt as _, format_ident, quote, quote_spanned};

use syn::Token;

use super::sent;
use crate::{
    model::Tool,
    parameter::{Default, Sent},
    spans::{Range, Tokens, written},
};

/// One constant knows how the parameters are shown and read.
pub(super) fn arguments(tool: &Tool<'_>, fc: &Ident) -> TokenStream {
    // what the compiler has against a lifetime it says of the whole tuple
    let blamed = sent(tool).find(|sent| !sent.is_always_legal()).map_or_else(Span::call_site, |sent| sent.range.0);
    let types: Vec<_> = sent(tool).map(|Sent { owned, .. }| ArgOf(fc, owned)).collect();
    let arguments: Vec<_> = sent(tool).map(|sent| argument(sent, fc)).collect();
    let (types, arguments) = (nested(&types, blamed), nested(&arguments, blamed));
    let asked = sent(tool).filter_map(|sent| asked(sent, fc));
    quote!(#(#asked)* const __FCALL_ARGUMENTS: #types = #arguments;)
}

/// A type that stands for what is asked of a parameter.
fn asked(sent: &Sent<'_>, fc: &Ident) -> Option<TokenStream> {
    let (name, rules) = (asked_of(sent)?, sent.rules.asked(fc));
    Some(quote! {
        struct #name;
        impl #fc::Asked for #name {
            #[allow(unused_parens)]
            const RULES: #fc::Rules = #rules;
        }
    })
}

fn asked_of(sent: &Sent<'_>) -> Option<Ident> {
    (!sent.rules.is_empty()).then(|| format_ident!("__FcallAsked{}", sent.at))
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
/// costs compile time, so what hardly ever fails stands beside the first of the others.
pub(super) fn checks(tool: &Tool<'_>, fc: &Ident) -> (TokenStream, TokenStream) {
    let mut checks: Vec<_> = returned(tool, fc).into_iter().collect();
    let (mut sure, mut seen, mut local) = (Vec::new(), Vec::new(), false);
    for (place, sent) in sent(tool).enumerate() {
        let sure_of_it = sent.well_known && !tool.facts.is_strict();
        let checked = Checked { tool, sent, place, fc };
        if sure_of_it {
            sure.push(checked.legal(From::Local));
        } else {
            let from = if checks.is_empty() { From::Local } else { From::Constant };
            local |= checks.is_empty();
            checks.push(checked.legal(from));
        }
        // what was seen to hold already fails only where the name of the type means another one
        if sure_of_it && sent.surely_fits() {
            seen.extend(checked.others());
        } else {
            checks.extend(checked.others());
        }
    }
    let own = checks.split_off(checks.len().min(1));
    local |= !sure.is_empty();
    checks.extend(sure);
    checks.extend(seen);
    let local = local.then(self::local);
    let first = quote!(#local #(#checks;)*);
    (first, quote!(#(const _: () = #own;)*))
}

/// So many parameters the runtime takes in one call.
const MOST_AT_ONCE: usize = 6;

/// Where the arguments are found: the constant, or a local copy, which the compiler looks through only once.
#[derive(Clone, Copy)]
pub(super) enum From {
    Constant,
    Local,
}

/// The local copy.
fn local() -> TokenStream {
    written("let __fcall_arguments = __FCALL_ARGUMENTS;")
}

/// A block of these parts, which may name the local copy.
pub(super) fn block_with_local(tool: &Tool<'_>, parts: Group) -> Group {
    let mut block = sent(tool).next().map_or_else(TokenStream::new, |_| local());
    block.append(parts);
    Group::new(Delimiter::Brace, block)
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
pub(super) fn at(tool: &Tool<'_>, place: usize, from: From) -> At {
    let (mut rest, mut at, mut way) = (sent(tool).count(), place, Vec::new());
    while rest > FEW {
        way.push(at % FEW);
        (rest, at) = (rest.div_ceil(FEW), at / FEW);
    }
    way.push(at);
    At(from, way)
}

/// The way to an argument, its end first.
pub(super) struct At(From, Vec<usize>);

impl From {
    fn name(self) -> &'static str {
        match self {
            Self::Constant => "__FCALL_ARGUMENTS",
            Self::Local => "__fcall_arguments",
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(from, way) = self;
        f.write_str(from.name())?;
        way.iter().rev().try_for_each(|place| write!(f, ".{place}"))
    }
}

impl ToTokens for At {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self(from, way) = self;
        tokens.append(Ident::new(from.name(), Span::call_site()));
        for place in way.iter().rev() {
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
    let asked = asked_of(sent).map(|asked| quote!(&#asked,));
    match &sent.rules.shown {
        None => {
            let (span, ours) = (sent.range.0, sent.range.first(fc));
            // nobody gives a primitive's name to a type that schemars alone knows, and each question costs compile time
            let foreign = match sent.primitive {
                true => quote_spanned!(span=> #ours::Missing),
                false => quote_spanned!(span=> #ours::Known::<#owned>::FOREIGN_ARG),
            };
            let known = quote_spanned!(span=> #ours::Known::<#owned>::ARG, #foreign);
            match asked {
                Some(asked) => sent.range.call_of(fc, "asked", quote!(#asked #known)),
                None => sent.range.call_of(fc, "arg", known),
            }
        }
        Some(shown) => {
            let known = quote!(#fc::Known::<#shown>::SHAPE, #fc::Known::<#shown>::FOREIGN_SHAPE);
            let shape = match asked {
                Some(asked) => quote!(#fc::asked_shape::<_, #shown, _, _>(#asked #known)),
                None => quote!(#fc::shape_of::<#shown, _, _>(#known)),
            };
            Tokens::of(quote!(#fc::arg_as::<#owned, _>(#fc::Known::<#owned>::READ, #shape)))
        }
    }
}

/// What is checked of one parameter.
struct Checked<'t> {
    tool: &'t Tool<'t>,
    sent: &'t Sent<'t>,
    place: usize,
    fc: &'t Ident,
}

impl Checked<'_> {
    /// What each check of the whole is told.
    fn subject(&self, from: From) -> TokenStream {
        let (tool, name, argument) = (&self.tool.name, &self.sent.name, at(self.tool, self.place, from));
        quote!(#tool, #name, #argument.shape)
    }

    /// The type.
    fn legal(&self, from: From) -> Tokens {
        let legal = if self.tool.facts.is_strict() { "check_strict_argument" } else { "check_argument" };
        let range = self.sent.rules.shown.as_ref().map_or(self.sent.range, Range::of);
        range.call_of(self.fc, legal, self.subject(from))
    }

    /// What is asked beyond it.
    fn others(&self) -> Vec<Tokens> {
        let Self { tool, sent, fc, .. } = self;
        if sent.rules.is_plain() && matches!(sent.default, Default::None) {
            return Vec::new();
        }
        let (argument, subject) = (at(tool, self.place, From::Constant), self.subject(From::Constant));
        let place = format!("tool `{}`, parameter `{}`", tool.name, sent.name);
        let mut others = sent.rules.checks(fc, &quote!(#fc), &place, &quote!(#argument.shape), asked_of(sent).as_ref());
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

/// The list of parameters, as a text; what few of them have is put into it afterwards.
pub(super) fn fields(tool: &Tool<'_>, fc: &Ident) -> String {
    let count = sent(tool).count();
    let (open, close) = if count > MOST_AT_ONCE { ("(", ")") } else { ("", "") };
    let fields = sent(tool).enumerate().map(|(place, sent)| {
        let (Sent { name, description, .. }, argument) = (sent, at(tool, place, From::Local));
        format!("{open}{name:?}, {description:?}, {argument}.shape{close},")
    });
    let fields: String = fields.collect();
    let plain = match count {
        0 => "[]".to_owned(),
        1..=MOST_AT_ONCE => format!("{fc}::fields_{count}({fields})"),
        _ => format!("{fc}::Field::list([{fields}])"),
    };
    sent(tool).enumerate().fold(plain, |list, (place, sent)| match &sent.default {
        Default::None => list,
        Default::Literal(_, literal) => {
            let json = literal.to_json();
            format!("{fc}::Field::with_default({list}, {place}, {json:?})")
        }
        Default::Expr(_) => format!("{fc}::Field::with_defaulted({list}, {place})"),
    })
}
