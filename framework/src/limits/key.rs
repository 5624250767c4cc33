//! The keys by which limits count.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

/// The key of a subject of a limit. It has a fixed length, whatever a client sends, and does not show the subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    /// The key of a subject of the limit or lock-out (`kind`) of a name.
    pub(super) fn new(kind: &str, name: &str, subject: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(kind)
            // No name has it.
            .chain_update([0])
            .chain_update(name)
            .chain_update([0])
            .chain_update(subject)
            .finalize();
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Self(key)
    }

    /// The key as text.
    #[cfg(feature = "redis")]
    pub(super) fn text(self) -> String {
        format!("{:032x}", u128::from_be_bytes(self.0))
    }
}

/// A client, as a subject of the rules of the configuration.
pub(crate) enum Client<'a> {
    /// A caller who is known.
    Caller(&'a str),
    /// An address: the whole /64 of an IPv6 address, as its owner has all of it.
    Address(IpAddr),
    /// All who come through a Unix domain socket without an address.
    Unix,
}

impl Client<'_> {
    /// The subject. Its first byte tells the kinds apart: no caller has a name that is the same as an address.
    pub(crate) fn subject(self) -> Vec<u8> {
        match self {
            Self::Caller(caller) => [b"c", caller.as_bytes()].concat(),
            Self::Address(address) => match address.to_canonical() {
                IpAddr::V4(address) => [&b"4"[..], &address.octets()].concat(),
                IpAddr::V6(address) => [b"6", &address.octets()[..8]].concat(),
            },
            Self::Unix => b"u".to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_is_one_subject() {
        let of = |text: &str| Client::Address(text.parse().expect("an address")).subject();
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn no_caller_is_counted_as_an_address() {
        let subjects = [
            Client::Caller("abcd"),
            Client::Address([b'a', b'b', b'c', b'd'].into()),
            Client::Caller("unix"),
            Client::Caller(""),
            Client::Unix,
        ]
        .map(Client::subject);
        for (index, subject) in subjects.iter().enumerate() {
            assert!(!subjects[..index].contains(subject), "{subject:?}");
        }
    }

    #[test]
    fn limits_and_subjects_are_told_apart() {
        let keys = [
            Key::new("limit", "a", b"bc"),
            Key::new("lockout", "a", b"bc"),
            Key::new("limit", "ab", b"c"),
            Key::new("limit", "a", b"bd"),
            Key::new("limit", "a", b""),
        ];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key));
        }
    }
}
