//! The DER encoding of a session: `i2d_SSL_SESSION`, `d2i_SSL_SESSION`.

use std::ffi::CString;
use std::sync::Arc;

use der::asn1::{AnyRef, OctetStringRef};
use der::{Decode, Encode, Reader, Sequence, SliceReader};
use libc::c_int;
use zeroize::Zeroizing;

use super::{Fields, Id, now};
use crate::context::cipher;
use crate::context::settings::IdContext;
use crate::libcrypto::err;
use crate::libcrypto::x509::PeerChain;
use crate::reason;

/// The encoding's own version.
const VERSION: u32 = 1;
/// The timeout of an encoding without one, in seconds.
const MISSING_TIMEOUT: i64 = 3;

/// OpenSSL's structure. A number that is 0 is left out, but for `kex_group`.
#[derive(Sequence)]
struct Encoding<'a> {
    version: u32,
    ssl_version: i32,
    cipher: &'a OctetStringRef,
    session_id: &'a OctetStringRef,
    master_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    key_arg: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    time: Option<i64>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    timeout: Option<i64>,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    peer: Option<AnyRef<'a>>,
    #[asn1(context_specific = "4", tag_mode = "EXPLICIT", optional = "true")]
    id_context: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "5", tag_mode = "EXPLICIT", optional = "true")]
    verify_result: Option<i32>,
    #[asn1(context_specific = "6", tag_mode = "EXPLICIT", optional = "true")]
    hostname: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "7", tag_mode = "EXPLICIT", optional = "true")]
    psk_identity_hint: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "8", tag_mode = "EXPLICIT", optional = "true")]
    psk_identity: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "9", tag_mode = "EXPLICIT", optional = "true")]
    lifetime_hint: Option<u64>,
    #[asn1(context_specific = "10", tag_mode = "EXPLICIT", optional = "true")]
    ticket: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "11", tag_mode = "EXPLICIT", optional = "true")]
    compression: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "12", tag_mode = "EXPLICIT", optional = "true")]
    srp_username: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "13", tag_mode = "EXPLICIT", optional = "true")]
    flags: Option<u64>,
    #[asn1(context_specific = "14", tag_mode = "EXPLICIT", optional = "true")]
    age_add: Option<u32>,
    #[asn1(context_specific = "15", tag_mode = "EXPLICIT", optional = "true")]
    max_early_data: Option<u32>,
    #[asn1(context_specific = "16", tag_mode = "EXPLICIT", optional = "true")]
    alpn: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "17", tag_mode = "EXPLICIT", optional = "true")]
    max_fragment_len_mode: Option<u32>,
    #[asn1(context_specific = "18", tag_mode = "EXPLICIT", optional = "true")]
    ticket_appdata: Option<&'a OctetStringRef>,
    #[asn1(context_specific = "19", tag_mode = "EXPLICIT", optional = "true")]
    kex_group: Option<u32>,
}

/// The encoding of a session; `None` for one without cipher, and for one that
/// is too long.
pub fn encode(fields: &Fields) -> Option<Zeroizing<Vec<u8>>> {
    if fields.cipher == 0 {
        return None;
    }
    let cipher = fields.cipher.to_be_bytes();
    let compression = [fields.compression];
    let encoding = Encoding {
        version: VERSION,
        ssl_version: fields.version,
        cipher: octets(&cipher)?,
        session_id: octets(fields.id.as_bytes())?,
        master_key: octets(&fields.secret)?,
        key_arg: None,
        time: non_zero(fields.time),
        timeout: non_zero(fields.timeout),
        peer: match fields.peer_chain.der().first() {
            Some(peer) => Some(AnyRef::from_der(peer).ok()?),
            None => None,
        },
        id_context: Some(octets(fields.id_context.as_bytes())?),
        verify_result: non_zero(fields.verify_result as i32),
        hostname: optional(fields.hostname.as_ref().map(|text| text.to_bytes()))?,
        psk_identity_hint: optional(fields.psk_identity_hint.as_ref().map(|text| text.to_bytes()))?,
        psk_identity: optional(fields.psk_identity.as_ref().map(|text| text.to_bytes()))?,
        lifetime_hint: non_zero(fields.lifetime_hint),
        ticket: optional(fields.ticket.as_deref())?,
        compression: optional((fields.compression != 0).then_some(&compression[..]))?,
        srp_username: optional(fields.srp_username.as_ref().map(|text| text.to_bytes()))?,
        flags: non_zero(fields.flags.into()),
        age_add: non_zero(fields.age_add),
        max_early_data: non_zero(fields.max_early_data),
        alpn: optional(fields.alpn.as_deref())?,
        max_fragment_len_mode: non_zero(fields.max_fragment_len_mode.into()),
        ticket_appdata: optional(fields.ticket_appdata.as_deref())?,
        kex_group: Some(fields.kex_group),
    };
    encoding.to_der().ok().map(Zeroizing::new)
}

