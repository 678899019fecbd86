//! Record protection: AEADs as TLS 1.3 (RFC 8446, 5.2) and TLS 1.2 (RFC 5288, RFC 7905) use them.
//!
//! rustls's own puts each record into a new vector and copies it twice on either way.
//! Here a key seals into the buffer that is sent and opens in the one that was read,
//! for rustls and, past it, for application data: so it counts its records itself, and
//! no number is used twice whoever asks.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::aead::{self, Aad, LessSafeKey, UnboundKey};
use rustls::CipherSuite;
use rustls::crypto::cipher::{Iv, Nonce};

use crate::libcrypto::chacha::{self, ChaCha20Poly1305};

/// Content type, version and length.
pub const HEADER: usize = 5;
/// The longest content of a record.
pub const MAX_CONTENT: usize = 16384;
const APPLICATION_DATA: u8 = 23;
/// The version that records of TLS 1.2 and 1.3 have.
const VERSION: [u8; 2] = [3, 3];
const TAG: usize = 16;
const EXPLICIT_NONCE: usize = 8;

/// What a cipher suite does with records.
#[derive(Clone, Copy)]
pub struct Protection {
    algorithm: &'static aead::Algorithm,
    layout: Layout,
    /// How many records one key may seal.
    limit: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// The content type is encrypted, and zeros may follow it.
    Tls13,
    /// TLS 1.2, with eight bytes of nonce in each record.
    ExplicitNonce,
    /// TLS 1.2, with a nonce that both sides know.
    ImplicitNonce,
}

impl Protection {
    /// That of `suite`, whose keys are good for `limit` records.
    pub fn of(suite: CipherSuite, limit: u64) -> Self {
        use CipherSuite as s;
        let (algorithm, layout) = match suite {
            s::TLS13_AES_128_GCM_SHA256 => (&aead::AES_128_GCM, Layout::Tls13),
            s::TLS13_AES_256_GCM_SHA384 => (&aead::AES_256_GCM, Layout::Tls13),
            s::TLS13_CHACHA20_POLY1305_SHA256 => (&aead::CHACHA20_POLY1305, Layout::Tls13),
            s::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 | s::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => {
                (&aead::AES_128_GCM, Layout::ExplicitNonce)
            }
            s::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 | s::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => {
                (&aead::AES_256_GCM, Layout::ExplicitNonce)
            }
            _ => (&aead::CHACHA20_POLY1305, Layout::ImplicitNonce),
        };
        Self { algorithm, layout, limit }
    }

    fn cipher(&self, key: &[u8], seals: bool) -> Cipher {
        // rustls derives as many bytes as the suite says.
        let short = UnboundKey::new(self.algorithm, key).expect("a key of the algorithm's length");
        let chacha = self.algorithm == &aead::CHACHA20_POLY1305 && chacha::is_faster();
        let long = key.first_chunk().filter(|_| chacha).map(|key| Box::new(ChaCha20Poly1305::new(key, seals)));
        Cipher { short: LessSafeKey::new(short), long }
    }
}

/// From this length on libcrypto's ChaCha20-Poly1305 is the faster one, where it is at all:
/// to begin with a record costs it more.
const LONG: usize = 4096;

/// A key of the AEAD.
struct Cipher {
    short: LessSafeKey,
    /// The same key, for long records.
    long: Option<Box<ChaCha20Poly1305>>,
}

impl Cipher {
    /// Seals `content` and behind it `extra`, into `text` and `rest`, where the tag follows.
    fn seal(
        &self,
        nonce: [u8; 12],
        associated: Associated,
        content: &[u8],
        extra: &[u8],
        text: &mut [u8],
        rest: &mut [u8],
    ) -> Option<()> {
        if let Some(long) = self.long.as_ref().filter(|_| content.len() >= LONG) {
            if long.seal(&nonce, associated.as_ref(), content, extra, text, rest) {
                return Some(());
            }
        }
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        self.short.seal_out_of_place_scatter(nonce, Aad::from(associated), content, text, extra, rest).ok()
    }

    /// Opens `text` in its place.
    fn open(&self, nonce: [u8; 12], associated: Associated, text: &mut [u8], tag: &mut [u8]) -> Result<(), Forged> {
        if let Some(long) = self.long.as_ref().filter(|_| text.len() >= LONG) {
            match long.open(&nonce, associated.as_ref(), text, tag) {
                Some(true) => return Ok(()),
                Some(false) => return Err(Forged),
                None => {}
            }
        }
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        self.short.open_in_place_separate_tag(nonce, Aad::from(associated), tag, text).map(|_| ()).map_err(|_| Forged)
    }
}

