//! Arguments whose value is one of a few words.

use proc_macro2::Span;
use syn::parse::ParseStream;
use syn::{Error, Expr, ExprLit, Ident, Lit, Result};

use super::bare;
use super::suggest::{hint, listed};

/// The span kinds of the specification, and the variants of `opentelemetry::trace::SpanKind`.
const KINDS: &[(&str, &str)] = &[
    ("internal", "Internal"),
    ("client", "Client"),
    ("server", "Server"),
    ("producer", "Producer"),
    ("consumer", "Consumer"),
];

/// The levels, from the most important; the variants of the runtime's `Level`.
const LEVELS: &[(&str, &str)] =
    &[("error", "Error"), ("warn", "Warn"), ("info", "Info"), ("debug", "Debug"), ("trace", "Trace")];

/// `client`, `"client"`, `SpanKind::Client`
pub(super) fn kind(input: ParseStream<'_>) -> Result<Ident> {
    let (word, span) = word(input)?;
    variant(&word, span, KINDS, "span kind")
}

/// `debug`, `"debug"`, `Level::DEBUG`, and `tracing`'s numbers, of which 5 is `error`
pub(super) fn level(input: ParseStream<'_>) -> Result<Ident> {
    let (word, span) = word(input)?;
    let word = match word.as_str() {
        "1" => "trace",
        "2" => "debug",
        "3" => "info",
        "4" => "warn",
        "5" => "error",
        other => other,
    };
    variant(word, span, LEVELS, "level")
}

/// A word however it is written: its name counts, and nothing has to be in scope.
fn word(input: ParseStream<'_>) -> Result<(String, Span)> {
    let place = input.span();
    // By itself, because `debug` may be followed by anything that a person has mistyped.
    let expression = bare(input.parse()?);
    match &expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok((text.value(), text.span())),
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => Ok((number.to_string(), number.span())),
        Expr::Path(path) => match path.path.segments.last() {
            Some(last) => Ok((last.ident.to_string(), last.ident.span())),
            None => Err(Error::new(place, "expected a word")),
        },
        other => Err(Error::new_spanned(other, "expected a word")),
    }
}

fn variant(word: &str, span: Span, words: &[(&str, &str)], what: &str) -> Result<Ident> {
    let lower = word.to_lowercase();
    if let Some((_, variant)) = words.iter().find(|(known, _)| *known == lower) {
        return Ok(Ident::new(variant, span));
    }
    let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
    let hint = hint(&lower, &known);
    Err(Error::new(span, format!("`{word}` is no {what}; {hint}one of {}", listed(&known))))
}
