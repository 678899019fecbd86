//! The ClientHello as a server's callbacks see it, read before rustls does.
//!
//! A malformed message gives the reason code and the alert that OpenSSL gives.

use std::collections::BTreeSet;

use libc::c_int;
use tls_parser::{TlsClientHelloContents, parse_tls_handshake_client_hello};

use super::extension_rules::{check_authorities, is_known, is_relevant, known, whole};
use super::peer_key::is_no_point;
use crate::reason;

/// `SSL_AD_ILLEGAL_PARAMETER`
pub const ALERT_ILLEGAL_PARAMETER: u8 = 47;
/// `SSL_AD_DECODE_ERROR`
pub const ALERT_DECODE_ERROR: u8 = 50;
/// `SSL_AD_HANDSHAKE_FAILURE`
const ALERT_HANDSHAKE_FAILURE: u8 = 40;
/// `SSL_AD_PROTOCOL_VERSION`
const ALERT_PROTOCOL_VERSION: u8 = 70;
/// `SSL_AD_UNRECOGNIZED_NAME`
pub const ALERT_UNRECOGNIZED_NAME: u8 = 112;

/// Extension types (`TLSEXT_TYPE_*`).
#[allow(missing_docs)]
pub mod extension {
    pub const SERVER_NAME: u16 = 0;
    pub const MAX_FRAGMENT_LENGTH: u16 = 1;
    pub const STATUS_REQUEST: u16 = 5;
    pub const SUPPORTED_GROUPS: u16 = 10;
    pub const EC_POINT_FORMATS: u16 = 11;
    pub const SRP: u16 = 12;
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    pub const USE_SRTP: u16 = 14;
    pub const ALPN: u16 = 16;
    pub const SIGNED_CERTIFICATE_TIMESTAMP: u16 = 18;
    pub const PADDING: u16 = 21;
    pub const ENCRYPT_THEN_MAC: u16 = 22;
    pub const EXTENDED_MASTER_SECRET: u16 = 23;
    pub const SESSION_TICKET: u16 = 35;
    pub const PRE_SHARED_KEY: u16 = 41;
    pub const EARLY_DATA: u16 = 42;
    pub const SUPPORTED_VERSIONS: u16 = 43;
    pub const COOKIE: u16 = 44;
    pub const PSK_KEY_EXCHANGE_MODES: u16 = 45;
    pub const CERTIFICATE_AUTHORITIES: u16 = 47;
    pub const POST_HANDSHAKE_AUTH: u16 = 49;
    pub const SIGNATURE_ALGORITHMS_CERT: u16 = 50;
    pub const KEY_SHARE: u16 = 51;
    pub const NEXT_PROTO_NEG: u16 = 13172;
    pub const RENEGOTIATE: u16 = 0xff01;
    pub const CRYPTOPRO_BUG: u16 = 0xfde8;
}

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV
pub const RENEGOTIATION_SCSV: u16 = 0x00ff;
/// TLS_FALLBACK_SCSV
const FALLBACK_SCSV: u16 = 0x5600;
/// A host name is at most this long (`TLSEXT_MAXLEN_host_name`).
const MAX_HOST_NAME: usize = 255;
const HANDSHAKE_HEADER: usize = 4;
const CLIENT_HELLO: u8 = 1;

/// The reason code to raise and the alert to send.
pub type Malformed = (c_int, u8);

/// One extension as it was received.
#[derive(Clone, Debug)]
pub struct Extension {
    /// Its type.
    pub kind: u16,
    /// Its content.
    pub data: Vec<u8>,
    /// What is wrong with it, if OpenSSL comes to look into it.
    pub malformed: Option<Malformed>,
    /// Where its type stands in the message.
    pub offset: usize,
}

/// One share of the key_share extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyShare {
    /// Its group.
    pub group: u16,
    /// The client's public value.
    pub public: Vec<u8>,
}

/// One identity of the pre_shared_key extension.
#[derive(Clone, Debug)]
pub struct PskIdentity {
    /// A ticket, when the client resumes.
    pub identity: Vec<u8>,
    /// The ticket's age in milliseconds plus its age_add.
    pub obfuscated_age: u32,
}

