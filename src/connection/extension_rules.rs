//! In which messages an extension may be, in which order OpenSSL looks at them, and what
//! those of a server must look like.
//!
//! rustls has rules of its own. OpenSSL's come first, so that what is malformed fails for
//! the same reason and with the same alert; what only rustls refuses still fails.

use std::cell::Cell;

use super::client_hello::{Malformed, extension as e};
use super::resumption::Reader;
use crate::libcrypto::err::ERR_R_ASN1_LIB;
use crate::libcrypto::x509::Name;
use crate::reason::{self, alert};

/// The messages that have extensions, as a set.
#[allow(missing_docs)]
pub mod place {
    pub const CLIENT_HELLO: u16 = 1;
    pub const SERVER_HELLO_12: u16 = 1 << 1;
    pub const SERVER_HELLO_13: u16 = 1 << 2;
    pub const HELLO_RETRY_REQUEST: u16 = 1 << 3;
    pub const ENCRYPTED_EXTENSIONS: u16 = 1 << 4;
    pub const CERTIFICATE_REQUEST: u16 = 1 << 5;
    pub const CERTIFICATE: u16 = 1 << 6;
    pub const NEW_SESSION_TICKET: u16 = 1 << 7;
    /// A Certificate message again: what belongs to others than the first certificate.
    pub const LATER_CERTIFICATE: u16 = CERTIFICATE | 1 << 10;
}
use place::*;

/// Of TLS 1.2 alone.
const OLD: u16 = 1 << 8;
/// Of TLS 1.3 alone.
const NEW: u16 = 1 << 9;
const SERVER_HELLO: u16 = SERVER_HELLO_12 | SERVER_HELLO_13;
/// What only answers may hold.
const REQUESTS: u16 = CLIENT_HELLO | CERTIFICATE_REQUEST | NEW_SESSION_TICKET;

/// The extensions that OpenSSL knows, in the order in which it looks at them, with the
/// messages that they may be in.
const RULES: [(u16, u16); 26] = [
    (e::RENEGOTIATE, CLIENT_HELLO | SERVER_HELLO_12 | OLD),
    (e::SERVER_NAME, CLIENT_HELLO | SERVER_HELLO_12 | ENCRYPTED_EXTENSIONS),
    (e::MAX_FRAGMENT_LENGTH, CLIENT_HELLO | SERVER_HELLO_12 | ENCRYPTED_EXTENSIONS),
    (e::SRP, CLIENT_HELLO | OLD),
    (e::EC_POINT_FORMATS, CLIENT_HELLO | SERVER_HELLO_12 | OLD),
    (e::SUPPORTED_GROUPS, CLIENT_HELLO | SERVER_HELLO_12 | ENCRYPTED_EXTENSIONS),
    (e::SESSION_TICKET, CLIENT_HELLO | SERVER_HELLO_12 | OLD),
    (e::STATUS_REQUEST, CLIENT_HELLO | SERVER_HELLO_12 | CERTIFICATE | CERTIFICATE_REQUEST),
    (e::NEXT_PROTO_NEG, CLIENT_HELLO | SERVER_HELLO_12 | OLD),
    (e::ALPN, CLIENT_HELLO | SERVER_HELLO_12 | ENCRYPTED_EXTENSIONS),
    // Of DTLS alone.
    (e::USE_SRTP, 0),
    (e::ENCRYPT_THEN_MAC, CLIENT_HELLO | SERVER_HELLO_12 | OLD),
    (e::SIGNED_CERTIFICATE_TIMESTAMP, CLIENT_HELLO | SERVER_HELLO_12 | CERTIFICATE | CERTIFICATE_REQUEST),
    (e::EXTENDED_MASTER_SECRET, CLIENT_HELLO | SERVER_HELLO_12 | OLD),
    (e::SIGNATURE_ALGORITHMS_CERT, CLIENT_HELLO | CERTIFICATE_REQUEST),
    (e::POST_HANDSHAKE_AUTH, CLIENT_HELLO | NEW),
    (e::SIGNATURE_ALGORITHMS, CLIENT_HELLO | CERTIFICATE_REQUEST),
    (e::SUPPORTED_VERSIONS, CLIENT_HELLO | SERVER_HELLO_13 | HELLO_RETRY_REQUEST),
    (e::PSK_KEY_EXCHANGE_MODES, CLIENT_HELLO | NEW),
    (e::KEY_SHARE, CLIENT_HELLO | SERVER_HELLO_13 | HELLO_RETRY_REQUEST | NEW),
    (e::COOKIE, CLIENT_HELLO | HELLO_RETRY_REQUEST | NEW),
    (e::CRYPTOPRO_BUG, CLIENT_HELLO | SERVER_HELLO_12 | OLD),
    (e::EARLY_DATA, CLIENT_HELLO | ENCRYPTED_EXTENSIONS | NEW_SESSION_TICKET | NEW),
    (e::CERTIFICATE_AUTHORITIES, CLIENT_HELLO | CERTIFICATE_REQUEST | NEW),
    (e::PADDING, CLIENT_HELLO),
    (e::PRE_SHARED_KEY, CLIENT_HELLO | SERVER_HELLO_13 | NEW),
];