/// The associated data of a record.
struct Associated([u8; 13], usize);

impl Associated {
    fn new(layout: Layout, seq: u64, kind: u8, version: [u8; 2], len: usize) -> Self {
        let [high, low] = (len as u16).to_be_bytes();
        let header = [kind, version[0], version[1], high, low];
        let mut bytes = [0; 13];
        if layout == Layout::Tls13 {
            bytes[..HEADER].copy_from_slice(&header);
            return Self(bytes, HEADER);
        }
        bytes[..8].copy_from_slice(&seq.to_be_bytes());
        bytes[8..].copy_from_slice(&header);
        Self(bytes, 13)
    }
}

impl AsRef<[u8]> for Associated {
    fn as_ref(&self) -> &[u8] {
        &self.0[..self.1]
    }
}

/// A key that protects records to be sent.
pub struct SealingKey {
    cipher: Cipher,
    iv: Iv,
    layout: Layout,
    limit: u64,
    /// The number of the next record.
    next: AtomicU64,
}

impl SealingKey {
    /// A key that has sealed nothing. In TLS 1.2 with explicit nonces `iv` is what they
    /// begin from: unlike counting from 0, that tells nobody how much was sent.
    pub fn new(protection: &Protection, key: &[u8], iv: Iv) -> Self {
        let Protection { layout, limit, .. } = *protection;
        Self { cipher: protection.cipher(key, true), iv, layout, limit, next: AtomicU64::new(0) }
    }

    /// How many records more it may seal.
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.next.load(Ordering::Relaxed))
    }

    /// Whether it is one of TLS 1.3.
    pub fn is_tls13(&self) -> bool {
        self.layout == Layout::Tls13
    }

    /// The length of a record's body for `len` bytes of content.
    pub fn sealed_len(&self, len: usize) -> usize {
        len + match self.layout {
            Layout::Tls13 => 1 + TAG,
            Layout::ExplicitNonce => EXPLICIT_NONCE + TAG,
            Layout::ImplicitNonce => TAG,
        }
    }

    /// Seals `content` into `body`, which is as long as [`SealingKey::sealed_len`] says;
    /// the record's header. `None` when all numbers are used up.
    pub fn seal(&self, kind: u8, content: &[u8], body: &mut [u8]) -> Option<[u8; HEADER]> {
        if self.next.load(Ordering::Relaxed) == u64::MAX {
            return None;
        }
        let seq = self.next.fetch_add(1, Ordering::Relaxed);
        let nonce = Nonce::new(&self.iv, seq).0;
        let outer = if self.is_tls13() { APPLICATION_DATA } else { kind };
        let [high, low] = (body.len() as u16).to_be_bytes();
        let header = [outer, VERSION[0], VERSION[1], high, low];
        let authentic = if self.is_tls13() { body.len() } else { content.len() };
        let associated = Associated::new(self.layout, seq, outer, VERSION, authentic);
        let body = if self.layout == Layout::ExplicitNonce {
            let (explicit, body) = body.split_at_mut_checked(EXPLICIT_NONCE)?;
            explicit.copy_from_slice(&nonce[4..]);
            body
        } else {
            body
        };
        let (text, rest) = body.split_at_mut_checked(content.len())?;
        let inner_type = [kind];
        let extra: &[u8] = if self.is_tls13() { &inner_type } else { &[] };
        self.cipher.seal(nonce, associated, content, extra, text, rest)?;
        Some(header)
    }

    /// Appends a record of application data. False when all numbers are used up.
    pub fn append_data(&self, content: &[u8], output: &mut super::Output) -> bool {
        let room = output.room(HEADER + self.sealed_len(content.len()));
        let len = room.len();
        let (header, body) = room.split_at_mut(HEADER);
        let Some(bytes) = self.seal(APPLICATION_DATA, content, body) else { return false };
        header.copy_from_slice(&bytes);
        output.advance(len);
        true
    }
}

/// A record's body could not be opened: it is forged, or of another key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Forged;

/// A key that opens records that came.
pub struct OpeningKey {
    cipher: Cipher,
    /// With explicit nonces, what they begin with.
    iv: Iv,
    layout: Layout,
    /// The number of the next record.
    next: AtomicU64,
}

