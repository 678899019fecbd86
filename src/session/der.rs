//! The DER encoding of a session: `i2d_SSL_SESSION`, `d2i_SSL_SESSION`.

use std::ffi::CString;
use std::sync::Arc;

use crate::secret::Secret;
use libc::c_int;

use super::{Fields, Id, Session, now, quick};
use crate::context::cipher;
use crate::context::settings::IdContext;
use crate::libcrypto::err;
use crate::libcrypto::session_asn1::{Decoded, OctetString, Octets, Peer, PeerField, Structure};
use crate::libcrypto::x509::PeerChain;
use crate::reason;

/// The encoding's own version.
const VERSION: u32 = 1;
/// The timeout of an encoding without one, in seconds.
const MISSING_TIMEOUT: i64 = 3;

/// The encoding of a session; `None` for one without cipher, and for one that
/// is too long.
pub fn encode(session: &Session) -> Option<Secret> {
    session.read(|fields| quick::encode(fields).or_else(|| encode_by_template(fields)))
}

/// As [`encode`], by libcrypto.
pub fn encode_by_template<'a>(fields: &'a Fields) -> Option<Secret> {
    if fields.cipher == 0 {
        return None;
    }
    let peer = match fields.peer_chain.leaf_encoding() {
        Some(encoding) if encoding.is_empty() => return None,
        encoding => encoding.map(Peer::encoded),
    };
    let text = |text: Option<&'a CString>| octets(text.map(|text| text.to_bytes()));
    Structure {
        version: VERSION,
        ssl_version: fields.version,
        cipher: Some(&OctetString::new(&fields.cipher.to_be_bytes())?),
        session_id: Some(&OctetString::new(fields.id.as_bytes())?),
        master_key: Some(&OctetString::new(&fields.secret)?),
        key_arg: None,
        time: fields.time,
        timeout: fields.timeout,
        peer: PeerField::new(peer.as_ref()),
        session_id_context: Some(&OctetString::new(fields.id_context.as_bytes())?),
        verify_result: fields.verify_result as i32,
        tlsext_hostname: text(fields.hostname.as_ref())?.as_ref(),
        psk_identity_hint: text(fields.psk_identity_hint.as_ref())?.as_ref(),
        psk_identity: text(fields.psk_identity.as_ref())?.as_ref(),
        tlsext_tick_lifetime_hint: fields.lifetime_hint,
        tlsext_tick: octets(fields.ticket.as_deref())?.as_ref(),
        comp_id: octets((fields.compression != 0).then_some(&[fields.compression]))?.as_ref(),
        srp_username: text(fields.srp_username.as_ref())?.as_ref(),
        flags: fields.flags.into(),
        tlsext_tick_age_add: fields.age_add,
        max_early_data: fields.max_early_data,
        alpn_selected: octets(fields.alpn.as_deref())?.as_ref(),
        tlsext_max_fragment_len_mode: fields.max_fragment_len_mode.into(),
        ticket_appdata: octets(fields.ticket_appdata.as_deref())?.as_ref(),
        kex_group: fields.kex_group,
    }
    .encode()
}

/// The outer `None` is an error, the inner one an absent value.
fn octets(bytes: Option<&[u8]>) -> Option<Option<OctetString<'_>>> {
    match bytes {
        Some(bytes) => OctetString::new(bytes).map(Some),
        None => Some(None),
    }
}

/// The session that `bytes` begin with, and how many bytes it takes. On failure
/// an error is on the queue, if OpenSSL puts one there.
pub fn decode(bytes: &[u8]) -> Option<(Fields, usize)> {
    quick::decode(bytes).map(|fields| (fields, bytes.len())).or_else(|| decode_by_template(bytes))
}

/// As [`decode`], by libcrypto.
pub fn decode_by_template(bytes: &[u8]) -> Option<(Fields, usize)> {
    let (encoding, len) = Decoded::from_der(bytes)?;
    let mut fields = Fields::default();
    fill(&mut fields, &encoding).then_some((fields, len))
}