/// The session_ticket extension (TLS 1.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SessionTicket {
    /// The client does not know tickets.
    #[default]
    Absent,
    /// The client wants a ticket.
    Empty,
    /// The client offers this ticket.
    Offered(Vec<u8>),
}

/// A ClientHello.
#[derive(Clone, Debug, Default)]
pub struct ClientHello {
    /// The message, its header included.
    pub message: Vec<u8>,
    /// The version field, 0x0303 from clients of TLS 1.2 and 1.3.
    pub legacy_version: u16,
    /// The client's random.
    pub random: [u8; 32],
    /// At most 32 bytes.
    pub session_id: Vec<u8>,
    /// The cipher suites as they were received, two bytes each.
    pub ciphers_raw: Vec<u8>,
    /// The cipher suites, in the client's order, SCSVs among them.
    pub ciphers: Vec<u16>,
    /// The compression methods.
    pub compression: Vec<u8>,
    /// All extensions, in the client's order.
    pub extensions: Vec<Extension>,
    /// SNI. OpenSSL refuses a name with a NUL byte or above 255 bytes.
    pub server_name: Option<Vec<u8>>,
    /// The ALPN protocols in wire form, without the list's length; empty when absent.
    pub alpn: Vec<u8>,
    /// The versions of supported_versions; empty when absent.
    pub versions: Vec<u16>,
    /// The named groups; empty when absent.
    pub groups: Vec<u16>,
    /// The EC point formats; empty when absent.
    pub ec_point_formats: Vec<u8>,
    /// The key shares.
    pub key_shares: Vec<KeyShare>,
    /// The signature schemes; empty when absent.
    pub sigalgs: Vec<u16>,
    /// The signature schemes for certificates; empty when absent.
    pub cert_sigalgs: Vec<u16>,
    /// The TLS 1.2 ticket.
    pub session_ticket: SessionTicket,
    /// What the client offers to resume in TLS 1.3.
    pub psk_identities: Vec<PskIdentity>,
    /// The binders, as many as there are before something is wrong.
    pub psk_binders: Vec<Vec<u8>>,
    /// Whether nothing is wrong with them, and there is one for each identity.
    pub psk_binders_fit: bool,
    /// Where the binders' list begins in the message: the end of what they sign.
    pub psk_binders_offset: usize,
    /// PskKeyExchangeMode values.
    pub psk_modes: Vec<u8>,
    /// extended_master_secret is there.
    pub extended_master_secret: bool,
    /// early_data is there.
    pub early_data: bool,
    /// status_request asks for OCSP.
    pub status_request: bool,
    /// post_handshake_auth is there.
    pub post_handshake_auth: bool,
    /// The cookie of a HelloRetryRequest.
    pub cookie: Option<Vec<u8>>,
    /// Secure renegotiation, by SCSV or extension.
    pub secure_renegotiation: bool,
    /// TLS_FALLBACK_SCSV: the client tried a higher version before.
    pub fallback: bool,
}

impl ClientHello {
    /// The content of an extension.
    pub fn extension(&self, kind: u16) -> Option<&[u8]> {
        self.extensions.iter().find(|e| e.kind == kind).map(|e| e.data.as_slice())
    }

    /// Whether the client speaks `version`, by supported_versions or, without
    /// that extension, by the version field.
    pub fn offers_version(&self, version: u16) -> bool {
        if self.versions.is_empty() {
            version <= self.legacy_version.min(0x0303)
        } else {
            self.versions.contains(&version)
        }
    }

    /// The highest version that the client speaks, GREASE aside.
    pub fn highest_version(&self) -> u16 {
        self.versions.iter().copied().filter(|v| (0x0300..=0x0304).contains(v)).max().unwrap_or(self.legacy_version)
    }

    /// Whether a pre-shared key is offered, and no way to use it.
    pub fn is_psk_without_modes(&self) -> bool {
        let has = |kind| self.extension(kind).is_some();
        has(extension::PRE_SHARED_KEY) && !has(extension::PSK_KEY_EXCHANGE_MODES)
    }

