//! The attribute with recording off: the function, as it was.

use proc_macro::TokenStream;

pub(crate) fn instrument(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
