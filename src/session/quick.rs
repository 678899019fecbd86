//! The encoding of a session without a peer's certificate, written and read here
//! rather than by libcrypto's templates: a server does so for each ticket.
//!
//! What is written is the same, byte by byte. What is read is DER alone, and only
//! what `der` accepts: anything else is left to it, to accept or to refuse.

use std::ffi::CString;

use super::{Fields, Id, now};
use crate::context::cipher;
use crate::context::settings::IdContext;
use crate::libcrypto::x509::PeerChain;
use crate::secret::Secret;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
/// With the tag's number added: `[n] EXPLICIT`.
const EXPLICIT: u8 = 0xa0;
/// The lengths that are written here are less than this.
const MOST: usize = 0x1_0000;

/// The numbers of the optional fields.
mod field {
    pub const TIME: u8 = 1;
    pub const TIMEOUT: u8 = 2;
    pub const ID_CONTEXT: u8 = 4;
    pub const VERIFY_RESULT: u8 = 5;
    pub const HOSTNAME: u8 = 6;
    pub const PSK_IDENTITY_HINT: u8 = 7;
    pub const PSK_IDENTITY: u8 = 8;
    pub const LIFETIME_HINT: u8 = 9;
    pub const TICKET: u8 = 10;
    pub const COMPRESSION: u8 = 11;
    pub const SRP_USERNAME: u8 = 12;
    pub const FLAGS: u8 = 13;
    pub const AGE_ADD: u8 = 14;
    pub const MAX_EARLY_DATA: u8 = 15;
    pub const ALPN: u8 = 16;
    pub const MAX_FRAGMENT_LEN_MODE: u8 = 17;
    pub const TICKET_APPDATA: u8 = 18;
    pub const KEX_GROUP: u8 = 19;
}

/// The encoding; `None` for a session that is not for here.
pub fn encode(fields: &Fields) -> Option<Secret> {
    if fields.cipher == 0 || !fields.peer_chain.is_empty() {
        return None;
    }
    let mut out = Writer(Secret::with_capacity(size_bound(fields)));
    out.integer(1);
    out.integer(fields.version.into());
    out.value(OCTET_STRING, &fields.cipher.to_be_bytes());
    out.value(OCTET_STRING, fields.id.as_bytes());
    out.value(OCTET_STRING, &fields.secret);
    out.number(field::TIME, fields.time.into());
    out.number(field::TIMEOUT, fields.timeout.into());
    out.octets(field::ID_CONTEXT, Some(fields.id_context.as_bytes()));
    out.number(field::VERIFY_RESULT, (fields.verify_result as i32).into());
    out.octets(field::HOSTNAME, text(&fields.hostname));
    out.octets(field::PSK_IDENTITY_HINT, text(&fields.psk_identity_hint));
    out.octets(field::PSK_IDENTITY, text(&fields.psk_identity));
    out.number(field::LIFETIME_HINT, fields.lifetime_hint.into());
    out.octets(field::TICKET, fields.ticket.as_deref());
    out.octets(field::COMPRESSION, (fields.compression != 0).then_some(&[fields.compression]));
    out.octets(field::SRP_USERNAME, text(&fields.srp_username));
    out.number(field::FLAGS, fields.flags.into());
    out.number(field::AGE_ADD, fields.age_add.into());
    out.number(field::MAX_EARLY_DATA, fields.max_early_data.into());
    out.octets(field::ALPN, fields.alpn.as_deref());
    out.number(field::MAX_FRAGMENT_LEN_MODE, fields.max_fragment_len_mode.into());
    out.octets(field::TICKET_APPDATA, fields.ticket_appdata.as_deref());
    let group = integer(fields.kex_group.into());
    out.head(EXPLICIT | field::KEX_GROUP, 2 + group.as_slice().len());
    out.integer(fields.kex_group.into());
    out.into_sequence()
}

fn text(text: &Option<CString>) -> Option<&[u8]> {
    text.as_ref().map(|text| text.as_bytes())
}

/// No encoding of the fields is longer, unless it is too long for here.
fn size_bound(fields: &Fields) -> usize {
    let boxed = |bytes: &Option<Box<[u8]>>| bytes.as_ref().map_or(0, |bytes| bytes.len());
    let texts = [&fields.hostname, &fields.psk_identity_hint, &fields.psk_identity, &fields.srp_username];
    let strings = [&fields.ticket, &fields.alpn, &fields.ticket_appdata];
    let contents = texts.into_iter().filter_map(text).map(<[u8]>::len).sum::<usize>()
        + strings.into_iter().map(boxed).sum::<usize>();
    512 + fields.secret.len() + contents
}

/// A number's content: two's complement, as short as it can be.
struct Number([u8; 16], usize);

impl Number {
    fn as_slice(&self) -> &[u8] {
        &self.0[self.1..]
    }
}