/// Takes over the content of an encoding. False, with the reason on the queue if
/// OpenSSL names one, at the first value that won't do: as with OpenSSL, the
/// fields before it are then changed and those after it are not.
pub fn fill(fields: &mut Fields, encoding: &Structure<'_>) -> bool {
    let refused = try_fill(fields, encoding).err();
    if let Some(Some(reason)) = refused {
        err::raise(reason);
    }
    refused.is_none()
}

fn try_fill(fields: &mut Fields, encoding: &Structure<'_>) -> Result<(), Option<c_int>> {
    if encoding.version != VERSION {
        return Err(Some(reason::UNKNOWN_SSL_VERSION));
    }
    // SSL 3 and TLS; DTLS; and DTLS as Cisco speaks it.
    if !matches!(encoding.ssl_version >> 8, 3 | 0xfe) && encoding.ssl_version != 0x100 {
        return Err(Some(reason::UNSUPPORTED_SSL_VERSION));
    }
    fields.version = encoding.ssl_version;
    fields.kex_group = encoding.kex_group;
    let code_point = bytes(encoding.cipher).try_into().map_err(|_| reason::CIPHER_CODE_WRONG_LENGTH)?;
    fields.cipher = u16::from_be_bytes(code_point);
    cipher::by_code_point(fields.cipher).ok_or(None)?;
    fields.id = Id::new(bytes(encoding.session_id)).ok_or(None)?;
    let secret = bytes(encoding.master_key);
    if secret.len() > Fields::MAX_SECRET {
        return Err(None);
    }
    fields.secret = Secret::copy_of(secret);
    fields.time = if encoding.time != 0 { encoding.time } else { now() };
    fields.timeout = if encoding.timeout != 0 { encoding.timeout } else { MISSING_TIMEOUT };
    fields.peer_chain = encoding.take_peer().map_or_else(PeerChain::none, |peer| Arc::new(PeerChain::leaf_only(peer)));
    fields.id_context = IdContext::new(bytes(encoding.session_id_context)).ok_or(None)?;
    fields.verify_result = encoding.verify_result.into();
    fields.hostname = encoding.tlsext_hostname.map(text);
    fields.psk_identity_hint = encoding.psk_identity_hint.map(text);
    fields.psk_identity = encoding.psk_identity.map(text);
    fields.lifetime_hint = encoding.tlsext_tick_lifetime_hint;
    fields.age_add = encoding.tlsext_tick_age_add;
    fields.ticket = encoding.tlsext_tick.map(boxed);
    fields.compression = match encoding.comp_id.map(OctetString::as_bytes) {
        None => 0,
        Some(&[method]) => method,
        Some(_) => return Err(Some(reason::BAD_LENGTH)),
    };
    fields.srp_username = encoding.srp_username.map(text);
    fields.flags = encoding.flags as u32;
    fields.max_early_data = encoding.max_early_data;
    fields.alpn = encoding.alpn_selected.map(boxed);
    fields.max_fragment_len_mode = encoding.tlsext_max_fragment_len_mode as u8;
    fields.ticket_appdata = encoding.ticket_appdata.map(boxed);
    Ok(())
}

fn bytes(octets: Octets<'_>) -> &[u8] {
    octets.map_or(&[], OctetString::as_bytes)
}

fn boxed(octets: &OctetString<'_>) -> Box<[u8]> {
    octets.as_bytes().into()
}

/// A C string: it ends at the first NUL.
fn text(octets: &OctetString<'_>) -> CString {
    let text = octets.as_bytes().split(|&byte| byte == 0).next().unwrap_or_default();
    CString::new(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(fields: &Fields) -> Option<Secret> {
        encode_by_template(fields)
    }

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
            secret: Secret::copy_of(b"0123456789abcdef"),
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
        let too_long = encode(&Fields { secret: Secret::copy_of(&[1; 513]), ..full() }).unwrap();
        assert!(decode(&too_long).is_none());
    }
}
