//! aws-lc-rs's cipher suites, with the key schedules of `hash`, and wrapped thinly so that what OpenSSL's API must
//! report can be seen: handshake messages and alerts in the clear, and the
//! pre-shared key of a TLS 1.3 ticket.

use std::ops::Range;
use std::sync::Arc;

use crate::secret::{Secret, wiped};
use once_cell::sync::Lazy;
use rustls::crypto::aws_lc_rs::{self, kx_group};
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter,
    NONCE_LEN, OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm, Tls13AeadAlgorithm,
    UnsupportedOperationError,
};
use rustls::crypto::tls12::Prf;
use rustls::crypto::tls13::{Hkdf, HkdfExpander, OkmBlock, OutputLengthError};
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SecureRandom, SupportedKxGroup, hmac};
use rustls::{
    CipherSuiteCommon, ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, SignatureScheme,
    SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite,
};

use super::SentAs;
use super::deep::DeepGroup;
use super::kx_p521::SECP521R1;
use super::opener::SharedDecrypter;
use super::record::{self, Forged, OpeningKey, Protection, SealingKey};
use super::stand_in::{Role, StandIn};
use super::transcript::WireHash;
use super::{current, hash, mint};
use crate::connection::Connection;
use crate::connection::data::INTERLUDE;
use crate::connection::messages::{Direction, Late};
use crate::reason::{self, alert};

static SUITES: Lazy<Vec<SupportedCipherSuite>> =
    Lazy::new(|| aws_lc_rs::ALL_CIPHER_SUITES.iter().copied().map(wrap).collect());

/// The wrapped suite of this code point.
pub fn suite(code_point: u16) -> Option<SupportedCipherSuite> {
    SUITES.iter().copied().find(|suite| u16::from(suite.suite()) == code_point)
}

static X25519MLKEM768: DeepGroup = DeepGroup(kx_group::X25519MLKEM768);

/// The group of this code point, where the provider has it.
pub fn group(code_point: u16) -> Option<&'static dyn SupportedKxGroup> {
    [&X25519MLKEM768, kx_group::X25519, kx_group::SECP256R1, kx_group::SECP384R1, SECP521R1]
        .into_iter()
        .find(|group| u16::from(group.name()) == code_point)
}

