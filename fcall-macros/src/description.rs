//! Doc comments, as the text a model reads.

use syn::{Attribute, Expr, ExprLit, Lit, Meta, MetaNameValue};

use crate::errors::Errors;

/// The doc comment among these attributes, whatever stands between its lines; empty where there is none.
pub(crate) fn of(attrs: &[Attribute], errors: &mut Errors) -> String {
    let mut lines: Vec<String> = Vec::new();
    for attr in attrs {
        let Meta::NameValue(MetaNameValue { path, value, .. }) = &attr.meta else { continue };
        if !path.is_ident("doc") {
            continue;
        }
        match value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                let text = text.value();
                lines.extend(text.lines().map(|line| line.trim_end().to_owned()));
                if text.is_empty() {
                    lines.push(String::new());
                }
            }
            other => errors.at(other, "the model must be told this text: write it as a doc comment"),
        }
    }
    unindent(&lines)
}

/// Without the indentation that all lines have, and without empty lines around.
fn unindent(lines: &[String]) -> String {
    let filled = lines.iter().filter(|line| !line.trim().is_empty());
    let indent = filled.map(|line| line.len() - line.trim_start().len()).min().unwrap_or(0);
    let lines: Vec<_> = lines.iter().map(|line| line.get(indent..).unwrap_or("")).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}
