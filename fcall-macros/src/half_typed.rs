//! A function whose signature is still being typed.
//!
//! The compiler has read it already and says what is missing; what is left to do is to keep the function's name known.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;
use syn::{FnArg, Type};

use crate::item::Item;

impl Item {
    /// The function, where no more is wrong with it than that a part of its signature is not there yet: then the compiler
    /// is sure to say so.
    pub(crate) fn half_typed(tokens: &TokenStream) -> Option<Self> {
        let mut list: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let name =
            1 + list.windows(2).position(|pair| is_word(&pair[0], "fn") && matches!(pair[1], TokenTree::Ident(_)))?;
        let parameters = list[name..].iter().position(|token| is_group(token, Delimiter::Parenthesis));
        let open = name + parameters.unwrap_or(1);
        if parameters.is_none() {
            list.insert(open, Group::new(Delimiter::Parenthesis, TokenStream::new()).into());
        }
        let TokenTree::Group(group) = &list[open] else { return None };
        let Parameters { whole, callable, are_plain } = Parameters::of(group)?;
        let end = list.iter().rposition(is_end).filter(|end| *end > open)?;
        let (output, is_complete) = output(&list[open + 1..end]);
        let parsed =
            list[..open].iter().cloned().chain([whole.into()]).chain(output).chain(list[end..].iter().cloned());
        let item: Self = syn::parse2(parsed.collect()).ok()?;
        let signature = list.iter().position(|token| !is_attribute(token))?;
        let tokens = |list: &[TokenTree]| -> TokenStream { list.iter().cloned().collect() };
        let written = match (are_plain, is_complete) {
            // as it is: what the compiler has to say of it again, it says once
            (true, false) => tokens(&list[signature..]),
            // a body may name what is not there
            (true, true) => {
                let head = tokens(&list[signature..end]);
                quote!(#[allow(unused)] #head { loop {} })
            }
            // what was said to us goes, and with it the place of the brackets, which the compiler would complain of anew
            (false, _) => {
                let (head, output) = (tokens(&list[signature..open]), &item.sig.output);
                quote!(#[allow(unused)] #head #callable #output { loop {} })
            }
        };
        Some(Self { written: Some(written), ..item })
    }
}

struct Parameters {
    /// Those that are complete.
    whole: Group,
    /// All of them, those that are not complete of any type.
    callable: Group,
    /// Nothing was said to us.
    are_plain: bool,
}

impl Parameters {
    fn of(group: &Group) -> Option<Self> {
        let (mut whole, mut callable, mut are_plain) = (TokenStream::new(), TokenStream::new(), true);
        for mut parameter in split(group.stream()) {
            parameter.pop_if(|last| is_punct(last, ','));
            let attributes = parameter.iter().take_while(|token| is_attribute(token)).count();
            let rest: TokenStream = parameter[attributes..].iter().cloned().collect();
            are_plain &= attributes == 0;
            let tokens: TokenStream = parameter.iter().cloned().collect();
            match syn::parse2::<FnArg>(tokens.clone()) {
                Ok(_) => {
                    whole.extend(quote!(#tokens,));
                    callable.extend(quote!(#rest,));
                }
                Err(error) if is_unfinished(&error) || !has_colon(&parameter) || is_open(&parameter) => {
                    callable.extend(quote!(_: impl ::core::marker::Sized,));
                }
                Err(_) => return None,
            }
        }
        let [whole, callable] = [whole, callable].map(|tokens| {
            let mut new = Group::new(Delimiter::Parenthesis, tokens);
            new.set_span(group.span());
            new
        });
        Some(Self { whole, callable, are_plain })
    }
}

/// What stands between the parameters and the body, nothing where it is not complete; and whether it is.
fn output(tokens: &[TokenTree]) -> (Vec<TokenTree>, bool) {
    let [TokenTree::Punct(_), TokenTree::Punct(_), ty @ ..] = tokens else { return (tokens.to_vec(), true) };
    match syn::parse2::<Type>(ty.iter().cloned().collect()) {
        Err(error) if is_unfinished(&error) || is_open(ty) => (Vec::new(), false),
        // a `where` may follow
        _ => (tokens.to_vec(), true),
    }
}

/// At the commas that stand in no `<..>`, each kept with what is before it.
fn split(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let (mut parts, mut part, mut depth) = (Vec::new(), Vec::new(), 0);
    for token in tokens {
        depth += depth_of(&token, part.last());
        let ends = is_punct(&token, ',') && depth <= 0;
        part.push(token);
        if ends {
            parts.push(std::mem::take(&mut part));
            depth = 0;
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

fn depth_of(token: &TokenTree, before: Option<&TokenTree>) -> i32 {
    if is_punct(token, '<') {
        1
    } else if is_punct(token, '>') && !before.is_some_and(|before| is_punct(before, '-') || is_punct(before, '=')) {
        -1
    } else {
        0
    }
}

/// A `<` has no `>`.
fn is_open(tokens: &[TokenTree]) -> bool {
    let depths = tokens.iter().enumerate().map(|(at, token)| depth_of(token, at.checked_sub(1).map(|at| &tokens[at])));
    depths.sum::<i32>() > 0
}

/// More was expected where the tokens end.
fn is_unfinished(error: &syn::Error) -> bool {
    error.to_string().starts_with("unexpected end of input")
}

/// A `:` that is not half of a `::`.
fn has_colon(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: Option<&TokenTree>| token.is_some_and(|token| is_punct(token, ':'));
    (0..tokens.len()).any(|at| {
        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
        is_colon(tokens.get(at)) && !is_colon(before) && !is_colon(tokens.get(at + 1))
    })
}

/// A token of an attribute, where these stand first.
fn is_attribute(token: &TokenTree) -> bool {
    is_punct(token, '#') || is_group(token, Delimiter::Bracket)
}

fn is_end(token: &TokenTree) -> bool {
    is_group(token, Delimiter::Brace) || is_punct(token, ';')
}

fn is_punct(token: &TokenTree, char: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == char)
}

fn is_group(token: &TokenTree, delimiter: Delimiter) -> bool {
    matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}
