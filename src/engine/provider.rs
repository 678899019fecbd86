//! aws-lc-rs's cipher suites, with the key schedules of `hash`, and wrapped thinly so that what OpenSSL's API must
//! report can be seen: handshake messages and alerts in the clear, and the
//! pre-shared key of a TLS 1.3 ticket.

use crate::secret::Secret;
use once_cell::sync::Lazy;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter,
    OutboundChunks, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::crypto::tls13::{Hkdf, HkdfExpander, OkmBlock, OutputLengthError};
use rustls::crypto::{GetRandomFailed, SecureRandom, SupportedKxGroup, hmac};
use rustls::{
    CipherSuiteCommon, ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, SignatureScheme,
    SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

use super::kx_p521::SECP521R1;
use super::opener::SharedDecrypter;
use super::transcript::WireHash;
use super::{current, hash, mint};
use crate::connection::Connection;
use crate::connection::messages::Direction;
use crate::reason::{self, alert};

static SUITES: Lazy<Vec<SupportedCipherSuite>> =
    Lazy::new(|| aws_lc_rs::ALL_CIPHER_SUITES.iter().copied().map(wrap).collect());

/// The wrapped suite of this code point.
pub fn suite(code_point: u16) -> Option<SupportedCipherSuite> {
    SUITES.iter().copied().find(|suite| u16::from(suite.suite()) == code_point)
}

/// The group of this code point, where the provider has it.
pub fn group(code_point: u16) -> Option<&'static dyn SupportedKxGroup> {
    [kx_group::X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1, SECP521R1]
        .into_iter()
        .find(|group| u16::from(group.name()) == code_point)
}

fn wrap(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    // Leaked once a process: rustls wants suites to live for ever.
    match suite {
        SupportedCipherSuite::Tls13(inner) => SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
            common: copy_common(&inner.common),
            hkdf_provider: Box::leak(Box::new(WatchedHkdf(
                hash_family(&inner.common).map_or(inner.hkdf_provider, |family| family.hkdf),
            ))),
            aead_alg: Box::leak(Box::new(WatchedTls13Aead(inner.aead_alg))),
            quic: None,
        }))),
        SupportedCipherSuite::Tls12(inner) => SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
            common: copy_common(&inner.common),
            prf_provider: hash_family(&inner.common).map_or(inner.prf_provider, |family| family.prf),
            kx: inner.kx,
            sign: with_libcrypto(inner.sign),
            aead_alg: Box::leak(Box::new(WatchedTls12Aead(inner.aead_alg))),
        }))),
    }
}

