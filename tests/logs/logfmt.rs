//! A reader of logfmt, like that of a backend.

/// The pairs of a line, in order.
pub(crate) fn parsed(line: &str) -> Vec<(String, String)> {
    let mut rest = line.chars().peekable();
    let mut pairs = Vec::new();
    while rest.peek().is_some() {
        let mut key = String::new();
        for one in rest.by_ref().take_while(|one| *one != '=') {
            assert!(!one.is_whitespace() && !one.is_control() && one != '"', "a key: {line:?}");
            key.push(one);
        }
        assert!(!key.is_empty(), "a key: {line:?}");
        let mut value = String::new();
        if rest.next_if_eq(&'"').is_some() {
            loop {
                match rest.next().expect("a closing quote") {
                    '"' => break,
                    '\\' => value.push(match rest.next().expect("an escape") {
                        'n' => '\n',
                        'r' => '\r',
                        't' => '\t',
                        'u' => {
                            let digits: String = rest.by_ref().take(4).collect();
                            let code = u32::from_str_radix(&digits, 16).expect("four digits");
                            char::from_u32(code).expect("a character")
                        }
                        one => one,
                    }),
                    one => value.push(one),
                }
            }
        } else {
            while let Some(one) = rest.next_if(|one| *one != ' ') {
                assert!(!one.is_whitespace() && !matches!(one, '"' | '='), "a bare value: {line:?}");
                value.push(one);
            }
        }
        pairs.push((key, value));
        assert!(rest.next().is_none_or(|one| one == ' '), "a space between pairs: {line:?}");
    }
    pairs
}

/// The value of a key that appears once.
pub(crate) fn get(pairs: &[(String, String)], key: &str) -> Option<String> {
    let mut found = pairs.iter().filter(|(known, _)| known == key);
    let value = found.next()?.1.clone();
    assert!(found.next().is_none(), "{key} twice: {pairs:?}");
    Some(value)
}