    /// What OpenSSL finds wrong with an extension.
    pub fn malformed(&self, kind: u16) -> Option<Malformed> {
        self.extensions.iter().find(|extension| extension.kind == kind)?.malformed
    }

    /// The first malformed extension that OpenSSL looks into, once it knows the version and
    /// whether a session is resumed. `groups` are the server's.
    pub fn first_malformed(&self, tls13: bool, resumed: bool, groups: &[u16]) -> Option<Malformed> {
        let ignored = |kind| {
            // Known by then, or of no use in a connection that resumes.
            kind == extension::SUPPORTED_VERSIONS || resumed && kind == extension::STATUS_REQUEST
        };
        known().filter(|&kind| is_relevant(kind, tls13) && !ignored(kind)).find_map(|kind| match kind {
            extension::KEY_SHARE if !self.groups.is_empty() => self.bad_share(groups).or(self.malformed(kind)),
            // Without a way to check it, it is not looked into.
            extension::COOKIE => None,
            extension::CERTIFICATE_AUTHORITIES => check_authorities(self.extension(kind)?).err(),
            _ => self.malformed(kind),
        })
    }

    /// A key share, up to the one that the server will use, of a group that the client does not
    /// claim to know; or that one, when it can't be a point.
    fn bad_share(&self, groups: &[u16]) -> Option<Malformed> {
        for share in &self.key_shares {
            if !self.groups.contains(&share.group) {
                return Some((reason::BAD_KEY_SHARE, ALERT_ILLEGAL_PARAMETER));
            }
            if groups.contains(&share.group) {
                return is_no_point(share.group, &share.public)
                    .then_some((reason::BAD_ECPOINT, ALERT_ILLEGAL_PARAMETER));
            }
        }
        None
    }

    /// Where the types of extensions stand that OpenSSL makes nothing of, while rustls would
    /// refuse the hello for them; no more of them than is likely.
    pub fn tolerated(&self, tls13: bool) -> Vec<usize> {
        const MOST: usize = 30;
        let mut offsets = Vec::new();
        let mut unknown = BTreeSet::new();
        for extension in &self.extensions {
            let tolerated = match extension.kind {
                extension::EC_POINT_FORMATS => extension.malformed.is_some() || !self.ec_point_formats.contains(&0),
                extension::PRE_SHARED_KEY => extension.malformed.is_some() || !tls13 || !self.psk_binders_fit,
                extension::RENEGOTIATE => extension.malformed.is_some() || extension.data.len() > 1,
                extension::POST_HANDSHAKE_AUTH => false,
                kind => extension.malformed.is_some() || !is_known(kind) && !unknown.insert(kind),
            };
            if tolerated && offsets.len() < MOST {
                offsets.push(extension.offset);
            }
        }
        offsets
    }

