//! One parameter of a tool: how it is shown, what is decoded for it, and how it is handed over.

use proc_macro2::{Ident, TokenTree};
use quote::{quote, quote_spanned};
use syn::{Expr, GenericArgument, LitStr, Pat, PatType, PathArguments, Type, TypeReference, ext::IdentExt as _};

use crate::{
    args::ParamArgs,
    description,
    errors::Errors,
    json::Literal,
    rules::Rules,
    sizes,
    spans::{Range, Tokens},
};

/// A parameter of a tool.
pub(crate) enum Parameter<'i> {
    /// The model sends it.
    Sent(Box<Sent<'i>>),
    /// The context of the call.
    Context(Range),
    /// The program lends it.
    State(State<'i>),
}

/// A parameter that the program lends.
pub(crate) struct State<'i> {
    pub(crate) ty: &'i Type,
    /// The call has it for itself.
    pub(crate) exclusive: bool,
}

/// A parameter that the model sends.
pub(crate) struct Sent<'i> {
    /// The wire name.
    pub(crate) name: String,
    pub(crate) description: String,
    /// What is decoded.
    pub(crate) owned: Tokens,
    pub(crate) pass: Pass<'i>,
    pub(crate) default: Default,
    pub(crate) rules: Rules,
    /// The type as the user wrote it.
    pub(crate) range: Range,
    /// Its place among all parameters of the function.
    pub(crate) at: usize,
    /// It is shown as a type that every model can send.
    pub(crate) well_known: bool,
    /// By names of primitives only.
    pub(crate) primitive: bool,
}

/// How what was decoded is handed to the function.
pub(crate) enum Pass<'i> {
    Owned,
    /// `&T`
    Lent(&'i Type),
    /// `Option<&T>`
    LentOption(&'i Type),
}

/// What stands for a parameter that was left out.
pub(crate) enum Default {
    None,
    Literal(Box<Expr>, Literal),
    Expr(Box<Expr>),
}

impl Sent<'_> {
    /// Made only of types that every model can send, with nothing asked beyond: no check can fail.
    pub(crate) fn is_always_legal(&self) -> bool {
        matches!(self.default, Default::None) && self.rules.is_plain() && self.well_known
    }

    /// The type is a number by its name, and what is asked of it and stands for it are literals that fit.
    pub(crate) fn surely_fits(&self) -> bool {
        let [TokenTree::Ident(ty)] = self.owned.list() else { return false };
        let Some((least, greatest)) = bounds(&ty.to_string()) else { return false };
        let Some((from, to)) = self.rules.only_range() else { return false };
        let (from, to) = (from.unwrap_or(least), to.unwrap_or(greatest));
        let default = match &self.default {
            Default::None => true,
            Default::Literal(_, Literal::Integer(value)) => from <= *value && *value <= to,
            Default::Literal(..) | Default::Expr(_) => false,
        };
        default && least <= from && from <= to && to <= greatest
    }
}

/// The least and the greatest value of an integer type.
fn bounds(ty: &str) -> Option<(i128, i128)> {
    Some(match ty {
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "i64" => (i64::MIN.into(), i64::MAX.into()),
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" => (0, u64::MAX.into()),
        _ => return None,
    })
}