const BAD: Malformed = (reason::BAD_EXTENSION, alert::DECODE_ERROR);
const MISPLACED: Malformed = (reason::BAD_EXTENSION, alert::ILLEGAL_PARAMETER);
const MISMATCH: Malformed = (reason::LENGTH_MISMATCH, alert::DECODE_ERROR);

/// The types that OpenSSL knows, in its order.
pub fn known() -> impl Iterator<Item = u16> {
    RULES.iter().map(|rule| rule.0)
}

fn index_of(kind: u16) -> Option<usize> {
    RULES.iter().position(|rule| rule.0 == kind)
}

/// Whether OpenSSL knows this type: others it passes over.
pub fn is_known(kind: u16) -> bool {
    index_of(kind).is_some()
}

/// Whether OpenSSL, in a ClientHello of this version, looks into an extension of this type.
pub fn is_relevant(kind: u16, tls13: bool) -> bool {
    index_of(kind).is_some_and(|index| RULES[index].1 & if tls13 { OLD } else { NEW } == 0)
}

/// A set of extensions: those that a client has sent.
#[derive(Clone, Copy, Default)]
pub struct Kinds(u32);

impl Kinds {
    /// Puts in one that OpenSSL knows.
    pub fn insert(&mut self, kind: u16) {
        self.0 |= index_of(kind).map_or(0, |index| 1 << index);
    }

    fn contains(self, index: usize) -> bool {
        self.0 >> index & 1 == 1
    }
}

/// The extensions of one message, in OpenSSL's order.
pub struct Found<'a>([Option<&'a [u8]>; RULES.len()]);

impl<'a> Found<'a> {
    /// Takes the list of a message apart. `place` is the message, or the set of those that it
    /// may turn out to be; `sent` is what the peer may answer to.
    pub fn collect(list: &'a [u8], place: u16, sent: Kinds) -> Result<Self, Malformed> {
        let mut found = [None; RULES.len()];
        let mut list = Reader(list);
        while !list.0.is_empty() {
            let kind = list.number(2).ok_or(BAD)? as u16;
            let content = list.vector(2).ok_or(BAD)?;
            let Some(index) = index_of(kind) else { continue };
            let not_last = kind == e::PRE_SHARED_KEY && place == CLIENT_HELLO && !list.0.is_empty();
            if RULES[index].1 & place == 0 || found[index].is_some() || not_last {
                return Err(MISPLACED);
            }
            let unasked = matches!(kind, e::COOKIE | e::RENEGOTIATE | e::SIGNED_CERTIFICATE_TIMESTAMP)
                || kind == e::CRYPTOPRO_BUG && place & SERVER_HELLO_12 != 0;
            if place & REQUESTS == 0 && !unasked && !sent.contains(index) {
                return Err((reason::UNSOLICITED_EXTENSION, alert::UNSUPPORTED_EXTENSION));
            }
            found[index] = Some(content);
        }
        Ok(Self(found))
    }

