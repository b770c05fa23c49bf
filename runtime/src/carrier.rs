//! Carriers: the headers of a message, as propagators read and write them. Compiled with recording off, too.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// Headers of a message that can be read. [`extract`](crate::extract) takes them.
///
/// It is implemented for pairs of a name and a value in a `Vec`, a slice, an array, a `HashMap` or a `BTreeMap`, where the values
/// are text or bytes; with the feature `client` or `server` also for `http::HeaderMap`. For another library's type, write a wrapper
/// that iterates over it:
///
/// ```
/// # struct Record;
/// # impl Record { fn iter(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> { [("key", None)].into_iter() } }
/// struct Headers<'a>(&'a Record);
///
/// impl spanwise::Carrier for Headers<'_> {
///     fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
///         for (name, value) in self.0.iter() {
///             see(name, value.unwrap_or_default());
///         }
///     }
/// }
/// ```
///
/// This is a *carrier* in the [specification](https://opentelemetry.io/docs/specs/otel/context/api-propagators/#carrier).
pub trait Carrier {
    /// Calls `see` with each header, in order if there is one. A header with several values is several headers.
    fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8]));
}

/// Headers of a message that can be written. [`inject`](crate::inject) takes them.
pub trait CarrierMut {
    /// Sets a header, in place of all headers of that name, without regard to case. `name` is lowercase.
    fn set(&mut self, name: &str, value: String);

    /// Removes the headers for whose name `keep` returns `false`.
    fn retain(&mut self, keep: &dyn Fn(&str) -> bool);
}

impl<C: Carrier + ?Sized> Carrier for &C {
    fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
        (**self).each(see);
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Carrier for [(K, V)] {
    fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
        self.iter().for_each(|(name, value)| see(name.as_ref(), value.as_ref()));
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>, const N: usize> Carrier for [(K, V); N] {
    fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
        self.as_slice().each(see);
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Carrier for Vec<(K, V)> {
    fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
        self.as_slice().each(see);
    }
}

impl<K: AsRef<str> + From<String>, V: From<String>> CarrierMut for Vec<(K, V)> {
    fn set(&mut self, name: &str, value: String) {
        self.retain(|(other, _)| !other.as_ref().eq_ignore_ascii_case(name));
        self.push((K::from(name.to_owned()), V::from(value)));
    }

    fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        self.retain(|(name, _)| keep(name.as_ref()));
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>, S> Carrier for HashMap<K, V, S> {
    fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
        self.iter().for_each(|(name, value)| see(name.as_ref(), value.as_ref()));
    }
}

impl<K, V, S> CarrierMut for HashMap<K, V, S>
where
    K: AsRef<str> + From<String> + Eq + Hash,
    V: From<String>,
    S: BuildHasher,
{
    fn set(&mut self, name: &str, value: String) {
        self.retain(|other, _| !other.as_ref().eq_ignore_ascii_case(name));
        self.insert(K::from(name.to_owned()), V::from(value));
    }

    fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        self.retain(|name, _| keep(name.as_ref()));
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Carrier for BTreeMap<K, V> {
    fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
        self.iter().for_each(|(name, value)| see(name.as_ref(), value.as_ref()));
    }
}

impl<K: AsRef<str> + From<String> + Ord, V: From<String>> CarrierMut for BTreeMap<K, V> {
    fn set(&mut self, name: &str, value: String) {
        self.retain(|other, _| !other.as_ref().eq_ignore_ascii_case(name));
        self.insert(K::from(name.to_owned()), V::from(value));
    }

    fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
        self.retain(|name, _| keep(name.as_ref()));
    }
}

#[cfg(any(feature = "client", feature = "server"))]
mod http {
    use http::header::{HeaderMap, HeaderName, HeaderValue};

    use super::{Carrier, CarrierMut};

    impl Carrier for HeaderMap {
        fn each<'h>(&'h self, see: &mut dyn FnMut(&'h str, &'h [u8])) {
            self.iter().for_each(|(name, value)| see(name.as_str(), value.as_bytes()));
        }
    }

    impl CarrierMut for HeaderMap {
        fn set(&mut self, name: &str, value: String) {
            // A name or a value that HTTP does not allow is dropped.
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
                self.insert(name, value);
            }
        }

        fn retain(&mut self, keep: &dyn Fn(&str) -> bool) {
            let removed: Vec<_> = self.keys().filter(|name| !keep(name.as_str())).cloned().collect();
            for name in removed {
                self.remove(name);
            }
        }
    }
}