fn wrap(suite: SupportedCipherSuite) -> SupportedCipherSuite {
    // Leaked once a process: rustls wants suites to live for ever.
    match suite {
        SupportedCipherSuite::Tls13(inner) => SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
            common: copy_common(&inner.common, inner.common.confidentiality_limit),
            hkdf_provider: match hash_family(&inner.common) {
                Some(family) => Box::leak(Box::new(WatchedHkdf(family))),
                None => inner.hkdf_provider,
            },
            aead_alg: Box::leak(Box::new(WatchedTls13Aead(
                inner.aead_alg,
                protection(&inner.common, inner.common.confidentiality_limit),
            ))),
            quic: None,
        }))),
        SupportedCipherSuite::Tls12(inner) => SupportedCipherSuite::Tls12(Box::leak(Box::new(Tls12CipherSuite {
            common: copy_common(&inner.common, UNLIMITED),
            prf_provider: Box::leak(Box::new(WatchedPrf {
                inner: hash_family(&inner.common).map_or(inner.prf_provider, |family| family.prf),
                key_len: inner.aead_alg.key_block_shape().enc_key_len,
            })),
            kx: inner.kx,
            sign: with_libcrypto(inner.sign),
            aead_alg: Box::leak(Box::new(WatchedTls12Aead(inner.aead_alg, protection(&inner.common, UNLIMITED)))),
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

fn copy_common(common: &CipherSuiteCommon, confidentiality_limit: u64) -> CipherSuiteCommon {
    let hash = hash_family(common).map_or(common.hash_provider, |family| family.hash);
    CipherSuiteCommon {
        suite: common.suite,
        // Leaked once a process, as the suites.
        hash_provider: Box::leak(Box::new(WireHash(hash))),
        confidentiality_limit,
    }
}

/// TLS 1.2 has no other keys to go on with, so that rustls would end a connection after 2^24
/// records, long or short: within hours, where a program sends many small ones. OpenSSL never
/// does; as in its connections, there are numbers for 2^64 records.
const UNLIMITED: u64 = u64::MAX;

fn protection(common: &CipherSuiteCommon, limit: u64) -> Protection {
    Protection::of(common.suite, limit)
}

/// Whether rustls is at work for a connection, whose secrets it is not to have.
fn hides() -> bool {
    !mint::in_progress() && current::with(|_| ()).is_some()
}

/// Keeps `secret` with the connection; what stands for it, in `len` bytes.
fn hide(role: Role, secret: &[u8], len: usize) -> StandIn {
    current::with(|connection| connection.hidden.put(role, secret));
    StandIn::new(role, len)
}

/// The secret that `bytes` stand for, or `bytes` themselves, for `work`, which leaves none of it.
fn behind<R>(bytes: &[u8], mut work: impl FnMut(&[u8]) -> R) -> R {
    wiped(|| current::with(|connection| connection.hidden.behind(bytes, &mut work)).unwrap_or_else(|| work(bytes)))
}

struct WatchedHkdf(hash::Family);

impl Hkdf for WatchedHkdf {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        // The master secret, of which the resumption master secret is derived.
        WatchedExpander::boxed(self.0.hkdf.extract_from_zero_ikm(salt), None)
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        // The early secret, of a PSK; or the handshake secret, of what was agreed upon.
        WatchedExpander::boxed(behind(secret, |secret| self.0.hkdf.extract_from_secret(salt, secret)), None)
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        let expander = behind(okm.as_ref(), self.0.expander);
        WatchedExpander::boxed(expander, Role::of(okm.as_ref()))
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> hmac::Tag {
        wiped(|| self.0.hkdf.hmac_sign(key, message))
    }
}

/// The provider's own random bytes.
pub static RANDOM: Lazy<&'static dyn SecureRandom> = Lazy::new(|| aws_lc_rs::default_provider().secure_random);

/// Random bytes, but for session ids that are not random.
#[derive(Debug)]
pub struct SessionRandom;

impl SecureRandom for SessionRandom {
    fn fill(&self, buf: &mut [u8]) -> Result<(), GetRandomFailed> {
        let id = if buf.len() == 32 { current::with(Connection::next_random).flatten() } else { None };
        match id {
            Some(id) => buf.copy_from_slice(&id),
            None => RANDOM.fill(buf)?,
        }
        current::with(|connection| connection.on_random(buf));
        Ok(())
    }
}

/// The PSK of a TLS 1.3 ticket (RFC 8446, 4.6.1), under the resumption master
/// secret of its connection.
pub fn ticket_psk(suite_id: u16, resumption_master: &Secret, nonce: &[u8]) -> Option<Secret> {
    let suite = suite(suite_id)?.tls13()?;
    if resumption_master.len() != suite.common.hash_provider.output_len() {
        return None;
    }
    let expander = suite.hkdf_provider.expander_for_okm(&OkmBlock::new(resumption_master));
    let mut psk = Secret::zeroed(expander.hash_len());
    let (len, nonce_len) = ((psk.len() as u16).to_be_bytes(), u8::try_from(nonce.len()).ok()?);
    const LABEL: &[u8] = b"tls13 resumption";
    expander.expand_slice(&[&len, &[LABEL.len() as u8], LABEL, &[nonce_len], nonce], &mut psk).ok()?;
    Some(psk)
}

struct WatchedExpander {
    inner: Box<dyn HkdfExpander>,
    /// The role of the secret that it expands, if rustls has what stands for one.
    role: Option<Role>,
}

fn has_early_data() -> bool {
    current::with(Connection::has_early_data).unwrap_or(false)
}

impl WatchedExpander {
    fn boxed(inner: Box<dyn HkdfExpander>, role: Option<Role>) -> Box<dyn HkdfExpander> {
        Box::new(Self { inner, role })
    }

    /// rustls derives no early exporter secret; it differs from the secret of
    /// early data by its label alone (RFC 8446, 7.1).
    fn report_early_exporter(&self, info: &[&[u8]]) {
        const EXPORTER: &[u8] = b"e exp master";
        let mut info = info.to_vec();
        let prefix = info[LABEL - 1];
        let len = [(prefix.len() + EXPORTER.len()) as u8];
        (info[LABEL - 2], info[LABEL]) = (&len, EXPORTER);
        let secret = Secret::copy_of(self.inner.expand_block(&info).as_ref());
        current::with(|connection| connection.on_early_exporter(secret));
    }
}

/// Where HKDF-Expand-Label's label stands among the pieces of `info`.
const LABEL: usize = 3;

impl HkdfExpander for WatchedExpander {
    fn expand_slice(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        wiped(|| self.inner.expand_slice(info, output))
    }

    fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
        if info.get(LABEL) == Some(&&b"res binder"[..])
            && current::with(|connection| connection.external_psk.binds()).unwrap_or(false)
        {
            // rustls knows the binders of tickets alone.
            let mut info = info.to_vec();
            info[LABEL] = b"ext binder";
            return self.inner.expand_block(&info);
        }
        let block = wiped(|| self.inner.expand_block(info));
        if !hides() {
            return block;
        }
        let label = info.get(LABEL).copied().unwrap_or_default();
        let role = match label {
            b"resumption" => {
                current::with(|connection| connection.on_ticket_psk(Secret::copy_of(block.as_ref())));
                // The session is not made of what rustls stores.
                return OkmBlock::new(&StandIn::psk());
            }
            b"traffic upd" => self.role,
            _ => Role::of_label(label),
        };
        if role == Some(Role::ClientEarly) && has_early_data() {
            self.report_early_exporter(info);
        }
        role.map_or_else(|| block.clone(), |role| OkmBlock::new(&hide(role, block.as_ref(), self.hash_len())))
    }

    fn hash_len(&self) -> usize {
        self.inner.hash_len()
    }
}

/// The key derivation of TLS 1.2, by suites whose keys are so long.
struct WatchedPrf {
    inner: &'static dyn Prf,
    key_len: usize,
}

impl Prf for WatchedPrf {
    fn for_key_exchange(
        &self,
        output: &mut [u8; 48],
        kx: Box<dyn ActiveKeyExchange>,
        peer_pub_key: &[u8],
        label: &[u8],
        seed: &[u8],
    ) -> Result<(), Error> {
        wiped(|| self.inner.for_key_exchange(output, kx, peer_pub_key, label, seed))?;
        if hides() {
            let stand_in = hide(Role::Master, output, output.len());
            output.copy_from_slice(&stand_in);
        }
        Ok(())
    }

    fn for_secret(&self, output: &mut [u8], secret: &[u8], label: &[u8], seed: &[u8]) {
        behind(secret, |secret| self.inner.for_secret(output, secret, label, seed));
        if label == b"key expansion" && hides() {
            let keys = output.chunks_exact_mut(self.key_len);
            for (role, key) in [Role::ClientKey, Role::ServerKey].into_iter().zip(keys) {
                let stand_in = hide(role, key, key.len());
                key.copy_from_slice(&stand_in);
            }
        }
    }

    fn fips(&self) -> bool {
        self.inner.fips()
    }
}

struct WatchedTls13Aead(&'static dyn Tls13AeadAlgorithm, Protection);

impl Tls13AeadAlgorithm for WatchedTls13Aead {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        wiped(|| WatchedEncrypter::boxed(SealingKey::new(&self.1, key.as_ref(), iv)))
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        let shared = !mint::in_progress() && current::with(|connection| connection.rewrites.reads()) == Some(true);
        if shared {
            current::with(|connection| connection.data_keys.forget_opening());
        }
        wiped(|| match OpeningKey::new(&self.1, key.as_ref(), iv) {
            key if shared => Box::new(SharedDecrypter::new(key)),
            key => WatchedDecrypter::boxed(key),
        })
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

struct WatchedTls12Aead(&'static dyn Tls12AeadAlgorithm, Protection);

/// The fixed part of a TLS 1.2 nonce with what comes behind it.
fn tls12_iv(fixed: &[u8], more: &[u8]) -> Iv {
    let mut iv = [0; NONCE_LEN];
    let bytes = fixed.iter().chain(more);
    iv.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    Iv::new(iv)
}

impl Tls12AeadAlgorithm for WatchedTls12Aead {
    fn encrypter(&self, key: AeadKey, iv: &[u8], extra: &[u8]) -> Box<dyn MessageEncrypter> {
        behind(key.as_ref(), |key| WatchedEncrypter::boxed(SealingKey::new(&self.1, key, tls12_iv(iv, extra))))
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        behind(key.as_ref(), |key| WatchedDecrypter::boxed(OpeningKey::new(&self.1, key, tls12_iv(iv, &[]))))
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
    key: Arc<SealingKey>,
    /// The alert that rustls chose.
    pub description: u8,
}

/// The record that takes a held alert's place in rustls's output.
pub const HELD_RECORD: [u8; 5] = [21, 3, 3, 0, 0];

impl HeldAlert {
    /// The record of this alert.
    pub fn seal(self, description: u8) -> Option<Vec<u8>> {
        let payload = [2, description];
        let mut record = vec![0; record::HEADER + self.key.sealed_len(payload.len())];
        let (header, body) = record.split_at_mut(record::HEADER);
        header.copy_from_slice(&self.key.seal(ContentType::Alert.into(), &payload, body)?);
        Some(record)
    }
}

/// `None` once an alert is held.
struct WatchedEncrypter(Option<Arc<SealingKey>>);

impl WatchedEncrypter {
    fn boxed(key: SealingKey) -> Box<dyn MessageEncrypter> {
        current::with(|connection| connection.data_keys.forget_sealing());
        Box::new(Self(Some(Arc::new(key))))
    }

    fn hold(&mut self, message: &OutboundPlainMessage<'_>) -> Option<OutboundOpaqueMessage> {
        if message.typ != ContentType::Alert {
            return None;
        }
        let &[2, description] = &message.payload.to_vec()[..] else { return None };
        let connection = current::connection()?;
        let key = self.0.take()?;
        connection.tap.held_alert.replace(Some(HeldAlert { key, description }));
        let empty = PrefixedPayload::with_capacity(0);
        Some(OutboundOpaqueMessage::new(ContentType::Alert, ProtocolVersion::TLSv1_2, empty))
    }

    /// The record of `payload`, padded in TLS 1.3 where the application wants it.
    fn seal(key: &SealingKey, kind: ContentType, payload: &[u8]) -> Result<OutboundOpaqueMessage, Error> {
        let content_type = u8::from(kind);
        let padding = match key.is_tls13() && !current::with(Connection::pads_nothing).unwrap_or(true) {
            true => current::with(|connection| connection.record_padding(content_type, payload.len() + 1)),
            false => None,
        };
        match padding.unwrap_or(0) {
            0 => Self::seal_as(key, content_type, payload),
            padding => {
                // The content type is put behind the content, and what follows it is
                // padding: here the last zero stands for it.
                let mut padded = Secret::with_capacity(payload.len() + padding);
                padded.extend_from_slice(payload);
                padded.push(content_type);
                padded.resize(payload.len() + padding, 0);
                Self::seal_as(key, 0, &padded)
            }
        }
    }

    /// Encrypts handshake messages as they travel (`connection::reframe`): the key counts the
    /// records, of which rustls knows one.
    fn reframe(key: &SealingKey, connection: &Connection, payload: &[u8]) -> Result<OutboundOpaqueMessage, Error> {
        let outgoing = connection.reframed(payload);
        let messages = outgoing.messages.into_iter().map(|message| (ContentType::Handshake, message));
        let alert = outgoing.alert.map(|alert| (ContentType::Alert, vec![2, alert]));
        let mut records = Vec::new();
        for (kind, plaintext) in messages.chain(alert) {
            let record = Self::seal(key, kind, &plaintext)?;
            connection.on_sealed(kind.into(), &header(&record), Secret::of_whole(plaintext));
            records.extend(record.encode());
        }
        connection.rewrites.push_sealed(records);
        let empty = PrefixedPayload::with_capacity(0);
        Ok(OutboundOpaqueMessage::new(ContentType::Handshake, ProtocolVersion::TLSv1_2, empty))
    }

    fn seal_as(key: &SealingKey, content_type: u8, content: &[u8]) -> Result<OutboundOpaqueMessage, Error> {
        let mut body = vec![0; key.sealed_len(content.len())];
        let header = key.seal(content_type, content, &mut body).ok_or(Error::EncryptError)?;
        let body = PrefixedPayload::from(&body[..]);
        Ok(OutboundOpaqueMessage::new(ContentType::from(header[0]), ProtocolVersion::TLSv1_2, body))
    }
}

impl MessageEncrypter for WatchedEncrypter {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, _: u64) -> Result<OutboundOpaqueMessage, Error> {
        if let Some(placeholder) = self.hold(&message) {
            return Ok(placeholder);
        }
        let key = self.0.as_ref().ok_or(Error::EncryptError)?;
        let mut payload = Secret::of_whole(message.payload.to_vec());
        if message.typ == ContentType::ApplicationData {
            let other = current::sent_as().map(content_type);
            if other.is_none() && !current::with(Connection::shows_messages).unwrap_or(false) {
                current::with(|connection| connection.learn_sealing_key(key));
                return Self::seal(key, message.typ, &payload);
            }
            let kind = other.unwrap_or(message.typ);
            let record = Self::seal(key, kind, &payload)?;
            current::with(|connection| {
                connection.record_sealed(kind.into(), &header(&record));
                if other.is_some() {
                    connection.on_record(Direction::Out, kind.into(), &mut payload);
                }
            });
            return Ok(record);
        }
        if message.typ == ContentType::Handshake && key.is_tls13() {
            if let Some(connection) = current::connection_if(|connection| connection.rewrites.writes()) {
                return Self::reframe(key, &connection, &payload);
            }
        }
        let kind = message.typ.into();
        current::with(|connection| connection.on_sealing(kind, &mut payload));
        let record = Self::seal(key, message.typ, &payload)?;
        current::with(|connection| connection.on_sealed(kind, &header(&record), payload));
        Ok(record)
    }

    /// At most: the application is not asked yet how much padding it wants.
    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        let Some(key) = &self.0 else { return payload_len };
        let most = match key.is_tls13() {
            true => current::with(Connection::most_padded).unwrap_or(0),
            false => 0,
        };
        key.sealed_len(payload_len.max(most.saturating_sub(1)))
    }
}

fn content_type(sent_as: SentAs) -> ContentType {
    match sent_as {
        SentAs::Alert => ContentType::Alert,
        SentAs::Handshake => ContentType::Handshake,
    }
}

/// The header that a record will get.
fn header(record: &OutboundOpaqueMessage) -> [u8; 5] {
    let [major, minor] = u16::from(record.version).to_be_bytes();
    let [high, low] = (record.payload.as_ref().len() as u16).to_be_bytes();
    [record.typ.into(), major, minor, high, low]
}

struct WatchedDecrypter(Arc<OpeningKey>);

impl WatchedDecrypter {
    fn boxed(key: OpeningKey) -> Box<dyn MessageDecrypter> {
        let key = Arc::new(key);
        if !mint::in_progress() {
            current::with(|connection| connection.data_keys.expect_key(&key));
        }
        Box::new(Self(key))
    }

    /// Opens `message`, unless the connection has done it with this very key.
    fn open<'a>(&self, message: InboundOpaqueMessage<'a>) -> Result<InboundPlainMessage<'a>, Error> {
        let ahead = current::with(|connection| connection.data_keys.take_opened()).flatten();
        let opened = ahead.and_then(|ahead| ahead.of(&self.0, message.payload.len()));
        open(&self.0, message, opened)
    }
}

/// Opens `message` with `key`, unless that is done.
pub fn open<'a>(
    key: &OpeningKey,
    mut message: InboundOpaqueMessage<'a>,
    opened: Option<Result<Range<usize>, Forged>>,
) -> Result<InboundPlainMessage<'a>, Error> {
    let version = u16::from(message.version).to_be_bytes();
    let opened = opened.unwrap_or_else(|| key.open(message.typ.into(), version, &mut message.payload));
    let range = opened.map_err(|_| forged())?;
    if key.is_tls13() {
        if message.payload[range.clone()].iter().rev().all(|&byte| byte == 0) {
            return Err(refused(reason::BAD_RECORD_TYPE, alert::UNEXPECTED_MESSAGE));
        }
        message.payload.truncate(range.end);
        return message.into_tls13_unpadded_message();
    }
    if range.len() > record::MAX_CONTENT {
        return Err(Error::PeerSentOversizedRecord);
    }
    Ok(message.into_plain_message_range(range))
}

/// A record is refused for a reason of OpenSSL's. rustls is told of the one error for which
/// it always sends an alert.
fn refused(reason: libc::c_int, alert: u8) -> Error {
    current::with(|connection| connection.failure.set(Some((reason, alert))));
    Error::PeerSentOversizedRecord
}

/// A record could not be opened. Between the parts of a message it is none of rejected early
/// data, for which rustls would take it.
fn forged() -> Error {
    let inside = current::with(|connection| connection.tap.has_partial_message()).unwrap_or(false);
    match inside {
        true => refused(reason::DECRYPTION_FAILED_OR_BAD_RECORD_MAC, alert::BAD_RECORD_MAC),
        false => Error::DecryptError,
    }
}

/// Whether this is no record of the peer's (`connection::data`).
pub fn is_interlude(message: &InboundOpaqueMessage<'_>) -> bool {
    message.payload.len() == INTERLUDE.len() - record::HEADER
        && current::with(|connection| connection.data_keys.takes_interlude()).unwrap_or(false)
}

impl MessageDecrypter for WatchedDecrypter {
    fn decrypt<'a>(&mut self, message: InboundOpaqueMessage<'a>, _: u64) -> Result<InboundPlainMessage<'a>, Error> {
        if is_interlude(&message) {
            return Ok(message.into_plain_message_range(0..0));
        }
        let plain = look_at(self.open(message)?)?;
        if plain.typ == ContentType::ApplicationData && !plain.payload.is_empty() {
            current::with(|connection| connection.learn_opening_key(&self.0));
        }
        Ok(plain)
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
    if other && !matches!(plain.typ, ContentType::Alert | ContentType::ApplicationData) {
        let tls13 = |connection: &Connection| connection.negotiated.borrow().version == 0x0304;
        if current::with(tls13) == Some(true) {
            return Err(refused(reason::BAD_RECORD_TYPE, alert::UNEXPECTED_MESSAGE));
        }
    }
    let len = plain.payload.len();
    let look = |c: &Connection| (other && c.refuses_interleaving() || !c.permits_fragment(len), c.shows_messages());
    let (interleaves, shown) = current::with(look).unwrap_or_default();
    if interleaves {
        // rustls would refuse it without an alert.
        return Err(Error::DecryptError);
    }
    if shown {
        current::with(|connection| connection.inner_type_seen(Direction::In, plain.typ.into()));
    }
    if plain.typ != ContentType::ApplicationData {
        current::with(|connection| connection.early_data.on_opened());
        let mut payload = plain.payload.to_vec();
        current::with(|connection| connection.on_record(Direction::In, u8::from(plain.typ), &mut payload));
        let refused = current::with(|connection| connection.failure.get().is_some()).unwrap_or_default();
        if refused && plain.typ == ContentType::Handshake {
            // rustls is not to go on with what comes behind it.
            return Err(Error::DecryptError);
        }
        match current::with(|connection| connection.notes_late(u8::from(plain.typ), &payload)) {
            Some(Late::PassedOver) => {
                // Of no bytes, but rustls asks where in its input they stand.
                let (typ, payload) = (ContentType::ApplicationData, &plain.payload[..0]);
                return Ok(InboundPlainMessage { typ, payload, ..plain });
            }
            Some(Late::Refused) => return Err(Error::DecryptError),
            Some(Late::OfRustls) | None => {}
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_limited_where_others_can_follow() {
        for suite in SUITES.iter() {
            match suite {
                SupportedCipherSuite::Tls13(suite) if suite.common.suite != CHACHA20 => {
                    assert_eq!(suite.common.confidentiality_limit, 1 << 24);
                }
                SupportedCipherSuite::Tls13(suite) => assert_eq!(suite.common.confidentiality_limit, UNLIMITED),
                SupportedCipherSuite::Tls12(suite) => assert_eq!(suite.common.confidentiality_limit, UNLIMITED),
            }
        }
    }

    const CHACHA20: rustls::CipherSuite = rustls::CipherSuite::TLS13_CHACHA20_POLY1305_SHA256;
}
