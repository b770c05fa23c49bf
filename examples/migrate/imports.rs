//! `use tracing::instrument;` and `use fastrace::trace;`, alone or in a list.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::source::{Names, Source, each_level, entries, is_punct, path};

/// Changes the imports of the attributes, and returns the names that they have in this file.
pub(crate) fn change(source: &mut Source<'_>, tokens: TokenStream) -> Names {
    let mut names = Names::default();
    // An import by name counts more than one by `*`, wherever it stands.
    for is_star in [false, true] {
        each_level(&tokens, &mut |level| {
            for (at, token) in level.iter().enumerate() {
                if matches!(token, TokenTree::Ident(word) if word == "use") {
                    import(source, level, at, is_star, &mut names);
                }
            }
        });
    }
    names
}

fn import(source: &mut Source<'_>, level: &[TokenTree], at: usize, is_star: bool, names: &mut Names) {
    let Some(length) = level[at..].iter().position(|token| is_punct(Some(token), ';')) else { return };
    let statement = &level[at..=at + length];
    let (path, used) = path(&statement[1..]);
    let [krate, rest @ ..] = &path[..] else { return };
    let Some((attribute, known)) = attribute_of(krate, names) else { return };
    let is_public = at > 0 && matches!(&level[at - 1], TokenTree::Ident(word) if word == "pub")
        || at > 1 && matches!(&level[at - 2], TokenTree::Ident(word) if word == "pub");
    let next = statement.get(1 + used);
    if is_star != is_punct(next, '*') {
        return;
    }
    match (rest, next) {
        // `use tracing::instrument;`, `use tracing::instrument as traced;`
        ([last], next) if last == attribute => {
            let alias = alias(next, statement.get(2 + used));
            known.push(alias.clone().unwrap_or_else(|| attribute.to_owned()));
            if is_public {
                source.remark(statement[0].span(), format!("this crate exports `{krate}::{attribute}` to others; decide whether it is to export Spanwise's"));
                return;
            }
            let end = statement[used].span().byte_range().end;
            source.replace(statement[1].span().byte_range().start..end, "spanwise::instrument");
        }
        // `use tracing::{info, instrument};`
        ([], Some(TokenTree::Group(list))) if list.delimiter() == Delimiter::Brace => {
            in_list(source, statement, list, attribute, known);
        }
        // `use tracing::*;`, `use fastrace::prelude::*;`
        (_, Some(TokenTree::Punct(star)))
            if star.as_char() == '*' && known.is_empty() && source.has_attribute(attribute) =>
        {
            known.push(attribute.to_owned());
            let end = statement[length].span().byte_range().end;
            let indentation = source.indentation(statement[0].span().byte_range().start);
            source.replace(end..end, format!("\n{indentation}use spanwise::instrument;"));
        }
        _ => {}
    }
}

/// The attribute of this crate, and the list of its names.
fn attribute_of<'n>(krate: &str, names: &'n mut Names) -> Option<(&'static str, &'n mut Vec<String>)> {
    match krate {
        "tracing" | "tracing_attributes" => Some(("instrument", &mut names.of_tracing)),
        "fastrace" => Some(("trace", &mut names.of_fastrace)),
        _ => None,
    }
}

/// `as name`
fn alias(word: Option<&TokenTree>, name: Option<&TokenTree>) -> Option<String> {
    match (word, name) {
        (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name))) if word == "as" => {
            Some(name.to_string())
        }
        _ => None,
    }
}

fn in_list(
    source: &mut Source<'_>,
    statement: &[TokenTree],
    list: &proc_macro2::Group,
    attribute: &str,
    known: &mut Vec<String>,
) {
    let all = entries(&list.stream());
    let is_it =
        |entry: &[TokenTree]| matches!(entry.first(), Some(TokenTree::Ident(name)) if name == attribute);
    let Some(index) = all.iter().position(|entry| is_it(entry)) else { return };
    let entry = &all[index];
    let alias = alias(entry.get(1), entry.get(2));
    known.push(alias.clone().unwrap_or_else(|| attribute.to_owned()));
    let new = alias.map_or_else(
        || "spanwise::instrument".to_owned(),
        |alias| format!("spanwise::instrument as {alias}"),
    );
    let end = statement[statement.len() - 1].span().byte_range().end;
    if all.len() == 1 {
        source.replace(statement[1].span().byte_range().start..end, format!("{new};"));
        return;
    }
    let start_of = |entry: &[TokenTree]| entry[0].span().byte_range().start;
    let end_of = |entry: &[TokenTree]| entry[entry.len() - 1].span().byte_range().end;
    // With its comma, and the space after or before it.
    let range: Range<usize> = match all.get(index + 1) {
        Some(next) => start_of(entry)..start_of(next),
        None => end_of(&all[index - 1])..end_of(entry),
    };
    source.replace(range, "");
    let indentation = source.indentation(statement[0].span().byte_range().start);
    source.replace(end..end, format!("\n{indentation}use {new};"));
}
