//! The ClientHello as a server's callbacks see it, read before rustls does.
//!
//! A malformed message gives the reason code and the alert that OpenSSL gives.

use libc::c_int;
use tls_parser::{TlsClientHelloContents, parse_tls_handshake_client_hello};

use crate::reason;

/// `SSL_AD_ILLEGAL_PARAMETER`
pub const ALERT_ILLEGAL_PARAMETER: u8 = 47;
/// `SSL_AD_DECODE_ERROR`
pub const ALERT_DECODE_ERROR: u8 = 50;
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

    /// Those that OpenSSL knows in a ClientHello: only they are shown to the
    /// ClientHello callback.
    pub const KNOWN: [u16; 26] = [
        SERVER_NAME,
        MAX_FRAGMENT_LENGTH,
        STATUS_REQUEST,
        SUPPORTED_GROUPS,
        EC_POINT_FORMATS,
        SRP,
        SIGNATURE_ALGORITHMS,
        USE_SRTP,
        ALPN,
        SIGNED_CERTIFICATE_TIMESTAMP,
        PADDING,
        ENCRYPT_THEN_MAC,
        EXTENDED_MASTER_SECRET,
        SESSION_TICKET,
        PRE_SHARED_KEY,
        EARLY_DATA,
        SUPPORTED_VERSIONS,
        COOKIE,
        PSK_KEY_EXCHANGE_MODES,
        CERTIFICATE_AUTHORITIES,
        POST_HANDSHAKE_AUTH,
        SIGNATURE_ALGORITHMS_CERT,
        KEY_SHARE,
        NEXT_PROTO_NEG,
        RENEGOTIATE,
        CRYPTOPRO_BUG,
    ];
}

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV
const RENEGOTIATION_SCSV: u16 = 0x00ff;
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
    /// One binder for each identity.
    pub psk_binders: Vec<Vec<u8>>,
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

    fn read_extension(&mut self, kind: u16, data: &[u8]) -> Option<()> {
        let mut body = Reader(data);
        match kind {
            extension::SERVER_NAME => {
                let mut list = body.vec16()?;
                if list.u8()? != 0 {
                    return None;
                }
                self.server_name = Some(list.vec16()?.0.to_vec());
                list.end()?;
            }
            extension::ALPN => {
                let list = body.vec16()?;
                let mut rest = Reader(list.0);
                loop {
                    rest.vec8()?.not_empty()?;
                    if rest.0.is_empty() {
                        break;
                    }
                }
                self.alpn = list.0.to_vec();
            }
            extension::SUPPORTED_VERSIONS => self.versions = body.vec8()?.u16s()?,
            extension::SUPPORTED_GROUPS => self.groups = body.vec16()?.u16s()?,
            extension::EC_POINT_FORMATS => self.ec_point_formats = body.vec8()?.not_empty()?.0.to_vec(),
            extension::SIGNATURE_ALGORITHMS => self.sigalgs = body.vec16()?.u16s()?,
            extension::SIGNATURE_ALGORITHMS_CERT => self.cert_sigalgs = body.vec16()?.u16s()?,
            extension::KEY_SHARE => {
                let mut shares = body.vec16()?;
                while !shares.0.is_empty() {
                    let group = shares.u16()?;
                    self.key_shares.push(KeyShare { group, public: shares.vec16()?.not_empty()?.0.to_vec() });
                }
            }
            extension::SESSION_TICKET => {
                self.session_ticket =
                    if data.is_empty() { SessionTicket::Empty } else { SessionTicket::Offered(data.to_vec()) };
                return Some(());
            }
            extension::PRE_SHARED_KEY => {
                let mut identities = body.vec16()?;
                while !identities.0.is_empty() {
                    let identity = identities.vec16()?.not_empty()?.0.to_vec();
                    self.psk_identities.push(PskIdentity { identity, obfuscated_age: identities.u32()? });
                }
                let mut binders = body.vec16()?;
                while !binders.0.is_empty() {
                    self.psk_binders.push(binders.vec8()?.0.to_vec());
                }
            }
            extension::PSK_KEY_EXCHANGE_MODES => self.psk_modes = body.vec8()?.not_empty()?.0.to_vec(),
            extension::EXTENDED_MASTER_SECRET => self.extended_master_secret = true,
            extension::EARLY_DATA => self.early_data = true,
            extension::POST_HANDSHAKE_AUTH => self.post_handshake_auth = true,
            extension::STATUS_REQUEST => {
                const OCSP: u8 = 1;
                self.status_request = body.u8()? == OCSP;
                return Some(());
            }
            extension::COOKIE => self.cookie = Some(body.vec16()?.0.to_vec()),
            extension::RENEGOTIATE => {
                body.vec8()?;
                self.secure_renegotiation = true;
            }
            _ => return Some(()),
        }
        body.end()
    }
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
    read_extensions(&mut hello, fields.ext.unwrap_or_default())?;
    if hello.server_name.as_ref().is_some_and(|name| name.len() > MAX_HOST_NAME || name.contains(&0)) {
        return Err((reason::BAD_EXTENSION, ALERT_UNRECOGNIZED_NAME));
    }
    if let Some(psk) = hello.extension(extension::PRE_SHARED_KEY) {
        // It is the last extension, and the binders' list is its end.
        let binders: usize = hello.psk_binders.iter().map(|binder| 1 + binder.len()).sum();
        debug_assert!(psk.len() >= binders + 2);
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

fn read_extensions(hello: &mut ClientHello, bytes: &[u8]) -> Result<(), Malformed> {
    let malformed = (reason::BAD_EXTENSION, ALERT_DECODE_ERROR);
    let mut list = Reader(bytes);
    while !list.0.is_empty() {
        let kind = list.u16().ok_or(malformed)?;
        let data = list.vec16().ok_or(malformed)?.0;
        let repeated = extension::KNOWN.contains(&kind) && hello.extension(kind).is_some();
        let not_last = kind == extension::PRE_SHARED_KEY && !list.0.is_empty();
        if repeated || not_last {
            return Err((reason::BAD_EXTENSION, ALERT_ILLEGAL_PARAMETER));
        }
        hello.read_extension(kind, data).ok_or(malformed)?;
        hello.extensions.push(Extension { kind, data: data.to_vec() });
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

    /// All that is left, as at least one two-byte value.
    fn u16s(self) -> Option<Vec<u16>> {
        let whole = !self.0.is_empty() && self.0.len() % 2 == 0;
        whole.then(|| self.0.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect())
    }

    fn not_empty(self) -> Option<Self> {
        (!self.0.is_empty()).then_some(self)
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
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
        let nul = ext(extension::SERVER_NAME, &vec16(&[&[0], &vec16(b"a\0b")[..]].concat()));
        assert_eq!(parse(&hello(Some(nul))).unwrap_err(), (reason::BAD_EXTENSION, ALERT_UNRECOGNIZED_NAME));
        let empty_protocol = ext(extension::ALPN, &vec16(&[0]));
        assert_eq!(parse(&hello(Some(empty_protocol))).unwrap_err(), (reason::BAD_EXTENSION, ALERT_DECODE_ERROR));
        let unknown_twice = [ext(0x1234, b"a"), ext(0x1234, b"b")].concat();
        assert!(parse(&hello(Some(unknown_twice))).is_ok());
    }
}