impl OpeningKey {
    /// A key that has opened nothing.
    pub fn new(protection: &Protection, key: &[u8], iv: Iv) -> Self {
        Self { cipher: protection.cipher(key, false), iv, layout: protection.layout, next: AtomicU64::new(0) }
    }

    /// Whether it is one of TLS 1.3: then what it opens has the content type behind the
    /// content, and perhaps zeros behind that.
    pub fn is_tls13(&self) -> bool {
        self.layout == Layout::Tls13
    }

    /// Opens the body of the record that comes next, in its place: where the plaintext is.
    pub fn open(&self, kind: u8, version: [u8; 2], body: &mut [u8]) -> Result<Range<usize>, Forged> {
        let seq = self.next.load(Ordering::Relaxed);
        let (start, nonce) = match (self.layout, body.first_chunk::<EXPLICIT_NONCE>()) {
            (Layout::ExplicitNonce, Some(explicit)) => {
                let mut nonce = [0; 12];
                nonce[..4].copy_from_slice(&self.iv.as_ref()[..4]);
                nonce[4..].copy_from_slice(explicit);
                (EXPLICIT_NONCE, nonce)
            }
            (Layout::ExplicitNonce, None) => return Err(Forged),
            _ => (0, Nonce::new(&self.iv, seq).0),
        };
        let end = body.len().checked_sub(TAG).filter(|&end| end >= start).ok_or(Forged)?;
        let (kind, authentic) = if self.is_tls13() { (APPLICATION_DATA, body.len()) } else { (kind, end - start) };
        let version = if self.is_tls13() { VERSION } else { version };
        let associated = Associated::new(self.layout, seq, kind, version, authentic);
        let (text, tag) = body[start..].split_at_mut(end - start);
        self.cipher.open(nonce, associated, text, tag)?;
        self.next.store(seq + 1, Ordering::Relaxed);
        Ok(start..end)
    }

    /// Of the plaintext `range` of `body`: the application data in it, which may be empty.
    /// `None` where it is something else, or too much.
    pub fn data(&self, kind: u8, body: &[u8], range: &Range<usize>) -> Option<Range<usize>> {
        let (kind, end) = if self.is_tls13() {
            // Padding is rare, so that the last byte is looked at first.
            let end = range.start + body[range.clone()].iter().rposition(|&byte| byte != 0)?;
            (body[end], end)
        } else {
            (kind, range.end)
        };
        let longest = MAX_CONTENT + usize::from(self.is_tls13());
        let fits = range.len() <= longest && end - range.start <= MAX_CONTENT;
        (kind == APPLICATION_DATA && fits).then_some(range.start..end)
    }
}

/// What came of opening a record ahead of rustls. It is good for that record alone, under the
/// key that opened it, and as long as that key has opened no other.
pub struct Ahead {
    key: Arc<OpeningKey>,
    number: u64,
    len: usize,
    opened: Result<Range<usize>, Forged>,
}

impl Ahead {
    /// Opens the body of a record in its place.
    pub fn open(key: Arc<OpeningKey>, kind: u8, version: [u8; 2], body: &mut [u8]) -> Self {
        let (number, len) = (key.next.load(Ordering::Relaxed), body.len());
        let opened = key.open(kind, version, body);
        Self { key, number, len, opened }
    }

    /// The application data in it, as of [`OpeningKey::data`].
    pub fn data(&self, kind: u8, body: &[u8]) -> Option<Range<usize>> {
        self.key.data(kind, body, self.opened.as_ref().ok()?)
    }

