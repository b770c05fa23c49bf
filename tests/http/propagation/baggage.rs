//! [W3C baggage](https://github.com/w3c/baggage/tree/main/test).

use std::collections::BTreeSet;

use spanwise::Propagator;

use super::{Middle, with_middle};

/// The members that the next service gets, of these lines.
async fn onwards(middle: &Middle, lines: &[&str]) -> BTreeSet<String> {
    let onwards = middle.ask(lines.iter().map(|&line| ("baggage", line))).await;
    onwards.parts("baggage", ',').into_iter().map(ToOwned::to_owned).collect()
}

fn walk(work: impl AsyncFnOnce(&Middle)) {
    with_middle(&[Propagator::Baggage], work);
}

#[test]
fn well_formed_members_are_passed_on() {
    walk(async |middle| {
        for (lines, members) in [
            (vec!["SomeKey=SomeValue"], vec!["SomeKey=SomeValue"]),
            (
                vec!["SomeKey=SomeValue;SomeProp,SomeKey2=SomeValue2;ValueProp=PropVal"],
                vec!["SomeKey=SomeValue;SomeProp", "SomeKey2=SomeValue2;ValueProp=PropVal"],
            ),
            (vec!["SomeKey \t = \t SomeValue \t ; \t SomeProp \t "], vec!["SomeKey=SomeValue;SomeProp"]),
            (vec!["SomeKey=SomeValue=equals"], vec!["SomeKey=SomeValue%3Dequals"]),
            (
                vec!["SomeKey=%09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29"],
                vec!["SomeKey=%09%20%22%27%3B%3Dasdf%21%40%23%24%25%5E%26%2A%28%29"],
            ),
            (
                vec!["SomeKey=SomeValue;SomeProp;SecondProp=PropValue"],
                vec!["SomeKey=SomeValue;SomeProp;SecondProp=PropValue"],
            ),
            (vec!["SomeKey=;SomeProp"], vec!["SomeKey=;SomeProp"]),
            (vec!["SomeKey="], vec!["SomeKey="]),
            (vec!["key=value1,key=value2"], vec!["key=value2"]),
            (vec!["foo=1;state=on;red,foo=2"], vec!["foo=2"]),
            (vec!["key=%80"], vec!["key=%EF%BF%BD"]),
            (
                vec!["userId=alice", "serverNode=DF%2028,isProduction=false"],
                vec!["userId=alice", "serverNode=DF%2028", "isProduction=false"],
            ),
            (vec!["userId=Am%C3%A9lie"], vec!["userId=Am%C3%A9lie"]),
            (vec!["foo=1+1"], vec!["foo=1%2B1"]),
            (vec!["key1=val%252"], vec!["key1=val%252"]),
            (vec![" foo \t= 1\t\t "], vec!["foo=1"]),
            (vec!["", "k=v"], vec!["k=v"]),
        ] {
            let members = members.into_iter().map(ToOwned::to_owned).collect();
            assert_eq!(onwards(middle, &lines).await, members, "{lines:?}");
        }
        assert_eq!(middle.ask([]).await.get("baggage"), None);
    });
}

#[test]
fn malformed_members_are_dropped_and_the_rest_is_passed_on() {
    walk(async |middle| {
        for (given, members) in [
            ("justKey", vec![]),
            ("k1=v1,justKey,k2=v2", vec!["k1=v1", "k2=v2"]),
            ("foo=,,bar=", vec!["foo=", "bar="]),
            ("=foo", vec![]),
            ("\\=value", vec![]),
            ("foo=\\", vec![]),
            ("foo=1;=v", vec![]),
            ("foo=1;key\\=v", vec![]),
            ("ke y=value1,key1=val", vec!["key1=val"]),
            ("ke?y=value1,key1=val", vec!["key1=val"]),
            ("key=valu e1,key1=val", vec!["key1=val"]),
            ("key=\"quoted\",key1=val", vec!["key1=val"]),
            ("k\u{e9}y=value,key1=val", vec![]),
            ("!@#$%^", vec![]),
        ] {
            let members = members.into_iter().map(ToOwned::to_owned).collect();
            assert_eq!(onwards(middle, &[given]).await, members, "{given:?}");
        }
    });
}

#[test]
fn members_beyond_the_limit_are_dropped_and_none_is_cut() {
    let members = |count: usize| (0..count).map(|n| format!("k{n:03}=v")).collect::<Vec<_>>().join(",");
    let of_length = |length: usize| format!("k={}", "v".repeat(length - 2));
    walk(async |middle| {
        assert_eq!(onwards(middle, &[&members(64)]).await.len(), 64);
        assert_eq!(onwards(middle, &[&members(65)]).await.len(), 64);
        assert_eq!(onwards(middle, &[&members(32), &members(64)]).await.len(), 64);
        assert_eq!(onwards(middle, &[&of_length(8192)]).await, BTreeSet::from([of_length(8192)]));
        assert_eq!(onwards(middle, &[&of_length(8193)]).await.len(), 0);
        let (half, other) = (of_length(4096), of_length(4095).replacen('k', "y", 1));
        assert_eq!(onwards(middle, &[&half, &other]).await.len(), 2);
        let longer = format!("{other}v");
        assert_eq!(onwards(middle, &[&half, &longer]).await.len(), 1);
    });
}