/// Whether a type is named by names of the standard library only; what they mean where they are shadowed is for the
/// compiler to tell.
pub(crate) fn is_well_known(tokens: &[TokenTree]) -> bool {
    tokens.iter().all(|token| match token {
        TokenTree::Ident(ident) => matches!(
            ident.to_string().as_str(),
            "__fcall"
                | "Lend"
                | "Owned"
                | "as"
                | "core"
                | "option"
                | "Option"
                | "Vec"
                | "String"
                | "str"
                | "char"
                | "bool"
                | "i8"
                | "i16"
                | "i32"
                | "i64"
                | "isize"
                | "u8"
                | "u16"
                | "u32"
                | "u64"
                | "usize"
                | "f32"
                | "f64"
        ),
        TokenTree::Group(group) => is_well_known(Tokens::of(group.stream()).list()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => true,
    })
}

/// Whether all names in a well-known type are those of primitives.
fn is_primitive(tokens: &[TokenTree]) -> bool {
    tokens.iter().all(|token| match token {
        TokenTree::Ident(ident) => !matches!(ident.to_string().as_str(), "Option" | "Vec" | "String"),
        TokenTree::Group(group) => is_primitive(Tokens::of(group.stream()).list()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => true,
    })
}

impl<'i> Parameter<'i> {
    pub(crate) fn new(at: usize, typed: &'i PatType, runtime: &Ident, errors: &mut Errors) -> Option<Self> {
        let args = ParamArgs::parse(&typed.attrs, errors);
        let ty = ungroup(&typed.ty);
        if let (Some(_), Some(state)) = (&args.context, &args.state) {
            errors.at(state, "a parameter is the context or a state, not both; drop one");
        }
        if let Some(attr) = &args.context {
            if !matches!(ty, Type::Reference(TypeReference { mutability: None, .. })) {
                errors.at(ty, "the context is lent to the tool: write `&CallContext`");
            }
            if args.rename.is_some() || args.default.is_some() || !args.rules.is_empty() {
                errors.at(attr, "the context is never sent by the model; drop the `#[arg(...)]`");
            }
            return Some(Self::Context(Range::of(ty)));
        }
        if let Some(attr) = &args.state {
            if args.rename.is_some() || args.default.is_some() || !args.rules.is_empty() {
                errors.at(attr, "a state is never sent by the model; drop the `#[arg(...)]`");
            }
            return State::new(ty, errors).map(Self::State);
        }
        let ident = binding(&typed.pat, errors)?;
        let tokens = Tokens::of(ty);
        let range = tokens.range();
        let description = description::of(&typed.attrs, errors);
        let name = name(ident, args.rename.as_ref(), errors);
        let (owned, pass) = decoded(ty, tokens, runtime, errors)?;
        args.rules.check_examples(errors);
        let default = match args.default {
            None => Default::None,
            Some(expr) => match Literal::of(&expr) {
                Some(literal) => {
                    args.rules.check_literal(&expr, &literal, "the default", errors);
                    Default::Literal(Box::new(expr), literal)
                }
                None => Default::Expr(Box::new(expr)),
            },
        };
        let well_known = args.rules.shown.is_none() && is_well_known(owned.list());
        let primitive = well_known && is_primitive(owned.list());
        let rules = args.rules;
        Some(Self::Sent(Box::new(Sent {
            name,
            description,
            owned,
            pass,
            default,
            rules,
            range,
            at,
            well_known,
            primitive,
        })))
    }
}

impl<'i> State<'i> {
    fn new(ty: &'i Type, errors: &mut Errors) -> Option<Self> {
        let Type::Reference(TypeReference { lifetime: None, mutability, elem, .. }) = ty else {
            errors.at(ty, "a state is lent to the tool: write `&Db`, or `&mut Cart` for one call at a time");
            return None;
        };
        let ty = ungroup(elem);
        if let Type::ImplTrait(_) = ty {
            errors.at(ty, "a state is found by its type; name it instead of `impl`");
            return None;
        }
        if let (Type::TraitObject(_), Some(mutability)) = (ty, mutability) {
            errors.at(
                mutability,
                "a trait object can only be looked at: write `&dyn ..`, and put what changes behind a lock",
            );
            return None;
        }
        refuse_references(&Tokens::of(ty), errors)?;
        Some(Self { ty, exclusive: mutability.is_some() })
    }
}

fn binding<'i>(pat: &'i Pat, errors: &mut Errors) -> Option<&'i Ident> {
    match pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => Some(&pat.ident),
        other => {
            errors.at(other, "the model is told the parameter's name: give it one, and take it apart in the body");
            None
        }
    }
}