/// The schemes of a TLS 1.2 suite, with those that libcrypto signs and verifies.
fn with_libcrypto(schemes: &'static [SignatureScheme]) -> &'static [SignatureScheme] {
    let more: &[_] = match schemes.contains(&SignatureScheme::RSA_PKCS1_SHA256) {
        true => &[SignatureScheme::RSA_PKCS1_SHA1],
        false => &[SignatureScheme::ED448, SignatureScheme::ECDSA_SHA1_Legacy],
    };
    Box::leak([schemes, more].concat().into_boxed_slice())
}

fn hash_family(common: &CipherSuiteCommon) -> Option<hash::Family> {
    hash::family(common.hash_provider.algorithm())
}

fn copy_common(common: &CipherSuiteCommon) -> CipherSuiteCommon {
    let hash = hash_family(common).map_or(common.hash_provider, |family| family.hash);
    CipherSuiteCommon {
        suite: common.suite,
        // Leaked once a process, as the suites.
        hash_provider: Box::leak(Box::new(WireHash(hash))),
        confidentiality_limit: common.confidentiality_limit,
    }
}

struct WatchedHkdf(&'static dyn Hkdf);

impl Hkdf for WatchedHkdf {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        // The master secret, of which the resumption master secret is derived.
        Box::new(WatchedExpander(self.0.extract_from_zero_ikm(salt)))
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        let inner = self.0.extract_from_secret(salt, secret);
        match salt {
            // The early secret, of a PSK.
            None => Box::new(WatchedExpander(inner)),
            Some(_) => inner,
        }
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        Box::new(WatchedExpander(self.0.expander_for_okm(okm)))
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> hmac::Tag {
        self.0.hmac_sign(key, message)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

/// The provider's own random bytes.
pub static RANDOM: Lazy<&'static dyn SecureRandom> = Lazy::new(|| aws_lc_rs::default_provider().secure_random);

/// Random bytes, but for session ids that are not random.
#[derive(Debug)]
pub struct SessionRandom;

impl SecureRandom for SessionRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), GetRandomFailed> {
        let id = if buf.len() == 32 { current::look(Connection::next_random).flatten() } else { None };
        match id {
            Some(id) => buf.copy_from_slice(&id),
            None => RANDOM.fill(buf)?,
        }
        current::look(|connection| connection.on_random(buf));
        Ok(())
    }
}

/// The PSK of a TLS 1.3 ticket (RFC 8446, 4.6.1), under the resumption master
/// secret of its connection.
pub fn ticket_psk(suite_id: u16, resumption_master: &[u8], nonce: &[u8]) -> Option<Secret> {
    let suite = suite(suite_id)?.tls13()?;
    if resumption_master.len() != suite.common.hash_provider.output_len() {
        return None;
    }
    let expander = suite.hkdf_provider.expander_for_okm(&OkmBlock::new(resumption_master));
    let mut psk = Secret::new(vec![0; expander.hash_len()]);
    let (len, nonce_len) = ((psk.len() as u16).to_be_bytes(), u8::try_from(nonce.len()).ok()?);
    const LABEL: &[u8] = b"tls13 resumption";
    expander.expand_slice(&[&len, &[LABEL.len() as u8], LABEL, &[nonce_len], nonce], &mut psk).ok()?;
    Some(psk)
}

struct WatchedExpander(Box<dyn HkdfExpander>);

fn has_early_data() -> bool {
    current::look(Connection::has_early_data).unwrap_or(false)
}

impl WatchedExpander {
    /// rustls derives no early exporter secret; it differs from the secret of
    /// early data by its label alone (RFC 8446, 7.1).
    fn report_early_exporter(&self, info: &[&[u8]]) {
        const EXPORTER: &[u8] = b"e exp master";
        let mut info = info.to_vec();
        let prefix = info[LABEL - 1];
        let len = [(prefix.len() + EXPORTER.len()) as u8];
        (info[LABEL - 2], info[LABEL]) = (&len, EXPORTER);
        let secret = self.0.expand_block(&info);
        current::with(|connection| connection.on_early_exporter(secret.as_ref()));
    }
}

/// Where HKDF-Expand-Label's label stands among the pieces of `info`.
const LABEL: usize = 3;

impl HkdfExpander for WatchedExpander {
    fn expand_slice(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        self.0.expand_slice(info, output)
    }

    fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
        let block = self.0.expand_block(info);
        match info.get(LABEL) {
            Some(&b"resumption") => {
                current::with(|connection| connection.on_ticket_psk(block.as_ref()));
            }
            Some(&b"c e traffic") if has_early_data() => self.report_early_exporter(info),
            Some(&b"res master") => {
                current::look(|connection| connection.on_resumption_master(block.as_ref()));
            }
            _ => {}
        }
        block
    }

    fn hash_len(&self) -> usize {
        self.0.hash_len()
    }
}

struct WatchedTls13Aead(&'static dyn Tls13AeadAlgorithm);

impl Tls13AeadAlgorithm for WatchedTls13Aead {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(WatchedEncrypter::new(Box::new(PaddingEncrypter(self.0.encrypter(key, iv)))))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        let decrypter = self.0.decrypter(key, iv);
        match current::look(|connection| connection.rewrites.reads()) {
            Some(true) if !mint::in_progress() => Box::new(SharedDecrypter::new(decrypter)),
            _ => Box::new(WatchedDecrypter(decrypter)),
        }
    }

    fn key_len(&self) -> usize {
        self.0.key_len()
    }

    fn extract_keys(&self, key: AeadKey, iv: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

struct WatchedTls12Aead(&'static dyn Tls12AeadAlgorithm);

impl Tls12AeadAlgorithm for WatchedTls12Aead {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(WatchedEncrypter::new(self.0.encrypter(key, iv, extra)))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(WatchedDecrypter(self.0.decrypter(key, iv)))
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        self.0.key_block_shape()
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.0.extract_keys(key, iv, explicit)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

/// A fatal alert that rustls wanted to send: what it is to say is known only once
/// rustls has answered with its error. Nothing is sent after it, so the encrypter
/// is taken along.
pub struct HeldAlert {
    encrypter: Box<dyn MessageEncrypter>,
    version: ProtocolVersion,
    seq: u64,
    /// The alert that rustls chose.
    pub description: u8,
}

/// The record that takes a held alert's place in rustls's output.
pub const HELD_RECORD: [u8; 5] = [21, 3, 3, 0, 0];

impl HeldAlert {
    /// The record of this alert.
    pub fn seal(mut self, description: u8) -> Option<Vec<u8>> {
        let payload = [2, description];
        let message = OutboundPlainMessage {
            typ: ContentType::Alert,
            version: self.version,
            payload: OutboundChunks::Single(&payload),
        };
        self.encrypter.encrypt(message, self.seq).ok().map(OutboundOpaqueMessage::encode)
    }
}

struct WatchedEncrypter {
    /// `None` once an alert is held.
    inner: Option<Box<dyn MessageEncrypter>>,
    /// How many more records were made than rustls knows of, modulo 2^64.
    more: u64,
}

impl WatchedEncrypter {
    fn new(inner: Box<dyn MessageEncrypter>) -> Self {
        Self { inner: Some(inner), more: 0 }
    }

    /// Encrypts handshake messages as they travel (`connection::reframe`).
    fn reframe(
        &mut self,
        connection: &Connection,
        payload: &[u8],
        version: ProtocolVersion,
        seq: u64,
    ) -> Result<OutboundOpaqueMessage, Error> {
        let outgoing = connection.reframed(payload);
        let messages = outgoing.messages.into_iter().map(|message| (ContentType::Handshake, message));
        let alert = outgoing.alert.map(|alert| (ContentType::Alert, vec![2, alert]));
        let encrypter = self.inner.as_mut().ok_or(Error::EncryptError)?;
        let mut records = Vec::new();
        // One is rustls's own.
        self.more = self.more.wrapping_sub(1);
        for (typ, plaintext) in messages.chain(alert) {
            self.more = self.more.wrapping_add(1);
            let payload = OutboundChunks::Single(&plaintext);
            let message = OutboundPlainMessage { typ, version, payload };
            let record = encrypter.encrypt(message, seq.wrapping_add(self.more))?;
            connection.on_sealed(typ.into(), &header(&record), Secret::new(plaintext));
            records.extend(record.encode());
        }
        connection.rewrites.push_sealed(records);
        let empty = PrefixedPayload::with_capacity(0);
        Ok(OutboundOpaqueMessage::new(ContentType::Handshake, ProtocolVersion::TLSv1_2, empty))
    }

    fn hold(&mut self, message: &OutboundPlainMessage<'_>, seq: u64) -> Option<OutboundOpaqueMessage> {
        if message.typ != ContentType::Alert {
            return None;
        }
        let &[2, description] = &message.payload.to_vec()[..] else { return None };
        let connection = current::connection()?;
        let (encrypter, version) = (self.inner.take()?, message.version);
        connection.tap.held_alert.replace(Some(HeldAlert { encrypter, version, seq, description }));
        let empty = PrefixedPayload::with_capacity(0);
        Some(OutboundOpaqueMessage::new(ContentType::Alert, ProtocolVersion::TLSv1_2, empty))
    }
}

impl MessageEncrypter for WatchedEncrypter {
    fn encrypt(&mut self, mut message: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let own_seq = seq.wrapping_add(self.more);
        if let Some(placeholder) = self.hold(&message, own_seq) {
            return Ok(placeholder);
        }
        if message.typ == ContentType::Handshake {
            let tls13 = message.version == ProtocolVersion::TLSv1_3;
            let reframes = |connection: &Connection| tls13 && connection.rewrites.writes();
            if let Some(connection) = current::connection_if(reframes) {
                return self.reframe(&connection, &message.payload.to_vec(), message.version, seq);
            }
        }
        let seq = own_seq;
        let encrypter = self.inner.as_mut().ok_or(Error::EncryptError)?;
        if message.typ == ContentType::ApplicationData {
            let other = super::content_type_override();
            if other.is_none() && !current::look(Connection::shows_messages).unwrap_or(false) {
                return encrypter.encrypt(message, seq);
            }
            message.typ = other.unwrap_or(message.typ);
            let (kind, mut payload) = (message.typ.into(), other.map(|_| message.payload.to_vec()));
            let record = encrypter.encrypt(message, seq)?;
            current::with(|connection| {
                connection.record_sealed(kind, &header(&record));
                if let Some(payload) = &mut payload {
                    connection.on_record(Direction::Out, kind, payload);
                }
            });
            return Ok(record);
        }
        let mut payload = Secret::new(message.payload.to_vec());
        current::look(|connection| connection.on_sealing(u8::from(message.typ), &mut payload));
        let message = OutboundPlainMessage {
            typ: message.typ,
            version: message.version,
            payload: OutboundChunks::Single(&payload),
        };
        let kind = message.typ.into();
        let record = encrypter.encrypt(message, seq)?;
        current::with(|connection| connection.on_sealed(kind, &header(&record), payload));
        Ok(record)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        self.inner.as_ref().map_or(payload_len, |encrypter| encrypter.encrypted_payload_len(payload_len))
    }
}

/// The header that a record will get.
fn header(record: &OutboundOpaqueMessage) -> [u8; 5] {
    let [major, minor] = u16::from(record.version).to_be_bytes();
    let [high, low] = (record.payload.as_ref().len() as u16).to_be_bytes();
    [record.typ.into(), major, minor, high, low]
}

/// Pads TLS 1.3 records where the application wants it.
struct PaddingEncrypter(Box<dyn MessageEncrypter>);

impl MessageEncrypter for PaddingEncrypter {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        if current::look(Connection::pads_nothing).unwrap_or(true) {
            return self.0.encrypt(message, seq);
        }
        let (kind, len) = (u8::from(message.typ), message.payload.len() + 1);
        let padding = current::with(|connection| connection.record_padding(kind, len)).unwrap_or(0);
        if padding == 0 {
            return self.0.encrypt(message, seq);
        }
        // The encrypter adds the content type, which the padding follows: here
        // the last zero stands for it.
        let mut payload = Secret::new(message.payload.to_vec());
        payload.push(kind);
        payload.resize(len + padding - 1, 0);
        let payload = OutboundChunks::Single(&payload);
        self.0.encrypt(OutboundPlainMessage { typ: ContentType::from(0), version: message.version, payload }, seq)
    }

    /// At most: the application is not asked yet.
    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        let most = current::look(Connection::most_padded).unwrap_or(0);
        self.0.encrypted_payload_len(payload_len.max(most.saturating_sub(1)))
    }
}

struct WatchedDecrypter(Box<dyn MessageDecrypter>);

impl MessageDecrypter for WatchedDecrypter {
    fn decrypt<'a>(&mut self, message: InboundOpaqueMessage<'a>, seq: u64) -> Result<InboundPlainMessage<'a>, Error> {
        look_at(self.0.decrypt(message, seq)?)
    }
}

/// Shows the current connection what was in an encrypted record.
#[inline]
pub fn look_at(plain: InboundPlainMessage<'_>) -> Result<InboundPlainMessage<'_>, Error> {
    if plain.payload.is_empty() && matches!(plain.typ, ContentType::Handshake | ContentType::Alert) {
        let tls13 = |connection: &Connection| connection.negotiated.borrow().version == 0x0304;
        if current::with(tls13) == Some(true) {
            let failure = (reason::BAD_LENGTH, alert::UNEXPECTED_MESSAGE);
            current::with(|connection| connection.failure.set(Some(failure)));
            return Err(rustls::InvalidMessage::InvalidEmptyPayload.into());
        }
    }
    let other = plain.typ != ContentType::Handshake;
    let len = plain.payload.len();
    let look = |c: &Connection| (other && c.refuses_interleaving() || !c.permits_fragment(len), c.shows_messages());
    let (interleaves, shown) = current::look(look).unwrap_or_default();
    if interleaves {
        // rustls would refuse it without an alert.
        return Err(Error::DecryptError);
    }
    if shown {
        current::with(|connection| connection.inner_type_seen(Direction::In, plain.typ.into()));
    }
    if plain.typ != ContentType::ApplicationData {
        current::look(|connection| connection.early_data.on_opened());
        let mut payload = plain.payload.to_vec();
        current::with(|connection| connection.on_record(Direction::In, u8::from(plain.typ), &mut payload));
    }
    Ok(plain)
}