/// The session that `bytes` begin with, and how many bytes it takes. An error
/// is put on the queue.
pub fn decode(bytes: &[u8]) -> Option<(Fields, usize)> {
    let Some((encoding, len)) = read(bytes) else {
        err::raise_lib(ERR_LIB_ASN1, ERR_R_NESTED_ASN1_ERROR);
        return None;
    };
    match fields(&encoding) {
        Ok(fields) => Some((fields, len)),
        Err(reason) => {
            if let Some(reason) = reason {
                err::raise(reason);
            }
            None
        }
    }
}

const ERR_LIB_ASN1: c_int = 13;
const ERR_R_NESTED_ASN1_ERROR: c_int = 58 | 2 << 18;

fn read(bytes: &[u8]) -> Option<(Encoding<'_>, usize)> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let encoding = Encoding::decode(&mut reader).ok()?;
    Some((encoding, usize::try_from(reader.position()).ok()?))
}

/// The content of an encoding, or the reason for refusing it if OpenSSL names
/// one.
fn fields(encoding: &Encoding<'_>) -> Result<Fields, Option<c_int>> {
    if encoding.version != VERSION {
        return Err(Some(reason::UNKNOWN_SSL_VERSION));
    }
    // SSL 3 and TLS; DTLS; and DTLS as Cisco speaks it.
    if !matches!(encoding.ssl_version >> 8, 3 | 0xfe) && encoding.ssl_version != 0x100 {
        return Err(Some(reason::UNSUPPORTED_SSL_VERSION));
    }
    let code_point = <[u8; 2]>::try_from(encoding.cipher.as_bytes()).map_err(|_| reason::CIPHER_CODE_WRONG_LENGTH)?;
    let cipher = cipher::by_code_point(u16::from_be_bytes(code_point)).ok_or(None)?;
    let secret = encoding.master_key.as_bytes();
    if secret.len() > Fields::MAX_SECRET {
        return Err(None);
    }
    let compression = match encoding.compression.map(OctetStringRef::as_bytes) {
        None => 0,
        Some(&[method]) => method,
        Some(_) => return Err(Some(reason::BAD_LENGTH)),
    };
    Ok(Fields {
        version: encoding.ssl_version,
        cipher: cipher.code_point,
        id: Id::new(encoding.session_id.as_bytes()).ok_or(None)?,
        id_context: IdContext::new(bytes(encoding.id_context)).ok_or(None)?,
        secret: Zeroizing::new(secret.to_vec()),
        time: encoding.time.filter(|&time| time != 0).unwrap_or_else(now),
        timeout: encoding.timeout.filter(|&timeout| timeout != 0).unwrap_or(MISSING_TIMEOUT),
        peer_chain: match encoding.peer {
            Some(peer) => Arc::new(PeerChain::leaf_only(peer.to_der().map_err(|_| None)?)),
            None => Arc::default(),
        },
        verify_result: encoding.verify_result.unwrap_or(0).into(),
        hostname: encoding.hostname.map(text),
        ticket: encoding.ticket.map(boxed),
        lifetime_hint: encoding.lifetime_hint.unwrap_or(0),
        age_add: encoding.age_add.unwrap_or(0),
        max_early_data: encoding.max_early_data.unwrap_or(0),
        alpn: encoding.alpn.map(boxed),
        max_fragment_len_mode: encoding.max_fragment_len_mode.unwrap_or(0) as u8,
        ticket_appdata: encoding.ticket_appdata.map(boxed),
        kex_group: encoding.kex_group.unwrap_or(0),
        flags: encoding.flags.unwrap_or(0) as u32,
        compression,
        psk_identity_hint: encoding.psk_identity_hint.map(text),
        psk_identity: encoding.psk_identity.map(text),
        srp_username: encoding.srp_username.map(text),
        not_resumable: false,
    })
}

fn octets(bytes: &[u8]) -> Option<&OctetStringRef> {
    OctetStringRef::new(bytes).ok()
}

/// The outer `None` is an error, the inner one an absent value.
fn optional(bytes: Option<&[u8]>) -> Option<Option<&OctetStringRef>> {
    match bytes {
        Some(bytes) => octets(bytes).map(Some),
        None => Some(None),
    }
}

fn non_zero<T: Default + PartialEq>(number: T) -> Option<T> {
    (number != T::default()).then_some(number)
}

