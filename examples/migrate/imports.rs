//! `use tracing::instrument;` and `use fastrace::trace;`, alone or in a list.

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
    let next = statement.get(1 + used);
    if is_star != is_punct(next, '*') {
        return;
    }
    let place = statement[0].span();
    if let ([], Some(TokenTree::Group(list))) = (&path[..], next) {
        let text = list.to_string();
        if text.contains("tracing") && text.contains("instrument") || text.contains("fastrace") {
            source.remark(place, "this list imports from several crates; give `tracing` or `fastrace` a `use` of its own first");
        }
        return;
    }
    let [krate, rest @ ..] = &path[..] else { return };
    let Some((attribute, known)) = attribute_of(krate, names) else { return };
    let is_export = is_export(level, at);
    let export = format!(
        "this file exports `{krate}::{attribute}`; decide whether it is to export Spanwise's, and change its uses"
    );
    match (rest, next) {
        // `use tracing::instrument;`, `use tracing::instrument as traced;`
        ([last], Some(end)) if last == attribute && (is_punct(next, ';') || is_word(end, "as")) => {
            if is_export {
                source.remark(place, export);
                return;
            }
            known.push(alias(next, statement.get(2 + used)).unwrap_or_else(|| attribute.to_owned()));
            let end = statement[used].span().byte_range().end;
            source.replace(statement[1].span().byte_range().start..end, "spanwise::instrument");
        }
        // `use tracing::{info, instrument};`
        ([], Some(TokenTree::Group(list))) if list.delimiter() == Delimiter::Brace => {
            let all = entries(&list.stream());
            let is_it = |entry: &[TokenTree]| {
                is_word(&entry[0], attribute)
                    && (entry.len() == 1 || entry.len() == 3 && is_word(&entry[1], "as"))
            };
            let Some(index) = all.iter().position(|entry| is_it(entry)) else { return };
            let has_attribute = at > 1 && is_punct(level.get(at - 2), '#');
            if is_export || has_attribute && all.len() > 1 {
                source.remark(place, export);
                return;
            }
            let alias = alias(all[index].get(1), all[index].get(2));
            known.push(alias.clone().unwrap_or_else(|| attribute.to_owned()));
            let alias = alias.map(|alias| format!(" as {alias}")).unwrap_or_default();
            take_out(source, statement, &all, index, &format!("spanwise::instrument{alias}"));
        }
        // `use tracing::*;`, `use fastrace::prelude::*;`
        (_, Some(_))
            if is_star
                && known.is_empty()
                && has_all(krate, rest)
                && source.has_attribute(attribute)
                && !source.imports_spanwise()
                && !is_export =>
        {
            known.push(attribute.to_owned());
            source.add_line(statement, "use spanwise::instrument;");
        }
        _ => {}
    }
}

/// Whether `*` of this module has the attribute.
fn has_all(krate: &str, rest: &[String]) -> bool {
    rest.is_empty() || krate == "fastrace" && rest == ["prelude"]
}

/// `pub use`, `pub(crate) use`
fn is_export(level: &[TokenTree], at: usize) -> bool {
    let is_pub = |back: usize| at >= back && level.get(at - back).is_some_and(|token| is_word(token, "pub"));
    is_pub(1) || is_pub(2) && matches!(&level[at - 1], TokenTree::Group(_))
}

fn is_word(token: &TokenTree, expected: &str) -> bool {
    matches!(token, TokenTree::Ident(word) if word == expected)
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

/// Takes an entry out of a list of imports, and gives it a line of its own.
fn take_out(
    source: &mut Source<'_>,
    statement: &[TokenTree],
    all: &[Vec<TokenTree>],
    index: usize,
    new: &str,
) {
    let entry = &all[index];
    if all.len() == 1 {
        let end = statement[statement.len() - 1].span().byte_range().end;
        source.replace(statement[1].span().byte_range().start..end, format!("{new};"));
        return;
    }
    let (start, end) = (entry[0].span().byte_range().start, entry[entry.len() - 1].span().byte_range().end);
    match all.get(index + 1) {
        Some(_) => source.remove_entry(start, end),
        // The last one: with the comma before it.
        None => {
            let before = &all[index - 1];
            source.remove_last_entry(before[before.len() - 1].span().byte_range().end, start, end);
        }
    }
    source.add_line(statement, &format!("use {new};"));
}
