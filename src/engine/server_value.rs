//! The encoding of a session that a rustls server stores and puts in tickets.
//!
//! rustls keeps the layout to itself, but hands it out and takes it back as
//! bytes. The test below pins it, so that an update of rustls cannot change it
//! unseen.

use super::stand_in::StandIn;

/// What a rustls server knows of a session.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServerValue {
    /// The name that the client asked for.
    pub sni: Option<String>,
    /// The protocol version.
    pub version: u16,
    /// The cipher suite's code point.
    pub suite: u16,
    /// What stands for the master secret (TLS 1.2) or the PSK (TLS 1.3).
    pub secret: StandIn,
    /// Whether the secret is an extended master secret.
    pub extended_master_secret: bool,
    /// The client's certificates in DER, its own first.
    pub client_chain: Option<Vec<Vec<u8>>>,
    /// The ALPN protocol.
    pub alpn: Option<Vec<u8>>,
    /// The application's data.
    pub application_data: Vec<u8>,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// What the client adds to the ticket's age (TLS 1.3).
    pub age_offset: u32,
}

impl ServerValue {
    /// As rustls reads it.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.encoded_len());
        put_option(&mut out, self.sni.as_deref(), |out, sni| put_u8(out, sni.as_bytes()));
        out.extend(self.version.to_be_bytes());
        out.extend(self.suite.to_be_bytes());
        put_u8(&mut out, &self.secret);
        out.push(self.extended_master_secret.into());
        put_option(&mut out, self.client_chain.as_deref(), |out, chain| {
            put_u24_len(out, chain.iter().map(|cert| 3 + cert.len()).sum());
            for cert in chain {
                put_u24_len(out, cert.len());
                out.extend_from_slice(cert);
            }
        });
        put_option(&mut out, self.alpn.as_deref(), put_u8);
        out.extend((self.application_data.len() as u16).to_be_bytes());
        out.extend_from_slice(&self.application_data);
        out.extend(self.created.to_be_bytes());
        out.extend(self.age_offset.to_be_bytes());
        debug_assert_eq!(out.len(), self.encoded_len());
        out
    }

    fn encoded_len(&self) -> usize {
        const FIXED: usize = 1 + 2 + 2 + 1 + 1 + 1 + 1 + 2 + 8 + 4;
        let sni = self.sni.as_ref().map_or(0, |sni| 1 + sni.len());
        let chain =
            self.client_chain.as_ref().map_or(0, |chain| 3 + chain.iter().map(|cert| 3 + cert.len()).sum::<usize>());
        let alpn = self.alpn.as_ref().map_or(0, |alpn| 1 + alpn.len());
        FIXED + sni + self.secret.len() + chain + alpn + self.application_data.len()
    }

    /// From what rustls wrote; `None` when it is anything else.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut r = Reader(bytes);
        let this = Self {
            sni: r.option(|r| String::from_utf8(r.u8_vec()?).ok())?,
            version: r.number::<2>()? as u16,
            suite: r.number::<2>()? as u16,
            secret: {
                let len = r.number::<1>()? as usize;
                StandIn::read(r.take(len)?)?
            },
            extended_master_secret: r.number::<1>()? == 1,
            client_chain: r.option(|r| {
                let len = r.number::<3>()? as usize;
                let mut list = Reader(r.take(len)?);
                let mut chain = Vec::new();
                while !list.0.is_empty() {
                    let len = list.number::<3>()? as usize;
                    chain.push(list.take(len)?.to_vec());
                }
                Some(chain)
            })?,
            alpn: r.option(Reader::u8_vec)?,
            application_data: {
                let len = r.number::<2>()? as usize;
                r.take(len)?.to_vec()
            },
            created: r.number::<8>()?,
            age_offset: r.number::<4>()? as u32,
        };
        r.0.is_empty().then_some(this)
    }
}

fn put_u8(out: &mut Vec<u8>, bytes: &[u8]) {
    debug_assert!(bytes.len() <= usize::from(u8::MAX));
    out.push(bytes.len() as u8);
    out.extend_from_slice(bytes);
}

fn put_u24_len(out: &mut Vec<u8>, len: usize) {
    out.extend_from_slice(&(len as u32).to_be_bytes()[1..]);
}

fn put_option<T: ?Sized>(out: &mut Vec<u8>, value: Option<&T>, put: impl FnOnce(&mut Vec<u8>, &T)) {
    out.push(value.is_some().into());
    if let Some(value) = value {
        put(out, value);
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    /// A big-endian number of `N` bytes.
    fn number<const N: usize>(&mut self) -> Option<u64> {
        Some(self.take(N)?.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn u8_vec(&mut self) -> Option<Vec<u8>> {
        let len = self.number::<1>()? as usize;
        Some(self.take(len)?.to_vec())
    }

    /// A flag and, when it is 1, what `read` reads. The outer `None` is an
    /// error, the inner one an absent value.
    fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.number::<1>()? {
            1 => read(self).map(Some),
            _ => Some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::version;

    use super::super::mint::tests::{CLIENT_CHAIN, stored_by_rustls};
    use super::*;

    #[test]
    fn the_layout_is_rustls_s() {
        for (version, number, suite) in [(&version::TLS13, 0x0304, 0x1302), (&version::TLS12, 0x0303, 0xc02b)] {
            let (_, bytes) = stored_by_rustls(version, suite, false);
            let value = ServerValue::decode(&bytes).unwrap();
            assert_eq!(value.sni.as_deref(), Some("example.com"));
            assert_eq!((value.version, value.suite), (number, suite));
            assert_eq!(value.secret.len(), 48);
            assert_eq!(value.extended_master_secret, number == 0x0303);
            assert_eq!(value.client_chain, None);
            assert_eq!(value.alpn.as_deref(), Some(&b"h2"[..]));
            assert!(value.application_data.is_empty());
            assert!(value.created > 1_700_000_000);
            assert_eq!(value.age_offset != 0, number == 0x0304);
            assert_eq!(value.encode(), bytes);

            let (_, bytes) = stored_by_rustls(version, suite, true);
            let value = ServerValue::decode(&bytes).unwrap();
            assert_eq!(value.client_chain, Some(CLIENT_CHAIN.map(<[u8]>::to_vec).into()));
            assert_eq!(value.encode(), bytes);
        }
    }

    #[test]
    fn a_client_chain_survives() {
        let value = ServerValue {
            client_chain: Some(vec![vec![1; 300], vec![], vec![2]]),
            application_data: vec![3; 400],
            ..Default::default()
        };
        let bytes = value.encode();
        assert_eq!(ServerValue::decode(&bytes), Some(value));
        for len in 0..bytes.len() {
            assert_eq!(ServerValue::decode(&bytes[..len]), None);
        }
    }
}