fn name(ident: &Ident, rename: Option<&LitStr>, errors: &mut Errors) -> String {
    let name = rename.map_or_else(|| ident.unraw().to_string(), LitStr::value);
    let legal = |char: char| char.is_ascii_alphanumeric() || char == '_' || char == '-' || char == '.';
    if name.is_empty() || name.len() > 64 || !name.chars().all(legal) {
        const RULE: &str = "1 to 64 letters, digits, `_`, `-` or `.`";
        match rename {
            Some(rename) => errors.at(rename, format!("not every provider takes this name; write {RULE}")),
            None => errors.at(
                ident,
                format!("not every provider takes `{name}` as a name; add `#[arg(rename = \"..\")]` with {RULE}"),
            ),
        }
    }
    name
}

/// What has to be decoded for a parameter of this type, and how it gets there.
fn decoded<'i>(ty: &'i Type, tokens: Tokens, runtime: &Ident, errors: &mut Errors) -> Option<(Tokens, Pass<'i>)> {
    let range = tokens.range();
    if let Type::Reference(reference) = ty {
        let inner = lent(reference, errors)?;
        return Some((range.project(inner, runtime, "Lend", "Owned"), Pass::Lent(inner)));
    }
    if let Some(reference) = optional_reference(ty) {
        let inner = lent(reference, errors)?;
        let owned = Range::of(inner).project(inner, runtime, "Lend", "Owned");
        let option = quote_spanned!(range.0=> ::core::option::Option);
        return Some((Tokens::of(quote!(#option<#owned>)), Pass::LentOption(inner)));
    }
    if let Type::ImplTrait(_) = ty {
        errors.at(ty, "the model must be told of a concrete type; name it instead of `impl`");
        return None;
    }
    refuse_references(&tokens, errors)?;
    refuse_unsized(ty, errors)?;
    Some((tokens, Pass::Owned))
}

fn lent<'i>(reference: &'i TypeReference, errors: &mut Errors) -> Option<&'i Type> {
    if let Some(mutability) = &reference.mutability {
        errors.at(mutability, "an argument ends with its call, so there is nothing to change through `&mut`; take it by value, with a `mut` binding, or mark what the program lends with `#[state]`");
        return None;
    }
    // a lifetime of the function's own is refused with its generics
    if let Some(lifetime) = reference.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static") {
        errors.at(lifetime, "an argument lives as long as its call; leave the lifetime out, or take it by value");
        return None;
    }
    let inner = ungroup(&reference.elem);
    if let Type::ImplTrait(_) | Type::TraitObject(_) = inner {
        errors.at(inner, "the model must be told of a concrete type; name it instead of the trait");
        return None;
    }
    refuse_references(&Tokens::of(inner), errors)?;
    match inner {
        Type::Slice(slice) => refuse_unsized(&slice.elem, errors)?,
        Type::Path(path) if path.path.is_ident("str") => {}
        inner => refuse_unsized(inner, errors)?,
    }
    Some(inner)
}

fn refuse_unsized(ty: &Type, errors: &mut Errors) -> Option<()> {
    let Some(part) = sizes::without_size(ty) else { return Some(()) };
    errors.at(part, sizes::taken(part, ty));
    None
}

/// `Option<&T>`, however `Option` is reached.
fn optional_reference(ty: &Type) -> Option<&TypeReference> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if arguments.args.len() == 1 => match ungroup(inner) {
            Type::Reference(reference) => Some(reference),
            _ => None,
        },
        _ => None,
    }
}

/// A reference deeper inside a type has nothing to borrow from.
fn refuse_references(tokens: &Tokens, errors: &mut Errors) -> Option<()> {
    for token in tokens.list() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => {
                errors.at(
                    punct,
                    "only a whole parameter can be borrowed; own what is inside, e.g. `String` instead of `&str`",
                );
                return None;
            }
            TokenTree::Group(group) => refuse_references(&Tokens::of(group.stream()), errors)?,
            _ => {}
        }
    }
    Some(())
}

/// The type without the invisible groups that other macros put around it.
pub(crate) fn ungroup(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}
