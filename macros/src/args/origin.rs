//! What the span is connected to: its parent (`parent = ..`, `root`) and its links (`links = ..`,
//! `follows_from = ..`).

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote_spanned};
use syn::parse::ParseStream;
use syn::{Error, Expr, Ident, Path, Result};

use super::argument::{FunctionFacts, InstrumentArgument, ParentKind};
use crate::syntax::list::value_of;
use crate::syntax::tokens::{located_at, ungrouped};

/// `parent = headers`; `parent = None` and `root` start a new trace.
#[derive(Default)]
pub(crate) struct ParentArgument {
    given: Option<SpanParent>,
}

enum SpanParent {
    Root,
    Expression(Expr),
}

impl InstrumentArgument for ParentArgument {
    const NAMES: &'static [&'static str] = &["parent", "root"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        let parent = if name == "root" {
            SpanParent::Root
        } else {
            let expression = ungrouped(value_of(name, input)?.parse()?);
            let is_none = matches!(&expression, Expr::Path(path) if path.path.is_ident("None"));
            if is_none { SpanParent::Root } else { SpanParent::Expression(expression) }
        };
        match self.given.replace(parent) {
            None => Ok(()),
            Some(_) => Err(Error::new(
                name.span(),
                "`parent` and `root` contradict each other: `parent` sets the parent, `root` starts a new trace; \
                 keep one",
            )),
        }
    }

    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>) {
        let inherited = container.given.filter(|parent| match parent {
            SpanParent::Root => true,
            SpanParent::Expression(expression) => !function.parameters.lacks_self_of(expression),
        });
        self.given = self.given.take().or(inherited);
    }

    fn expressions(&self) -> TokenStream {
        self.expression().map(Expr::to_token_stream).unwrap_or_default()
    }
}

impl ParentArgument {
    pub(crate) fn kind(&self) -> ParentKind {
        match &self.given {
            None => ParentKind::Current,
            Some(SpanParent::Root) => ParentKind::Root,
            Some(SpanParent::Expression(_)) => ParentKind::Given,
        }
    }

    /// The expression that is the parent.
    pub(crate) fn expression(&self) -> Option<&Expr> {
        match &self.given {
            Some(SpanParent::Expression(expression)) => Some(expression),
            Some(SpanParent::Root) | None => None,
        }
    }
}

/// `links = [first, second]`
#[derive(Default)]
pub(crate) struct LinksArgument {
    given: Vec<Expr>,
}

impl InstrumentArgument for LinksArgument {
    const NAMES: &'static [&'static str] = &["links", "follows_from"];

    fn read(&mut self, name: &Ident, input: ParseStream<'_>) -> Result<()> {
        self.given.push(value_of(name, input)?.parse()?);
        Ok(())
    }

    fn inherit(&mut self, container: Self, function: &FunctionFacts<'_>) {
        if self.given.is_empty() {
            self.given = container.given;
            self.given.retain(|links| !function.parameters.lacks_self_of(links));
        }
    }

    fn expressions(&self) -> TokenStream {
        self.given.iter().map(Expr::to_token_stream).collect()
    }

    fn start_statements(&self, _runtime: &Path) -> TokenStream {
        let statements =
            self.given.iter().map(|links| quote_spanned!(located_at(links)=> __start.links(&(#links));));
        statements.collect()
    }
}
