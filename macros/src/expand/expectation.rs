//! `#[expect(..)]` on the function.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// Lints that do not see through the closure or the future around the body. An expectation of one would not be fulfilled.
const HIDDEN: &[&str] = &[
    "boxed_local",
    "missing_const_for_fn",
    "missing_errors_doc",
    "manual_async_fn",
    "needless_pass_by_value",
    "needless_return",
    "not_unsafe_ptr_arg_deref",
    "only_used_in_recursion",
    "unconditional_recursion",
    "unnecessary_wraps",
    "unused_async",
    "unused_self",
    "used_underscore_binding",
];

/// The attribute, with `allow` in place of `expect` for these lints.
pub(super) fn without_hidden(attribute: &Attribute) -> TokenStream {
    let Meta::List(list) = &attribute.meta else { return attribute.to_token_stream() };
    let is_expectation = list.path.is_ident("expect");
    let Ok(entries) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else {
        return attribute.to_token_stream();
    };
    let is_hidden = |entry: &Meta| {
        let last = entry.path().segments.last();
        last.is_some_and(|lint| HIDDEN.iter().any(|hidden| lint.ident == hidden))
    };
    if !is_expectation || !entries.iter().any(is_hidden) {
        return attribute.to_token_stream();
    }
    let (reason, lints): (Vec<Meta>, Vec<Meta>) =
        entries.into_iter().partition(|entry| entry.path().is_ident("reason"));
    let (hidden, seen): (Vec<Meta>, Vec<Meta>) = lints.into_iter().partition(is_hidden);
    let reason = reason.first();
    let reason = quote!(#reason);
    let expect = (!seen.is_empty()).then(|| quote!(#[expect(#(#seen,)* #reason)]));
    quote!(#[allow(#(#hidden,)* #reason)] #expect)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(attribute: Attribute) -> String {
        without_hidden(&attribute).to_string().replace(' ', "")
    }

    #[test]
    fn expectations_of_lints_that_cannot_see_the_body_become_allow() {
        assert_eq!(shown(syn::parse_quote!(#[expect(dead_code)])), "#[expect(dead_code)]");
        assert_eq!(
            shown(syn::parse_quote!(#[allow(clippy::unused_async)])),
            "#[allow(clippy::unused_async)]"
        );
        assert_eq!(
            shown(syn::parse_quote!(#[expect(clippy::unused_async)])),
            "#[allow(clippy::unused_async,)]"
        );
        assert_eq!(
            shown(syn::parse_quote!(#[expect(dead_code, clippy::unused_self, reason = "r")])),
            "#[allow(clippy::unused_self,reason=\"r\")]#[expect(dead_code,reason=\"r\")]"
        );
    }
}