fn integer(value: i128) -> Number {
    let bytes = value.to_be_bytes();
    let redundant = |at: usize| {
        let sign = if bytes[at + 1] & 0x80 != 0 { 0xff } else { 0 };
        bytes[at] == sign
    };
    let start = (0..15).find(|&at| !redundant(at)).unwrap_or(15);
    Number(bytes, start)
}

struct Writer(Secret);

impl Writer {
    fn head(&mut self, tag: u8, len: usize) {
        self.0.push(tag);
        match len {
            0..=0x7f => self.0.push(len as u8),
            0x80..=0xff => self.0.extend_from_slice(&[0x81, len as u8]),
            _ => self.0.extend_from_slice(&[0x82, (len >> 8) as u8, len as u8]),
        }
    }

    fn value(&mut self, tag: u8, content: &[u8]) {
        self.head(tag, content.len());
        self.0.extend_from_slice(content);
    }

    fn integer(&mut self, value: i128) {
        self.value(INTEGER, integer(value).as_slice());
    }

    /// 0 is left out.
    fn number(&mut self, field: u8, value: i128) {
        if value != 0 {
            let content = integer(value);
            self.head(EXPLICIT | field, 2 + content.as_slice().len());
            self.value(INTEGER, content.as_slice());
        }
    }

    fn octets(&mut self, field: u8, content: Option<&[u8]>) {
        if let Some(content) = content {
            let head = match content.len() {
                0..=0x7f => 2,
                0x80..=0xff => 3,
                _ => 4,
            };
            self.head(EXPLICIT | field, head + content.len());
            self.value(OCTET_STRING, content);
        }
    }

    fn into_sequence(self) -> Option<Secret> {
        if self.0.len() >= MOST {
            return None;
        }
        let mut whole = Self(Secret::with_capacity(self.0.len() + 4));
        whole.value(SEQUENCE, &self.0);
        Some(whole.0)
    }
}

/// The session that is encoded by all of `bytes`; `None` leaves it to `der`.
pub fn decode(bytes: &[u8]) -> Option<Fields> {
    let mut outer = Reader(bytes);
    let mut r = Reader(outer.value(SEQUENCE)?);
    let version = (outer.0.is_empty() && r.integer()? == 1).then(|| r.integer())??;
    let version = i32::try_from(version).ok().filter(|version| version >> 8 == 3)?;
    let cipher = u16::from_be_bytes(r.value(OCTET_STRING)?.try_into().ok()?);
    cipher::by_code_point(cipher)?;
    let id = Id::new(r.value(OCTET_STRING)?)?;
    let secret = r.value(OCTET_STRING).filter(|secret| secret.len() <= Fields::MAX_SECRET)?;
    let fields = Fields {
        version,
        cipher,
        id,
        secret: Secret::copy_of(secret),
        time: Some(r.number(field::TIME)?).filter(|&time| time != 0).unwrap_or_else(now),
        timeout: Some(r.number(field::TIMEOUT)?).filter(|&timeout| timeout != 0)?,
        peer_chain: PeerChain::none(),
        id_context: IdContext::new(r.octets(field::ID_CONTEXT)?.unwrap_or_default())?,
        verify_result: r.number::<i32>(field::VERIFY_RESULT)?.into(),
        hostname: r.text(field::HOSTNAME)?,
        psk_identity_hint: r.text(field::PSK_IDENTITY_HINT)?,
        psk_identity: r.text(field::PSK_IDENTITY)?,
        lifetime_hint: r.number(field::LIFETIME_HINT)?,
        ticket: r.octets(field::TICKET)?.map(Box::from),
        compression: match r.octets(field::COMPRESSION)? {
            None => 0,
            Some(&[method]) => method,
            Some(_) => return None,
        },
        srp_username: r.text(field::SRP_USERNAME)?,
        flags: r.number(field::FLAGS)?,
        age_add: r.number(field::AGE_ADD)?,
        max_early_data: r.number(field::MAX_EARLY_DATA)?,
        alpn: r.octets(field::ALPN)?.map(Box::from),
        max_fragment_len_mode: r.number(field::MAX_FRAGMENT_LEN_MODE)?,
        ticket_appdata: r.octets(field::TICKET_APPDATA)?.map(Box::from),
        kex_group: r.number(field::KEX_GROUP)?,
        not_resumable: false,
    };
    r.0.is_empty().then_some(fields)
}