fn bytes(octets: Option<&OctetStringRef>) -> &[u8] {
    octets.map_or(&[], OctetStringRef::as_bytes)
}

fn boxed(octets: &OctetStringRef) -> Box<[u8]> {
    octets.as_bytes().into()
}

/// A C string: it ends at the first NUL.
fn text(octets: &OctetStringRef) -> CString {
    let text = octets.as_bytes().split(|&byte| byte == 0).next().unwrap_or_default();
    CString::new(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by OpenSSL 3.0.22.
    const FULL: &str = "306c0201010202030404021302040461626364041030313233343536373839616263646566a1060204\
        6553f100a20402021c20a4050403637478a503020101a60e040c686f73742e6578616d706c65af0402021000b00404026832b10402\
        0200ffb206040464617461b303020100";
    /// Made by OpenSSL 3.0.22: empty but for the cipher and a time of -1.
    const EMPTY: &str = "30270201010201000402130204000400a1030201ffa4020400a503020101b104020200ffb303020100";

    fn hex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    fn full() -> Fields {
        Fields {
            version: 0x0304,
            cipher: 0x1302,
            id: Id::new(b"abcd").unwrap(),
            id_context: IdContext::new(b"ctx").unwrap(),
            secret: Zeroizing::new(b"0123456789abcdef".to_vec()),
            time: 1_700_000_000,
            timeout: 7200,
            hostname: Some(c"host.example".into()),
            max_early_data: 4096,
            alpn: Some(b"h2"[..].into()),
            ticket_appdata: Some(b"data"[..].into()),
            ..Fields::default()
        }
    }

    #[test]
    fn the_bytes_are_openssl_s() {
        assert_eq!(*encode(&full()).unwrap(), hex(FULL));
        let empty = Fields { cipher: 0x1302, time: -1, timeout: 0, ..Fields::default() };
        assert_eq!(*encode(&empty).unwrap(), hex(EMPTY));
        assert!(encode(&Fields::default()).is_none());
    }

    #[test]
    fn a_round_trip_changes_nothing() {
        let all = Fields {
            peer_chain: Arc::new(PeerChain::new(vec![hex("3003020107"), hex("3000")])),
            verify_result: 18,
            ticket: Some(vec![9; 200].into()),
            lifetime_hint: 7200,
            age_add: 0xffff_ffff,
            kex_group: 29,
            flags: Fields::EXTENDED_MASTER_SECRET,
            compression: 1,
            psk_identity_hint: Some(c"hint".into()),
            psk_identity: Some(c"identity".into()),
            srp_username: Some(c"user".into()),
            max_fragment_len_mode: 2,
            ..full()
        };
        let bytes = encode(&all).unwrap();
        let (decoded, used) = decode(&[&bytes[..], b"more"].concat()).unwrap();
        assert_eq!(used, bytes.len());
        assert_eq!(encode(&decoded).unwrap(), bytes);
        assert_eq!(decoded.ticket, all.ticket);
        assert_eq!(decoded.age_add, all.age_add);
        // Only the peer's own certificate is kept.
        assert_eq!(decoded.peer_chain.der(), [hex("3003020107")]);
    }

    #[test]
    fn what_is_missing_gets_openssl_s_defaults() {
        let (fields, _) = decode(&hex("3014020101020203030402130204000401aaa4020400")).unwrap();
        assert_eq!((fields.timeout, fields.verify_result, fields.max_fragment_len_mode), (3, 0, 0));
        assert!(fields.time > 1_700_000_000);
    }

    #[test]
    fn no_beginning_of_an_encoding_is_one() {
        let bytes = hex(FULL);
        for len in 0..bytes.len() {
            assert!(decode(&bytes[..len]).is_none());
        }
        err::clear();
    }

    fn reason_for(change: impl FnOnce(&mut Vec<u8>)) -> c_int {
        let mut bytes = hex(FULL);
        change(&mut bytes);
        err::clear();
        assert!(decode(&bytes).is_none());
        let reason = err::reason_of(err::peek_last());
        err::clear();
        reason
    }

    #[test]
    fn bad_encodings_are_refused_for_openssl_s_reasons() {
        assert_eq!(reason_for(|bytes| bytes[4] = 2), reason::UNKNOWN_SSL_VERSION);
        assert_eq!(reason_for(|bytes| bytes[7] = 4), reason::UNSUPPORTED_SSL_VERSION);
        assert_eq!(reason_for(|bytes| bytes[11] = 0x7f), 0);
        let too_long = encode(&Fields { secret: Zeroizing::new(vec![1; 513]), ..full() }).unwrap();
        assert!(decode(&too_long).is_none());
    }
}
