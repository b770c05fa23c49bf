//! Text that is known at compile time.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Error, Expr, ExprLit, Lit, LitStr, Path, Result};

use super::tokens::ungrouped;

/// Text that a static can hold.
#[derive(Clone)]
pub(crate) enum StaticText {
    Literal(LitStr),
    Constant(Path),
}

impl StaticText {
    /// Reads the value of `argument`; `expected` completes "`argument` must be ..".
    pub(crate) fn from_expression(expression: Expr, argument: &str, expected: &str) -> Result<Self> {
        match ungrouped(expression) {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().is_empty() => Err(Error::new(
                text.span(),
                format!("`{argument}` is empty; write a name between the quotes, or remove `{argument}`"),
            )),
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(Self::Literal(text)),
            Expr::Path(path) if path.qself.is_none() && !path.path.is_ident("self") => {
                match path.path.segments.first() {
                    Some(first) if first.ident == "Self" => Err(Error::new_spanned(
                        &path,
                        format!(
                            "`{argument}` is stored in a static, where `Self` is not known; write the constant's \
                             full path{}",
                            if argument == "name" { ", or `format!(\"{}\", ..)`" } else { "" }
                        ),
                    )),
                    _ => Ok(Self::Constant(path.path)),
                }
            }
            other => Err(Error::new_spanned(other, format!("`{argument}` must be {expected}"))),
        }
    }
}

impl ToTokens for StaticText {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => tokens.extend(quote!(#literal)),
            Self::Constant(path) => tokens.extend(quote!(#path)),
        }
    }
}