    /// The content of an extension.
    pub fn get(&self, kind: u16) -> Option<&'a [u8]> {
        self.0[index_of(kind)?]
    }

    /// Those that are there, in OpenSSL's order.
    fn iter(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        RULES.iter().zip(self.0).filter_map(|(rule, content)| Some((rule.0, content?)))
    }

    fn all_fit(&self, place: u16) -> bool {
        RULES.iter().zip(self.0).all(|(rule, content)| content.is_none() || rule.1 & place != 0)
    }
}

/// What a client compares a server's extensions with.
pub struct Requested<'a> {
    /// The extensions of its ClientHello.
    pub sent: Kinds,
    /// Whether it takes timestamps of Certificate Transparency.
    pub scts: bool,
    /// The groups of its key shares.
    pub shares: &'a [u16],
    /// Its ALPN protocols.
    pub alpn: &'a [u8],
    /// Whether TLS 1.3 was agreed upon by a HelloRetryRequest.
    pub retried: bool,
    /// The one that the server has selected.
    pub selected: Cell<Option<Vec<u8>>>,
}

impl Requested<'_> {
    /// The list of a ServerHello, which says of what version it is: its place.
    pub fn collect_server_hello<'a>(&self, list: &'a [u8]) -> Result<(Found<'a>, u16), Malformed> {
        let found = Found::collect(list, SERVER_HELLO, self.sent)?;
        let place = match found.get(e::SUPPORTED_VERSIONS) {
            Some(content) => {
                check_version(content)?;
                SERVER_HELLO_13
            }
            None if self.retried => return Err((reason::WRONG_SSL_VERSION, alert::PROTOCOL_VERSION)),
            None => SERVER_HELLO_12,
        };
        if found.all_fit(place) { Ok((found, place)) } else { Err(MISPLACED) }
    }

    /// The list of any other message.
    pub fn check(&self, list: &[u8], place: u16) -> Result<(), Malformed> {
        self.check_all(&Found::collect(list, place, self.sent)?, place)
    }

    /// The list of a ServerHello, and what it holds.
    pub fn check_server_hello(&self, list: &[u8]) -> Result<(), Malformed> {
        let (found, place) = self.collect_server_hello(list)?;
        self.check_all(&found, place)
    }

    /// What the extensions hold.
    fn check_all(&self, found: &Found<'_>, place: u16) -> Result<(), Malformed> {
        found.iter().try_for_each(|(kind, content)| self.check_one(kind, content, place))
    }

    fn check_one(&self, kind: u16, content: &[u8], place: u16) -> Result<(), Malformed> {
        match kind {
            e::RENEGOTIATE => check_renegotiation(content),
            e::SIGNED_CERTIFICATE_TIMESTAMP if place != CERTIFICATE_REQUEST && !self.scts => {
                Err((reason::BAD_EXTENSION, alert::UNSUPPORTED_EXTENSION))
            }
            e::SERVER_NAME | e::SESSION_TICKET => content.is_empty().then_some(()).ok_or(BAD),
            e::STATUS_REQUEST if place == CERTIFICATE => check_status(content),
            e::STATUS_REQUEST if place == SERVER_HELLO_12 => content.is_empty().then_some(()).ok_or(BAD),
            e::EC_POINT_FORMATS => match whole(content, 1).ok_or(BAD)? {
                [] => Err((reason::BAD_LENGTH, alert::DECODE_ERROR)),
                _ => Ok(()),
            },
            e::ALPN => self.check_alpn(content).ok_or(BAD),
            e::SIGNATURE_ALGORITHMS | e::SIGNATURE_ALGORITHMS_CERT => {
                let list = whole(content, 2).ok_or(BAD)?;
                (!list.is_empty() && list.len() % 2 == 0).then_some(()).ok_or(BAD)
            }
            e::SUPPORTED_VERSIONS => check_version(content),
            e::KEY_SHARE => self.check_share(content, place),
            e::COOKIE => whole(content, 2).map(drop).ok_or(MISMATCH),
            e::EARLY_DATA if place == NEW_SESSION_TICKET => {
                (content.len() == 4).then_some(()).ok_or((reason::INVALID_MAX_EARLY_DATA, alert::DECODE_ERROR))
            }
            e::EARLY_DATA => content.is_empty().then_some(()).ok_or(BAD),
            e::CERTIFICATE_AUTHORITIES => check_authorities(content),
            e::PRE_SHARED_KEY => (content.len() == 2).then_some(()).ok_or(MISMATCH),
            _ => Ok(()),
        }
    }

    /// One protocol, of those that were offered.
    fn check_alpn(&self, content: &[u8]) -> Option<()> {
        let protocol = whole(whole(content, 2)?, 1)?;
        let mut offered = Reader(self.alpn);
        let known = std::iter::from_fn(|| offered.vector(1)).any(|offer| offer == protocol);
        known.then(|| self.selected.set(Some(protocol.to_vec())))
    }

    fn check_share(&self, content: &[u8], place: u16) -> Result<(), Malformed> {
        let mut share = Reader(content);
        let group = share.number(2).ok_or(MISMATCH)? as u16;
        if place == HELLO_RETRY_REQUEST {
            return share.0.is_empty().then_some(()).ok_or(MISMATCH);
        }
        if !self.shares.contains(&group) {
            return Err((reason::BAD_KEY_SHARE, alert::ILLEGAL_PARAMETER));
        }
        whole(share.0, 2).filter(|public| !public.is_empty()).map(drop).ok_or(MISMATCH)
    }
}

