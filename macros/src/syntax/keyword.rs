//! Values that are one of a few words, such as a span kind.

use quote::ToTokens as _;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprLit, ExprPath, Ident, Lit, Result};

use super::suggest::choices;
use super::tokens::ungrouped;

/// A word that a value may be, and the variant of the runtime's enum that it stands for.
pub(crate) type Keyword = (&'static str, &'static str);

/// Reads a word and returns its variant. `what` is what the word names: "span kind". Error messages do
/// not list the `aliases`.
///
/// `client`, `"client"` and `SpanKind::Client` are the same: only the last name counts, and nothing
/// has to be in scope.
pub(crate) fn keyword(
    input: ParseStream<'_>,
    keywords: &[Keyword],
    aliases: &[Keyword],
    what: &str,
) -> Result<Ident> {
    let known: Vec<&str> = keywords.iter().map(|(known, _)| *known).collect();
    let not_a_keyword =
        |word: &str| format!("`{word}` is not a {what}; {}", choices(&word.to_lowercase(), &known));
    // An expression, because anything may follow a mistyped word.
    let expression = ungrouped(input.parse()?);
    let (word, span) = match &expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => (text.value(), text.span()),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => (number.to_string(), number.span()),
        Expr::Path(ExprPath { path, .. }) if !path.segments.is_empty() => {
            let last = &path.segments[path.segments.len() - 1].ident;
            (last.to_string(), last.span())
        }
        other => {
            let spelled = other.to_token_stream().to_string();
            return Err(Error::new_spanned(other, not_a_keyword(&spelled)));
        }
    };
    let lower = word.to_lowercase();
    match keywords.iter().chain(aliases).find(|(known, _)| *known == lower) {
        Some((_, variant)) => Ok(Ident::new(variant, span)),
        None => Err(Error::new(span, not_a_keyword(&word))),
    }
}