    /// What came of it, if `key` is to open a record of `len` bytes and this is it.
    pub fn of(self, key: &Arc<OpeningKey>, len: usize) -> Option<Result<Range<usize>, Forged>> {
        let next = self.number + u64::from(self.opened.is_ok());
        let same = Arc::ptr_eq(&self.key, key) && self.len == len && key.next.load(Ordering::Relaxed) == next;
        same.then_some(self.opened)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUITES: [CipherSuite; 4] = [
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    fn keys(suite: CipherSuite, limit: u64) -> (SealingKey, OpeningKey) {
        let protection = Protection::of(suite, limit);
        let key = &[7; 32][..protection.algorithm.key_len()];
        let (sealing, opening) = (protection.cipher(key, true), protection.cipher(key, false));
        let (layout, iv) = (protection.layout, || Iv::new([9; 12]));
        (
            SealingKey { cipher: sealing, iv: iv(), layout, limit, next: AtomicU64::new(0) },
            OpeningKey { cipher: opening, iv: iv(), layout, next: AtomicU64::new(0) },
        )
    }

    fn sealed(key: &SealingKey, kind: u8, content: &[u8]) -> ([u8; HEADER], Vec<u8>) {
        let mut body = vec![0; key.sealed_len(content.len())];
        (key.seal(kind, content, &mut body).unwrap(), body)
    }

    #[test]
    fn what_was_sealed_opens_in_order_and_unchanged() {
        for suite in SUITES {
            let (sealing, opening) = keys(suite, 100);
            for len in [0, 1, 100, MAX_CONTENT] {
                let content = vec![3; len];
                let ([kind, major, minor, high, low], mut body) = sealed(&sealing, APPLICATION_DATA, &content);
                assert_eq!(usize::from(u16::from_be_bytes([high, low])), body.len());
                let mut spoilt = body.clone();
                spoilt[len / 2] ^= 1;
                assert_eq!(opening.open(kind, [major, minor], &mut spoilt), Err(Forged));
                let range = opening.open(kind, [major, minor], &mut body).unwrap();
                let data = opening.data(kind, &body, &range);
                assert_eq!(data.map(|data| &body[data]), Some(&content[..]), "{suite:?}");
                // It comes only once.
                assert_eq!(opening.open(kind, [major, minor], &mut body), Err(Forged));
            }
            assert_eq!(sealing.left(), 96);
        }
    }

    #[test]
    fn a_record_opened_ahead_is_good_once_and_for_its_key() {
        for suite in SUITES {
            let (sealing, opening) = keys(suite, 100);
            let (opening, other) = (Arc::new(opening), Arc::new(keys(suite, 100).1));
            let ahead = |content: &[u8]| {
                let ([kind, major, minor, ..], mut body) = sealed(&sealing, 22, content);
                (Ahead::open(opening.clone(), kind, [major, minor], &mut body), body.len())
            };
            let (first, len) = ahead(b"text");
            assert!(first.of(&opening, len).is_some_and(|opened| opened.is_ok()));
            let (second, len) = ahead(b"text");
            assert_eq!(second.of(&other, len), None);
            let (third, len) = ahead(b"text");
            assert_eq!(third.of(&opening, len + 1), None);
            let (fourth, len) = ahead(b"text");
            ahead(b"next");
            assert_eq!(fourth.of(&opening, len), None);
            let forged = Ahead::open(opening.clone(), 23, VERSION, &mut [0; 40]);
            assert_eq!(forged.of(&opening, 40), Some(Err(Forged)));
        }
    }

    #[test]
    fn only_application_data_is_data() {
        for suite in SUITES {
            let (sealing, opening) = keys(suite, 100);
            for kind in [20, 21, 22, 24] {
                let ([outer, ..], mut body) = sealed(&sealing, kind, b"text");
                let range = opening.open(outer, VERSION, &mut body).unwrap();
                assert_eq!(opening.data(outer, &body, &range), None);
            }
        }
    }

    #[test]
    fn padding_is_no_content() {
        let (sealing, opening) = keys(SUITES[0], 100);
        let (_, mut body) = sealed(&sealing, 0, b"text\x17\0\0\0");
        let range = opening.open(APPLICATION_DATA, VERSION, &mut body).unwrap();
        assert_eq!(opening.data(APPLICATION_DATA, &body, &range), Some(0..4));
        let (_, mut body) = sealed(&sealing, 0, &[0; 50]);
        let range = opening.open(APPLICATION_DATA, VERSION, &mut body).unwrap();
        assert_eq!(opening.data(APPLICATION_DATA, &body, &range), None);
    }

    #[test]
    fn short_bodies_are_forged() {
        for suite in SUITES {
            let (_, opening) = keys(suite, 100);
            for len in 0..24 {
                assert_eq!(opening.open(APPLICATION_DATA, VERSION, &mut vec![0; len]), Err(Forged));
            }
        }
    }

    #[test]
    fn numbers_come_to_an_end() {
        let (sealing, _) = keys(SUITES[0], 3);
        for left in [2, 1, 0, 0] {
            sealed(&sealing, APPLICATION_DATA, b"x");
            assert_eq!(sealing.left(), left);
        }
        sealing.next.store(u64::MAX, Ordering::Relaxed);
        let mut body = [0; 18];
        assert_eq!(sealing.seal(APPLICATION_DATA, b"x", &mut body), None);
    }
}