    fn read_extension(&mut self, kind: u16, data: &[u8]) -> Result<(), Malformed> {
        let bad = (reason::BAD_EXTENSION, ALERT_DECODE_ERROR);
        let mismatch = (reason::LENGTH_MISMATCH, ALERT_DECODE_ERROR);
        match kind {
            extension::RENEGOTIATE => return self.read_renegotiation(data),
            extension::SERVER_NAME => {
                let name = host_name(data).ok_or(bad)?;
                if name.len() > MAX_HOST_NAME || name.contains(&0) {
                    return Err((reason::BAD_EXTENSION, ALERT_UNRECOGNIZED_NAME));
                }
                self.server_name = Some(name.to_vec());
            }
            extension::MAX_FRAGMENT_LENGTH => match data {
                [1..=4] => {}
                [_] => return Err((reason::SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH, ALERT_ILLEGAL_PARAMETER)),
                _ => return Err(bad),
            },
            extension::SRP => drop(whole(data, 1).filter(|name| !name.contains(&0)).ok_or(bad)?),
            extension::EC_POINT_FORMATS => self.ec_point_formats = filled(data, 1).ok_or(bad)?.to_vec(),
            extension::SUPPORTED_GROUPS => self.groups = u16s(filled(data, 2).ok_or(bad)?).ok_or(bad)?,
            extension::SIGNATURE_ALGORITHMS => self.sigalgs = u16s(filled(data, 2).ok_or(bad)?).ok_or(bad)?,
            extension::SIGNATURE_ALGORITHMS_CERT => self.cert_sigalgs = u16s(filled(data, 2).ok_or(bad)?).ok_or(bad)?,
            extension::SESSION_TICKET if data.is_empty() => self.session_ticket = SessionTicket::Empty,
            extension::SESSION_TICKET => self.session_ticket = SessionTicket::Offered(data.to_vec()),
            extension::STATUS_REQUEST => self.status_request = asks_for_ocsp(data).ok_or(bad)?,
            extension::ALPN => self.alpn = protocols(data).ok_or(bad)?.to_vec(),
            extension::EXTENDED_MASTER_SECRET if data.is_empty() => self.extended_master_secret = true,
            extension::EARLY_DATA if data.is_empty() => self.early_data = true,
            extension::EXTENDED_MASTER_SECRET | extension::EARLY_DATA => return Err(bad),
            extension::POST_HANDSHAKE_AUTH if data.is_empty() => self.post_handshake_auth = true,
            extension::POST_HANDSHAKE_AUTH => {
                return Err((reason::POST_HANDSHAKE_AUTH_ENCODING_ERR, ALERT_DECODE_ERROR));
            }
            extension::SUPPORTED_VERSIONS => {
                let list = whole(data, 1).filter(|list| list.len() % 2 == 0);
                self.versions = u16s(list.ok_or((reason::LENGTH_MISMATCH, ALERT_PROTOCOL_VERSION))?)
                    .filter(|versions| !versions.is_empty())
                    .ok_or((reason::UNSUPPORTED_PROTOCOL, ALERT_PROTOCOL_VERSION))?;
            }
            extension::PSK_KEY_EXCHANGE_MODES => self.psk_modes = filled(data, 1).ok_or(bad)?.to_vec(),
            extension::KEY_SHARE => self.read_shares(data).ok_or(mismatch)?,
            extension::COOKIE => self.cookie = Some(whole(data, 2).ok_or(mismatch)?.to_vec()),
            // The names themselves are looked at where they matter.
            extension::CERTIFICATE_AUTHORITIES => authorities(data).ok_or(mismatch)?,
            extension::PRE_SHARED_KEY => self.read_psk(data).ok_or(bad)?,
            _ => {}
        }
        Ok(())
    }

    /// Nothing has been negotiated before, so nothing can be said of it.
    fn read_renegotiation(&mut self, data: &[u8]) -> Result<(), Malformed> {
        match Reader(data).vec8() {
            Some(Reader([])) => {
                self.secure_renegotiation = true;
                Ok(())
            }
            Some(_) => Err((reason::RENEGOTIATION_MISMATCH, ALERT_HANDSHAKE_FAILURE)),
            None => Err((reason::RENEGOTIATION_ENCODING_ERR, ALERT_DECODE_ERROR)),
        }
    }

    fn read_shares(&mut self, data: &[u8]) -> Option<()> {
        let mut shares = Reader(whole(data, 2)?);
        while !shares.0.is_empty() {
            let group = shares.u16()?;
            self.key_shares.push(KeyShare { group, public: shares.vec16()?.not_empty()?.0.to_vec() });
        }
        Some(())
    }

    /// The binders are looked at only where a session is found.
    fn read_psk(&mut self, data: &[u8]) -> Option<()> {
        let mut body = Reader(data);
        let mut identities = body.vec16()?;
        while !identities.0.is_empty() {
            let identity = identities.vec16()?.not_empty()?.0.to_vec();
            self.psk_identities.push(PskIdentity { identity, obfuscated_age: identities.u32()? });
        }
        let (binders, whole) = binders(body.0);
        self.psk_binders_fit = whole && binders.len() == self.psk_identities.len();
        self.psk_binders = binders;
        Some(())
    }
}

