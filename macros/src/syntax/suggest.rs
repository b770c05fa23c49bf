//! Suggestions for a name that is not known. Written by hand, because a crate for it would be built by
//! everyone who builds the macro.

use syn::{Error, Ident};

/// The candidate that is one or two typing mistakes away from what was written.
pub(crate) fn nearest<'a>(written: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let max_distance = match written.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        _ => 2,
    };
    candidates
        .iter()
        .map(|candidate| (distance(written, candidate), *candidate))
        .filter(|(distance, _)| *distance <= max_distance)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `a`? The choices are `a`, `b`"
pub(crate) fn choices(written: &str, candidates: &[&str]) -> String {
    let all = listed(candidates);
    match nearest(written, candidates) {
        Some(near) => format!("did you mean `{near}`? The choices are {all}"),
        None => format!("the choices are {all}"),
    }
}

/// The error for an option that `owner` does not have.
pub(crate) fn unknown_option(owner: &str, option: &Ident, known: &[&str]) -> Error {
    let choices = choices(&option.to_string(), known);
    Error::new(option.span(), format!("`{option}` is not an option of `{owner}`; {choices}"))
}

/// "`a`, `b`, `c`"
pub(crate) fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// How many characters must be inserted, deleted, changed, or swapped with their neighbor.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut rows = vec![(0..=to.len()).collect::<Vec<usize>>()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let change = usize::from(from[i - 1] != to[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[from.len()][to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_mistake_is_corrected_and_another_word_is_not() {
        let known = ["name", "skip", "skip_all", "fields", "err"];
        assert_eq!(nearest("nmae", &known), Some("name"));
        assert_eq!(nearest("field", &known), Some("fields"));
        assert_eq!(nearest("skipall", &known), Some("skip_all"));
        assert_eq!(nearest("eror", &known), Some("err"));
        assert_eq!(nearest("color", &known), None);
        assert_eq!(nearest("x", &known), None);
    }
}
