//! `#[field]` on a parameter.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, Error, Ident, LitStr, Meta, PatType, Result};

use crate::syntax::list::{Commas, each_entry, value_of};
use crate::syntax::suggest::unknown_option;
use crate::syntax::value::ValueFormat;

/// `#[field]`, `#[field(name = "user.id", debug)]`
pub(crate) struct FieldAttribute {
    pub(crate) span: Span,
    pub(crate) name: Option<LitStr>,
    pub(crate) format: ValueFormat,
}

impl FieldAttribute {
    /// Whether an attribute is `#[field]` or `#[spanwise::field]`.
    pub(crate) fn is(attribute: &Attribute) -> bool {
        let segments = &attribute.path().segments;
        segments.last().is_some_and(|last| last.ident == "field")
            && (segments.len() == 1 || segments.first().is_some_and(|first| first.ident == "spanwise"))
    }

    /// The `#[field]` of a parameter, if it has one.
    pub(crate) fn on(parameter: &PatType) -> Result<Option<Self>> {
        let mut fields = parameter.attrs.iter().filter(|attribute| Self::is(attribute));
        let Some(first) = fields.next() else { return Ok(None) };
        if let Some(second) = fields.next() {
            return Err(Error::new_spanned(second, "`#[field]` is given twice; keep one"));
        }
        Self::parse(first).map(Some)
    }

    fn parse(attribute: &Attribute) -> Result<Self> {
        let span = attribute.path().segments.last().map_or_else(Span::call_site, |last| last.ident.span());
        let mut field = Self { span, name: None, format: ValueFormat::Typed };
        match &attribute.meta {
            Meta::Path(_) => {}
            Meta::List(list) => {
                each_entry(list.tokens.clone(), Commas::Required, |input| field.option(input))?
            }
            Meta::NameValue(_) => {
                return Err(Error::new(
                    span,
                    "the options of `#[field]` go in parentheses; write `#[field(name = \"..\")]`",
                ));
            }
        }
        Ok(field)
    }

    fn option(&mut self, input: ParseStream<'_>) -> Result<()> {
        let option = Ident::parse_any(input)?;
        match option.to_string().as_str() {
            "name" => {
                let name: LitStr = value_of(&option, input)?.parse()?;
                if name.value().is_empty() {
                    return Err(Error::new(
                        name.span(),
                        "the field name is empty; write a name between the quotes",
                    ));
                }
                self.name = Some(name);
            }
            "debug" | "display" if self.format != ValueFormat::Typed => {
                return Err(Error::new(
                    option.span(),
                    "`debug` and `display` contradict each other; keep one",
                ));
            }
            "debug" => self.format = ValueFormat::Debug,
            "display" => self.format = ValueFormat::Display,
            _ => return Err(unknown_option("#[field]", &option, &["name", "debug", "display"])),
        }
        Ok(())
    }
}