/// The vector, whose length takes `len` bytes, that `content` consists of.
pub fn whole(content: &[u8], len: usize) -> Option<&[u8]> {
    let mut reader = Reader(content);
    reader.vector(len).filter(|_| reader.0.is_empty())
}

fn check_version(content: &[u8]) -> Result<(), Malformed> {
    match content {
        [3, 4] => Ok(()),
        [_, _] => Err((reason::BAD_PROTOCOL_VERSION_NUMBER, alert::ILLEGAL_PARAMETER)),
        _ => Err(MISMATCH),
    }
}

/// Nothing has been negotiated before, so nothing can be said of it.
fn check_renegotiation(content: &[u8]) -> Result<(), Malformed> {
    match whole(content, 1) {
        Some([]) => Ok(()),
        Some(_) => Err((reason::RENEGOTIATION_MISMATCH, alert::ILLEGAL_PARAMETER)),
        None => Err((reason::RENEGOTIATION_ENCODING_ERR, alert::DECODE_ERROR)),
    }
}

/// A stapled OCSP response.
fn check_status(content: &[u8]) -> Result<(), Malformed> {
    const OCSP: u8 = 1;
    match content {
        [OCSP, response @ ..] => whole(response, 3).map(drop).ok_or(MISMATCH),
        _ => Err((reason::UNSUPPORTED_STATUS_TYPE, alert::DECODE_ERROR)),
    }
}

/// Names of authorities, from either end. What libcrypto says of one that is none stays on
/// the error queue.
pub fn check_authorities(content: &[u8]) -> Result<(), Malformed> {
    let mut rest = Reader(content);
    let mut names = Reader(rest.vector(2).ok_or(MISMATCH)?);
    while !names.0.is_empty() {
        let der = names.vector(2).ok_or(MISMATCH)?;
        let name = Name::from_der(der).ok_or((ERR_R_ASN1_LIB, alert::DECODE_ERROR))?;
        drop(name);
    }
    rest.0.is_empty().then_some(()).ok_or(BAD)
}
