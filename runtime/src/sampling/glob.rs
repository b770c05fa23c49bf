//! Patterns in which `*` matches any text.

/// Whether `text` matches `pattern`. Takes at most time proportional to the product of their lengths.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    // The first place that matches leaves the most text for the other parts.
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;

    #[test]
    fn a_star_matches_any_text_and_everything_else_itself() {
        for (pattern, text) in [
            ("", ""),
            ("a", "a"),
            ("*", ""),
            ("*", "abc"),
            ("a*", "a"),
            ("a*", "abc"),
            ("*c", "abc"),
            ("a*c", "ac"),
            ("a*c", "abcbc"),
            ("*b*", "abc"),
            ("**", "x"),
            ("/health*", "/healthz"),
            ("a?c", "a?c"),
            ("ä*", "äöü"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("a", ""),
            ("a", "ab"),
            ("a", "A"),
            ("a*c", "ab"),
            ("aa*aa", "aaa"),
            ("*b", "abc"),
            ("a?c", "abc"),
            ("a*b*c", "acb"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    /// The obvious implementation, which may take exponential time.
    fn matches_slowly(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|from| matches_slowly(rest, &text[from..])),
            Some((one, rest)) => text.first() == Some(one) && matches_slowly(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_obvious_implementation(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(matches(&pattern, &text), matches_slowly(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
