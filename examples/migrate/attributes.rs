//! `#[instrument(..)]` and `#[trace(..)]`, in `cfg_attr` too.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::source::{Names, Source, each_level, entries, is_punct, path};

#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Tracing,
    Fastrace,
}

pub(crate) fn change(source: &mut Source<'_>, tokens: TokenStream, names: &Names) {
    each_level(&tokens, &mut |level| {
        for pair in level.windows(2) {
            if let [TokenTree::Punct(sign), TokenTree::Group(group)] = pair
                && sign.as_char() == '#'
                && group.delimiter() == Delimiter::Bracket
            {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                attribute(source, &inner, names);
            }
        }
    });
}

fn attribute(source: &mut Source<'_>, tokens: &[TokenTree], names: &Names) {
    let (names_of_path, used) = path(tokens);
    if names_of_path.len() == 1 && names_of_path[0] == "cfg_attr" {
        if let Some(TokenTree::Group(list)) = tokens.get(used) {
            for entry in entries(&list.stream()).iter().skip(1) {
                attribute(source, entry, names);
            }
        }
        return;
    }
    let (origin, is_path) = match &names_of_path.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tracing" | "tracing_attributes", "instrument"] => (Origin::Tracing, true),
        ["fastrace", "trace"] => (Origin::Fastrace, true),
        [name] if names.of_tracing.iter().any(|known| known == name) => (Origin::Tracing, false),
        [name] if names.of_fastrace.iter().any(|known| known == name) => (Origin::Fastrace, false),
        _ => return,
    };
    let range = tokens[0].span().byte_range().start..tokens[used - 1].span().byte_range().end;
    if is_path {
        source.replace(range, "spanwise::instrument");
    } else if names_of_path[0] == "trace" {
        source.replace(range, "instrument");
    }
    let list = match tokens.get(used) {
        Some(TokenTree::Group(list)) if list.delimiter() == Delimiter::Parenthesis => Some(list),
        _ => None,
    };
    let place = tokens[0].span();
    match origin {
        Origin::Tracing => of_tracing(source, tokens, used, list),
        Origin::Fastrace => {
            if let Some(list) = list.filter(|list| argument(list, "crate").is_some()) {
                let entry = argument(list, "crate").unwrap_or_default();
                source.remark(
                    place,
                    format!(
                        "`crate = ..` says where fastrace is; write where Spanwise is: `{}`",
                        spelled(source, &entry)
                    ),
                );
            }
        }
    }
}

fn of_tracing(source: &mut Source<'_>, tokens: &[TokenTree], used: usize, list: Option<&Group>) {
    let place = tokens[0].span();
    if list.is_none_or(|list| argument(list, "skip_all").is_none()) {
        if source.has_args {
            let (at, text) = match list {
                Some(list) if list.stream().is_empty() => (list.span_open().byte_range().end, "args"),
                Some(list) => (list.span_open().byte_range().end, "args, "),
                None => (tokens[used - 1].span().byte_range().end, "(args)"),
            };
            source.replace(at..at, text);
        } else {
            source.remark(
                place,
                "`tracing` records the arguments of this function; to record them, add `args`",
            );
        }
    }
    let Some(list) = list else { return };
    for name in ["parent", "follows_from"] {
        if argument(list, name).is_some() {
            source.remark(
                place,
                format!("`{name}` takes a `CarriedContext`, a `Context`, headers, or a `tracing::Span` with the feature `logs`; not an `Id`"),
            );
        }
    }
    if let Some(TokenTree::Group(fields)) =
        argument(list, "fields").and_then(|entry| entry.into_iter().nth(1))
    {
        for field in entries(&fields.stream()) {
            bare_field(source, &field);
        }
    }
}

/// A name without a value declares an empty field.
fn bare_field(source: &mut Source<'_>, field: &[TokenTree]) {
    // `user.id`: names with dots between them.
    let is_name = field.iter().enumerate().all(|(at, token)| match at % 2 {
        0 => matches!(token, TokenTree::Ident(_)),
        _ => is_punct(Some(token), '.'),
    });
    if let (true, Some(last)) = (is_name, field.last()) {
        let end = last.span().byte_range().end;
        source.replace(end..end, " = Empty");
    }
}

/// The argument of this name, up to the next comma.
fn argument(list: &Group, name: &str) -> Option<Vec<TokenTree>> {
    // Commas may be missing, so any word may begin an argument.
    let entries = entries(&list.stream());
    let start = |entry: &[TokenTree]| {
        entry.iter().position(|token| matches!(token, TokenTree::Ident(word) if word == name))
    };
    entries.iter().find_map(|entry| {
        let at = start(entry)?;
        let is_first = at == 0 || !is_punct(entry.get(at - 1), '=');
        is_first.then(|| entry[at..].to_vec())
    })
}

fn spelled(source: &Source<'_>, tokens: &[TokenTree]) -> String {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => {
            source.text_of(first.span().byte_range().start..last.span().byte_range().end).to_owned()
        }
        _ => String::new(),
    }
}