/// What is left of a DER encoding.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(len)?;
        self.0 = tail;
        Some(head)
    }

    /// The content of the next value, whose tag is this.
    fn value(&mut self, tag: u8) -> Option<&'a [u8]> {
        let [first, short] = *self.take(2)? else { return None };
        let len = match short {
            0..=0x7f => short.into(),
            0x81 => usize::from(self.take(1)?[0]).checked_sub(0x80)? + 0x80,
            0x82 => usize::from(u16::from_be_bytes(self.take(2)?.try_into().ok()?)).checked_sub(0x100)? + 0x100,
            _ => return None,
        };
        (first == tag).then(|| self.take(len))?
    }

    fn integer(&mut self) -> Option<i128> {
        let content = self.value(INTEGER)?;
        let negative = content.first()? & 0x80 != 0;
        let value = content.iter().fold(if negative { -1 } else { 0 }, |value, &byte| value << 8 | i128::from(byte));
        // As short as it can be, and no longer than a number of 64 bits.
        (content.len() <= 9 && integer(value).as_slice() == content).then_some(value)
    }

    /// The inner `None` is a field that is left out.
    fn field(&mut self, number: u8) -> Option<Option<Self>> {
        if self.0.first() != Some(&(EXPLICIT | number)) {
            return Some(None);
        }
        self.value(EXPLICIT | number).map(|content| Some(Self(content)))
    }

    fn number<T: TryFrom<i128> + Default>(&mut self, number: u8) -> Option<T> {
        let Some(mut content) = self.field(number)? else { return Some(T::default()) };
        let value = content.integer()?.try_into().ok()?;
        content.0.is_empty().then_some(value)
    }

    fn octets(&mut self, number: u8) -> Option<Option<&'a [u8]>> {
        let Some(mut content) = self.field(number)? else { return Some(None) };
        let octets = content.value(OCTET_STRING)?;
        content.0.is_empty().then_some(Some(octets))
    }

    fn text(&mut self, number: u8) -> Option<Option<CString>> {
        match self.octets(number)? {
            Some(text) => CString::new(text).ok().map(Some),
            None => Some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::der;
    use super::*;

    fn samples() -> Vec<Fields> {
        let numbers = [0, 1, 127, 128, 255, 256, 32767, 32768, 65536, 0x7fff_ffff];
        let mut all = vec![Fields { cipher: 0x1301, version: 0x0304, ..Fields::default() }];
        for n in numbers {
            for len in [0, 1, 127, 128, 255, 256, 300] {
                all.push(Fields {
                    version: 0x0303,
                    cipher: 0xc02b,
                    id: Id::new(&[3; 32][..len.min(32)]).unwrap(),
                    id_context: IdContext::new(b"context").unwrap(),
                    secret: Secret::copy_of(&vec![7; len]),
                    time: 1_700_000_000 + n,
                    timeout: n + 1,
                    verify_result: n,
                    hostname: Some(CString::new(vec![b'a'; len]).unwrap()),
                    ticket: Some(vec![9; len].into()),
                    lifetime_hint: n as u64,
                    age_add: n as u32 * 2,
                    max_early_data: n as u32,
                    alpn: (len > 1).then(|| b"h2"[..].into()),
                    max_fragment_len_mode: n as u8,
                    ticket_appdata: (len > 1).then(|| vec![0; len].into()),
                    kex_group: n as u32,
                    flags: n as u32,
                    compression: n as u8,
                    psk_identity: (n > 255).then(|| c"identity".into()),
                    psk_identity_hint: (n > 255).then(|| c"hint".into()),
                    srp_username: (n > 255).then(|| c"user".into()),
                    ..Fields::default()
                });
            }
        }
        all
    }

    #[test]
    fn the_encoding_is_the_templates() {
        for fields in samples() {
            assert_eq!(encode(&fields).unwrap(), der::encode_by_template(&fields).unwrap());
        }
        for time in [-1, -128, -129, i64::MIN, i64::MAX] {
            let fields = Fields { cipher: 0x1301, time, timeout: time, verify_result: -1, ..Fields::default() };
            assert_eq!(encode(&fields).unwrap(), der::encode_by_template(&fields).unwrap());
        }
    }

    #[test]
    fn what_is_read_is_what_the_templates_read() {
        for fields in samples() {
            let der = encode(&fields).unwrap();
            let quick = decode(&der).unwrap();
            let (slow, _) = der::decode_by_template(&der).unwrap();
            assert_eq!(*encode(&quick).unwrap(), *der);
            assert_eq!(*encode(&slow).unwrap(), *der);
        }
    }

    #[test]
    fn changed_encodings_are_read_as_the_templates_read_them() {
        let der = encode(&samples()[30]).unwrap();
        for at in 0..der.len() {
            assert!(decode(&der[..at]).is_none());
            for change in [1, 2, 0x20, 0x80, 0xff] {
                let mut changed = der.to_vec();
                changed[at] ^= change;
                let Some(quick) = decode(&changed) else { continue };
                let (slow, _) = der::decode_by_template(&changed).expect("what is read here is read there");
                assert_eq!(*encode(&quick).unwrap(), *encode(&slow).unwrap(), "byte {at} ^ {change:#x}");
            }
        }
    }
}