/// The binders in the list that begins `data`, and whether `data` is that list and nothing else.
fn binders(data: &[u8]) -> (Vec<Vec<u8>>, bool) {
    let mut found = Vec::new();
    let mut rest = Reader(data);
    let Some(mut list) = rest.vec16() else { return (found, false) };
    while !list.0.is_empty() {
        let Some(binder) = list.vec8() else { return (found, false) };
        found.push(binder.0.to_vec());
    }
    (found, rest.0.is_empty())
}

/// Names of authorities, as far as rustls reads them.
fn authorities(data: &[u8]) -> Option<()> {
    let mut rest = Reader(filled(data, 2)?);
    while !rest.0.is_empty() {
        rest.vec16()?.not_empty()?;
    }
    Some(())
}

/// The one host name of a server_name extension.
fn host_name(data: &[u8]) -> Option<&[u8]> {
    match whole(data, 2)? {
        [0, name @ ..] => whole(name, 2),
        _ => None,
    }
}

/// The protocols of an ALPN extension, none of them empty.
fn protocols(data: &[u8]) -> Option<&[u8]> {
    let list = filled(data, 2)?;
    let mut rest = Reader(list);
    while !rest.0.is_empty() {
        rest.vec8()?.not_empty()?;
    }
    Some(list)
}

/// Whether a status_request extension is for an OCSP response.
fn asks_for_ocsp(data: &[u8]) -> Option<bool> {
    const OCSP: u8 = 1;
    let mut body = Reader(data);
    if body.u8()? != OCSP {
        return Some(false);
    }
    let mut responders = body.vec16()?;
    while !responders.0.is_empty() {
        responders.vec16()?.not_empty()?;
    }
    whole(body.0, 2)?;
    Some(true)
}

/// As [`whole`], of a vector that is not empty.
fn filled(data: &[u8], len: usize) -> Option<&[u8]> {
    whole(data, len).filter(|list| !list.is_empty())
}

fn u16s(list: &[u8]) -> Option<Vec<u16>> {
    let pairs = list.chunks_exact(2);
    pairs.remainder().is_empty().then(|| pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
}

/// Reads a ClientHello message, its four-byte handshake header included.
pub fn parse(message: &[u8]) -> Result<ClientHello, Malformed> {
    let mismatch = (reason::LENGTH_MISMATCH, ALERT_DECODE_ERROR);
    let (header, body) = message.split_at_checked(HANDSHAKE_HEADER).ok_or(mismatch)?;
    let declared = usize::from(header[1]) << 16 | usize::from(header[2]) << 8 | usize::from(header[3]);
    if header[0] != CLIENT_HELLO || declared != body.len() {
        return Err(mismatch);
    }
    if body.len() < 2 {
        return Err((reason::LENGTH_TOO_SHORT, ALERT_DECODE_ERROR));
    }
    let (rest, fields) = parse_tls_handshake_client_hello(body).map_err(|_| mismatch)?;
    if !rest.is_empty() {
        return Err(mismatch);
    }
    let mut hello = fixed_fields(&fields).ok_or(mismatch)?;
    let list = fields.ext.unwrap_or_default();
    // The list is the message's end.
    read_extensions(&mut hello, list, message.len() - list.len())?;
    if hello.psk_binders_fit {
        // It is the last extension, and the binders' list is its end.
        let binders: usize = hello.psk_binders.iter().map(|binder| 1 + binder.len()).sum();
        hello.psk_binders_offset = message.len() - binders - 2;
    }
    hello.message = message.to_vec();
    Ok(hello)
}

fn fixed_fields(fields: &TlsClientHelloContents) -> Option<ClientHello> {
    let ciphers: Vec<u16> = fields.ciphers.iter().map(|suite| suite.0).collect();
    Some(ClientHello {
        legacy_version: fields.version.0,
        random: fields.random.try_into().ok()?,
        session_id: fields.session_id.unwrap_or_default().to_vec(),
        ciphers_raw: ciphers.iter().flat_map(|suite| suite.to_be_bytes()).collect(),
        secure_renegotiation: ciphers.contains(&RENEGOTIATION_SCSV),
        fallback: ciphers.contains(&FALLBACK_SCSV),
        ciphers,
        compression: fields.comp.iter().map(|method| method.0).collect(),
        ..ClientHello::default()
    })
}

/// Reads the list of extensions, which begins at `start` in the message. What is wrong with one
/// may never matter.
fn read_extensions(hello: &mut ClientHello, bytes: &[u8], start: usize) -> Result<(), Malformed> {
    let malformed = (reason::BAD_EXTENSION, ALERT_DECODE_ERROR);
    let mut list = Reader(bytes);
    while !list.0.is_empty() {
        let offset = start + bytes.len() - list.0.len();
        let kind = list.u16().ok_or(malformed)?;
        let data = list.vec16().ok_or(malformed)?.0;
        let repeated = is_known(kind) && hello.extension(kind).is_some();
        let not_last = kind == extension::PRE_SHARED_KEY && !list.0.is_empty();
        if repeated || not_last || kind == extension::USE_SRTP {
            return Err((reason::BAD_EXTENSION, ALERT_ILLEGAL_PARAMETER));
        }
        let malformed = hello.read_extension(kind, data).err();
        hello.extensions.push(Extension { kind, data: data.to_vec(), malformed, offset });
    }
    Ok(())
}

/// What is left of a TLS structure.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(len)?;
        self.0 = tail;
        Some(head)
    }

    fn u8(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    fn vec8(&mut self) -> Option<Self> {
        let len = self.u8()?;
        self.take(len.into()).map(Self)
    }

    fn vec16(&mut self) -> Option<Self> {
        let len = self.u16()?;
        self.take(len.into()).map(Self)
    }

    fn not_empty(self) -> Option<Self> {
        (!self.0.is_empty()).then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vec8(body: &[u8]) -> Vec<u8> {
        [&[body.len() as u8], body].concat()
    }

    fn vec16(body: &[u8]) -> Vec<u8> {
        [&(body.len() as u16).to_be_bytes()[..], body].concat()
    }

    fn ext(kind: u16, data: &[u8]) -> Vec<u8> {
        [kind.to_be_bytes().to_vec(), vec16(data)].concat()
    }

    fn hello(extensions: Option<Vec<u8>>) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend(vec8(&[9; 32]));
        body.extend(vec16(&[0x13, 0x01, 0xc0, 0x2f, 0x00, 0xff]));
        body.extend(vec8(&[0]));
        if let Some(list) = extensions {
            body.extend(vec16(&list));
        }
        let len = body.len();
        [&[1, (len >> 16) as u8, (len >> 8) as u8, len as u8], &body[..]].concat()
    }

    fn full() -> Vec<u8> {
        let psk = [vec16(&[&vec16(b"ticket")[..], &[0, 0, 1, 0]].concat()), vec16(&vec8(&[5; 32]))].concat();
        hello(Some(
            [
                ext(extension::SERVER_NAME, &vec16(&[&[0], &vec16(b"example.org")[..]].concat())),
                ext(extension::ALPN, &vec16(&[vec8(b"h2"), vec8(b"http/1.1")].concat())),
                ext(extension::SUPPORTED_VERSIONS, &vec8(&[3, 4, 3, 3])),
                ext(extension::SUPPORTED_GROUPS, &vec16(&[0, 29, 0, 23])),
                ext(extension::KEY_SHARE, &vec16(&[&[0, 29], &vec16(&[1; 32])[..]].concat())),
                ext(extension::SIGNATURE_ALGORITHMS, &vec16(&[4, 3])),
                ext(extension::SESSION_TICKET, &[]),
                ext(extension::EXTENDED_MASTER_SECRET, &[]),
                ext(extension::PSK_KEY_EXCHANGE_MODES, &vec8(&[1])),
                ext(0x1234, b"unknown"),
                ext(extension::PRE_SHARED_KEY, &psk),
            ]
            .concat(),
        ))
    }

    #[test]
    fn all_fields_are_read() {
        let message = full();
        let hello = parse(&message).unwrap();
        assert_eq!(hello.legacy_version, 0x0303);
        assert_eq!(hello.session_id, [9; 32]);
        assert_eq!(hello.ciphers, [0x1301, 0xc02f, 0x00ff]);
        assert!(hello.secure_renegotiation && !hello.fallback);
        assert_eq!(hello.server_name.as_deref(), Some(&b"example.org"[..]));
        assert_eq!(hello.alpn, b"\x02h2\x08http/1.1");
        assert_eq!(hello.versions, [0x0304, 0x0303]);
        assert_eq!(hello.highest_version(), 0x0304);
        assert_eq!(hello.groups, [29, 23]);
        assert_eq!(hello.key_shares, [KeyShare { group: 29, public: vec![1; 32] }]);
        assert_eq!(hello.session_ticket, SessionTicket::Empty);
        assert!(hello.extended_master_secret && !hello.early_data);
        assert_eq!(hello.psk_identities[0].identity, b"ticket");
        assert_eq!(hello.psk_identities[0].obfuscated_age, 256);
        assert_eq!(hello.psk_binders, [vec![5; 32]]);
        assert_eq!(hello.psk_binders_offset, message.len() - 35);
        assert_eq!(hello.extensions.len(), 11);
    }

    #[test]
    fn extensions_may_be_missing() {
        let hello = parse(&hello(None)).unwrap();
        assert!(hello.extensions.is_empty());
        assert!(hello.offers_version(0x0303) && !hello.offers_version(0x0304));
    }

    #[test]
    fn any_cut_is_refused() {
        let message = full();
        for len in 0..message.len() {
            assert!(parse(&message[..len]).is_err(), "cut at {len}");
            let mut cut = message[..len].to_vec();
            if len >= 4 {
                let body = len - 4;
                cut[1..4].copy_from_slice(&[(body >> 16) as u8, (body >> 8) as u8, body as u8]);
                let _ = parse(&cut);
            }
        }
    }

    #[test]
    fn changed_bytes_never_panic() {
        let message = full();
        for at in 0..message.len() {
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = message.clone();
                changed[at] = value;
                let _ = parse(&changed);
            }
        }
    }

    #[test]
    fn refusals_have_openssl_s_reasons() {
        let twice = [ext(extension::EARLY_DATA, &[]), ext(extension::EARLY_DATA, &[])].concat();
        let illegal = (reason::BAD_EXTENSION, ALERT_ILLEGAL_PARAMETER);
        assert_eq!(parse(&hello(Some(twice))).unwrap_err(), illegal);
        let malformed = |list, tls13| parse(&hello(Some(list))).unwrap().first_malformed(tls13, false, &[]);
        let nul = ext(extension::SERVER_NAME, &vec16(&[&[0], &vec16(b"a\0b")[..]].concat()));
        assert_eq!(malformed(nul, true), Some((reason::BAD_EXTENSION, ALERT_UNRECOGNIZED_NAME)));
        let empty_protocol = ext(extension::ALPN, &vec16(&[0]));
        assert_eq!(malformed(empty_protocol, false), Some((reason::BAD_EXTENSION, ALERT_DECODE_ERROR)));
    }

    #[test]
    fn what_is_of_no_use_is_passed_over() {
        let no_share = ext(extension::KEY_SHARE, &[1]);
        let parsed = parse(&hello(Some(no_share))).unwrap();
        assert_eq!(parsed.first_malformed(false, false, &[]), None);
        assert_eq!(parsed.first_malformed(true, false, &[]), Some((reason::LENGTH_MISMATCH, ALERT_DECODE_ERROR)));
        assert_eq!(parsed.tolerated(false), [parsed.extensions[0].offset]);
        let unknown_twice = [ext(0x1234, b"a"), ext(0x1234, b"b")].concat();
        let message = hello(Some(unknown_twice));
        let parsed = parse(&message).unwrap();
        let offsets = parsed.tolerated(true);
        assert_eq!(offsets, [parsed.extensions[1].offset]);
        assert_eq!(message[offsets[0]..offsets[0] + 2], [0x12, 0x34]);
    }
}
