//! rustls client sessions, made from plain data.
//!
//! rustls 0.23 can neither encode nor decode its client sessions, so each is
//! made by letting rustls make it: a client under the process's own verifier
//! and certificate resolver (it resumes only under the same objects) takes part
//! in a handshake in memory, whose key derivation answers with what stands for
//! the session's secret.
//!
//! - TLS 1.3: one handshake for each suite, kept; then each session is a
//!   NewSessionTicket message that this connection is given.
//! - TLS 1.2: one client handshake for each session. Its server is a few bytes
//!   written here and its suite encrypts nothing, so it costs little.

use std::cell::Cell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use once_cell::sync::Lazy;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{
    ClientConnectionData, ClientSessionStore, ResolvesClientCert, Resumption, Tls12ClientSessionValue,
    Tls13ClientSessionValue, UnbufferedClientConnection,
};
use rustls::crypto::aws_lc_rs;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm, Tls13AeadAlgorithm,
    UnsupportedOperationError,
};
use rustls::crypto::tls12::Prf;
use rustls::crypto::tls13::{Hkdf, HkdfExpander, OkmBlock, OutputLengthError};
use rustls::crypto::{ActiveKeyExchange, CryptoProvider, SharedSecret, SupportedKxGroup, hmac};
use rustls::kernel::KernelConnection;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, UnbufferedServerConnection};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::time_provider::TimeProvider;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{
    CipherSuiteCommon, ClientConfig, ConnectionTrafficSecrets, Error, NamedGroup, ServerConfig, SignatureAlgorithm,
    SignatureScheme, SupportedCipherSuite, Tls12CipherSuite, Tls13CipherSuite, version,
};

use super::lasting::Lasting;
use super::provider;
use super::stand_in::StandIn;
use crate::ffi::second_stack;
use crate::sync::Mutex;

/// A TLS 1.3 session.
#[derive(Clone, Copy)]
pub struct Tls13Session<'a> {
    /// The cipher suite's code point.
    pub suite: u16,
    /// What stands for the ticket's PSK.
    pub psk: StandIn,
    /// The ticket.
    pub ticket: &'a [u8],
    /// For how many seconds the server accepts the ticket.
    pub lifetime: u32,
    /// What is added to the ticket's age on the wire.
    pub age_add: u32,
    /// How many bytes of early data the server accepts.
    pub max_early_data: u32,
    /// When the ticket was received, in seconds since 1970.
    pub time: u64,
}

/// A TLS 1.2 session.
#[derive(Clone, Copy)]
pub struct Tls12Session<'a> {
    /// The cipher suite's code point.
    pub suite: u16,
    /// What stands for the master secret.
    pub master_secret: StandIn,
    /// The session id; not used when there is a ticket.
    pub id: &'a [u8],
    /// The ticket, empty for none.
    pub ticket: &'a [u8],
    /// Whether the master secret is an extended one.
    pub extended_master_secret: bool,
}

/// rustls's form of a TLS 1.3 session; `None` for one that it cannot use.
pub fn tls13(
    verifier: &Arc<dyn ServerCertVerifier>,
    resolver: &Arc<dyn ResolvesClientCert>,
    session: &Tls13Session<'_>,
) -> Option<Tls13ClientSessionValue> {
    let message = new_session_ticket(session.lifetime, session.age_add, &[], session.ticket, session.max_early_data)?;
    let mut connections = TLS13_CONNECTIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let connection = match connections.get_mut(&session.suite) {
        Some(known) if known.is_for(verifier, resolver) => known,
        _ => {
            let new = second_stack::run(|| Tls13Connection::new(verifier, resolver, session.suite))??;
            connections.entry(session.suite).insert_entry(new).into_mut()
        }
    };
    let _minting = Minting::begin(session.psk, session.time);
    connection.kernel.handle_new_session_ticket(&message).ok()?;
    MINTED_TLS13.with(Lasting::take)
}

/// rustls's form of a TLS 1.2 session; `None` for one that it cannot use.
pub fn tls12(
    verifier: &Arc<dyn ServerCertVerifier>,
    resolver: &Arc<dyn ResolvesClientCert>,
    session: &Tls12Session<'_>,
) -> Option<Tls12ClientSessionValue> {
    let mut flight = server_flight(session)?;
    let config = tls12_config(verifier, resolver, session.suite)?;
    second_stack::run(|| {
        let _minting = Minting::begin(session.master_secret, 0);
        let mut client = UnbufferedClientConnection::new(config, server_name()).ok()?;
        let mut sent = Vec::new();
        drive!(client, flight, sent).ok()?;
        MINTED_TLS12.with(Lasting::take)
    })?
}

/// rustls's form of a TLS 1.2 session, kept for the next offer: such a session
/// may be resumed many times.
#[derive(Default)]
pub struct Tls12Kept(Mutex<Option<Box<Kept>>>);

struct Kept {
    suite: u16,
    id: Vec<u8>,
    ticket: Vec<u8>,
    extended_master_secret: bool,
    value: Tls12ClientSessionValue,
}

impl Kept {
    fn is_of(&self, session: &Tls12Session<'_>) -> bool {
        self.suite == session.suite
            && self.id == session.id
            && self.ticket == session.ticket
            && self.extended_master_secret == session.extended_master_secret
    }
}

impl Tls12Kept {
    /// As [`tls12`]; `verifier` and `resolver` are the same each time.
    pub fn get(
        &self,
        verifier: &Arc<dyn ServerCertVerifier>,
        resolver: &Arc<dyn ResolvesClientCert>,
        session: &Tls12Session<'_>,
    ) -> Option<Tls12ClientSessionValue> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_of(session)) {
            return Some(kept.value.clone());
        }
        let value = tls12(verifier, resolver, session)?;
        *kept = Some(Box::new(Kept {
            suite: session.suite,
            id: session.id.to_vec(),
            ticket: session.ticket.to_vec(),
            extended_master_secret: session.extended_master_secret,
            value: value.clone(),
        }));
        Some(value)
    }
}

/// Whether rustls is at work for this module on this thread: its verifier must
/// then accept any certificate and signature, and no connection is current. Not inlined: after a
/// call into C this may be another thread, whose variable has another address, which the compiler
/// does not expect.
#[inline(never)]
pub fn in_progress() -> bool {
    SECRET.with(Lasting::is_some)
}

thread_local! {
    static SECRET: Lasting<StandIn> = const { Lasting::empty() };
    static TIME: Cell<u64> = const { Cell::new(0) };
    static MINTED_TLS13: Lasting<Tls13ClientSessionValue> = const { Lasting::empty() };
    static MINTED_TLS12: Lasting<Tls12ClientSessionValue> = const { Lasting::empty() };
}

/// While it lives, key derivation on this thread answers with what stands for a secret.
/// No code of the program's runs meanwhile, which could use rustls too.
struct Minting {
    #[cfg(debug_assertions)]
    _held: crate::cell::Held,
}

impl Minting {
    fn begin(secret: StandIn, time: u64) -> Self {
        SECRET.with(|kept| kept.replace(Some(secret)));
        TIME.set(time);
        Self {
            #[cfg(debug_assertions)]
            _held: crate::cell::Held::begin(),
        }
    }
}

impl Drop for Minting {
    fn drop(&mut self) {
        SECRET.with(Lasting::take);
    }
}

/// Not inlined, as [`in_progress`].
#[inline(never)]
fn secret() -> Option<StandIn> {
    SECRET.with(Lasting::get)
}

fn server_name() -> ServerName<'static> {
    ServerName::try_from("mint.invalid").expect("a valid name")
}

/// Lets `$connection` take all it can from `$input`; what it sends goes to
/// `$output`. `Ok(true)` when its handshake is finished.
macro_rules! drive {
    ($connection:expr, $input:expr, $output:expr) => {
        loop {
            let UnbufferedStatus { discard, state, .. } = $connection.process_tls_records(&mut $input);
            let finished = match state {
                Ok(ConnectionState::EncodeTlsData(mut record)) => {
                    let start = $output.len();
                    $output.resize(start + MAX_RECORD, 0);
                    let len = record.encode(&mut $output[start..]).unwrap_or(0);
                    $output.truncate(start + len);
                    None
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => {
                    transmit.done();
                    None
                }
                Ok(ConnectionState::WriteTraffic(_)) => Some(Ok(true)),
                Ok(ConnectionState::BlockedHandshake) => Some(Ok(false)),
                Ok(_) => Some(Err(Error::HandshakeNotComplete)),
                Err(error) => Some(Err(error)),
            };
            $input.drain(..discard);
            if let Some(finished) = finished {
                break finished;
            }
        }
    };
}
use drive;

const MAX_RECORD: usize = 16384 + 256;

// --- TLS 1.3 ---

static TLS13_CONNECTIONS: Lazy<Mutex<HashMap<u16, Tls13Connection>>> = Lazy::new(Mutex::default);

/// A client connection that makes a session of each NewSessionTicket.
struct Tls13Connection {
    verifier: Arc<dyn ServerCertVerifier>,
    resolver: Arc<dyn ResolvesClientCert>,
    kernel: KernelConnection<ClientConnectionData>,
}

impl Tls13Connection {
    fn is_for(&self, verifier: &Arc<dyn ServerCertVerifier>, resolver: &Arc<dyn ResolvesClientCert>) -> bool {
        Arc::ptr_eq(&self.verifier, verifier) && Arc::ptr_eq(&self.resolver, resolver)
    }

    fn new(verifier: &Arc<dyn ServerCertVerifier>, resolver: &Arc<dyn ResolvesClientCert>, suite: u16) -> Option<Self> {
        let provider = Arc::new(CryptoProvider {
            cipher_suites: vec![tls13_suite(suite)?.into()],
            kx_groups: vec![&NoKeyExchange],
            ..aws_lc_rs::default_provider()
        });
        let mut client = ClientConfig::builder_with_details(provider.clone(), Arc::new(StoredTime))
            .with_protocol_versions(&[&version::TLS13])
            .ok()?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_client_cert_resolver(resolver.clone());
        client.resumption = Resumption::store(Arc::new(Mint));
        client.enable_secret_extraction = true;
        let mut server = ServerConfig::builder_with_details(provider, Arc::new(StoredTime))
            .with_protocol_versions(&[&version::TLS13])
            .ok()?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(NoCertificate));
        server.send_tls13_tickets = 0;
        server.session_storage = Arc::new(NoServerSessionStorage {});

        let _minting = Minting::begin(StandIn::default(), 0);
        let mut client = UnbufferedClientConnection::new(Arc::new(client), server_name()).ok()?;
        let mut server = UnbufferedServerConnection::new(Arc::new(server)).ok()?;
        let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
        // The ClientHello; the server's flight; both Finished.
        drive!(client, to_client, to_server).ok()?;
        drive!(server, to_server, to_client).ok()?;
        if !drive!(client, to_client, to_server).ok()? {
            return None;
        }
        let (_, kernel) = client.dangerous_into_kernel_connection().ok()?;
        Some(Self { verifier: verifier.clone(), resolver: resolver.clone(), kernel })
    }
}

/// The content of a NewSessionTicket message (RFC 8446, 4.6.1); without a nonce
/// when the PSK is derived already.
pub fn new_session_ticket(
    lifetime: u32,
    age_add: u32,
    nonce: &[u8],
    ticket: &[u8],
    max_early_data: u32,
) -> Option<Vec<u8>> {
    let ticket_len = u16::try_from(ticket.len()).ok().filter(|&len| len > 0)?;
    let mut out = Vec::with_capacity(ticket.len() + nonce.len() + 24);
    out.extend(lifetime.to_be_bytes());
    out.extend(age_add.to_be_bytes());
    out.push(u8::try_from(nonce.len()).ok()?);
    out.extend_from_slice(nonce);
    out.extend(ticket_len.to_be_bytes());
    out.extend_from_slice(ticket);
    match max_early_data {
        0 => out.extend([0, 0]),
        most => {
            out.extend([0, 8, 0, 42, 0, 4]);
            out.extend(most.to_be_bytes());
        }
    }
    Some(out)
}

static TLS13_SUITES: Lazy<Vec<&'static Tls13CipherSuite>> = Lazy::new(|| {
    let all = aws_lc_rs::ALL_CIPHER_SUITES.iter().filter_map(SupportedCipherSuite::tls13);
    all.filter_map(|plain| {
        // A resumed connection derives its keys by the suite of its session:
        // it must be the one that the process's connections use.
        let watched = provider::suite(plain.common.suite.into())?.tls13()?;
        // Leaked once a process: rustls wants suites to live for ever.
        Some(&*Box::leak(Box::new(Tls13CipherSuite {
            common: copy_common(&watched.common),
            hkdf_provider: Box::leak(Box::new(MintHkdf(watched.hkdf_provider))),
            aead_alg: Box::leak(Box::new(MintAead { plain: plain.aead_alg, watched: watched.aead_alg })),
            quic: None,
        })))
    })
    .collect()
});

fn tls13_suite(code_point: u16) -> Option<&'static Tls13CipherSuite> {
    TLS13_SUITES.iter().copied().find(|suite| u16::from(suite.common.suite) == code_point)
}

fn copy_common(common: &CipherSuiteCommon) -> CipherSuiteCommon {
    CipherSuiteCommon {
        suite: common.suite,
        hash_provider: common.hash_provider,
        confidentiality_limit: common.confidentiality_limit,
    }
}

/// A key derivation whose ticket PSK is what stands for that of the session being minted.
struct MintHkdf(&'static dyn Hkdf);

impl Hkdf for MintHkdf {
    fn extract_from_zero_ikm(&self, salt: Option<&[u8]>) -> Box<dyn HkdfExpander> {
        self.0.extract_from_zero_ikm(salt)
    }

    fn extract_from_secret(&self, salt: Option<&[u8]>, secret: &[u8]) -> Box<dyn HkdfExpander> {
        self.0.extract_from_secret(salt, secret)
    }

    fn expander_for_okm(&self, okm: &OkmBlock) -> Box<dyn HkdfExpander> {
        let inner = self.0.expander_for_okm(okm);
        if in_progress() { Box::new(MintExpander(inner)) } else { inner }
    }

    fn hmac_sign(&self, key: &OkmBlock, message: &[u8]) -> hmac::Tag {
        self.0.hmac_sign(key, message)
    }

    fn fips(&self) -> bool {
        self.0.fips()
    }
}

struct MintExpander(Box<dyn HkdfExpander>);

/// Where HKDF-Expand-Label's label stands among the pieces of `info`.
const LABEL: usize = 3;

impl HkdfExpander for MintExpander {
    fn expand_slice(&self, info: &[&[u8]], output: &mut [u8]) -> Result<(), OutputLengthError> {
        self.0.expand_slice(info, output)
    }

    fn expand_block(&self, info: &[&[u8]]) -> OkmBlock {
        match secret() {
            Some(psk) if info.get(LABEL) == Some(&&b"resumption"[..]) => OkmBlock::new(&psk),
            _ => self.0.expand_block(info),
        }
    }

    fn hash_len(&self) -> usize {
        self.0.hash_len()
    }
}

/// Encryption that nobody watches while a session is minted: that handshake is
/// not the current connection's.
struct MintAead {
    plain: &'static dyn Tls13AeadAlgorithm,
    watched: &'static dyn Tls13AeadAlgorithm,
}

impl MintAead {
    fn aead(&self) -> &'static dyn Tls13AeadAlgorithm {
        if in_progress() { self.plain } else { self.watched }
    }
}

impl Tls13AeadAlgorithm for MintAead {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        self.aead().encrypter(key, iv)
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.aead().decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.aead().key_len()
    }

    fn extract_keys(&self, key: AeadKey, iv: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.aead().extract_keys(key, iv)
    }

    fn fips(&self) -> bool {
        self.aead().fips()
    }
}

// --- TLS 1.2 ---

static TLS12_CONFIGS: Lazy<Mutex<HashMap<u16, Tls12Config>>> = Lazy::new(Mutex::default);

struct Tls12Config {
    verifier: Arc<dyn ServerCertVerifier>,
    resolver: Arc<dyn ResolvesClientCert>,
    config: Arc<ClientConfig>,
}

fn tls12_config(
    verifier: &Arc<dyn ServerCertVerifier>,
    resolver: &Arc<dyn ResolvesClientCert>,
    suite: u16,
) -> Option<Arc<ClientConfig>> {
    let mut configs = TLS12_CONFIGS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = configs.get(&suite) {
        if Arc::ptr_eq(&known.verifier, verifier) && Arc::ptr_eq(&known.resolver, resolver) {
            return Some(known.config.clone());
        }
    }
    let provider = Arc::new(CryptoProvider {
        cipher_suites: vec![tls12_suite(suite)?.into()],
        kx_groups: vec![&NoKeyExchange],
        ..aws_lc_rs::default_provider()
    });
    let mut config = ClientConfig::builder_with_details(provider, Arc::new(StoredTime))
        .with_protocol_versions(&[&version::TLS12])
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(verifier.clone())
        .with_client_cert_resolver(resolver.clone());
    config.resumption = Resumption::store(Arc::new(Mint));
    let config = Arc::new(config);
    let known = Tls12Config { verifier: verifier.clone(), resolver: resolver.clone(), config: config.clone() };
    configs.insert(suite, known);
    Some(config)
}

/// All that a TLS 1.2 server sends in a full handshake which ends in `session`.
fn server_flight(session: &Tls12Session<'_>) -> Option<Vec<u8>> {
    let scheme = tls12_suite(session.suite)?.sign.first().copied()?;
    let mut extensions = Vec::new();
    if session.extended_master_secret {
        extensions.extend([0, 23, 0, 0]);
    }
    if !session.ticket.is_empty() {
        extensions.extend([0, 35, 0, 0]);
    }

    let mut hello = vec![3, 3];
    hello.extend([0; 32]);
    hello.push(u8::try_from(session.id.len()).ok().filter(|&len| len <= 32)?);
    hello.extend_from_slice(session.id);
    hello.extend(session.suite.to_be_bytes());
    hello.push(0); // No compression.
    hello.extend((extensions.len() as u16).to_be_bytes());
    hello.extend(extensions);

    let certificate = [0, 0, 5, 0, 0, 2, 0x30, 0];
    let mut key_exchange = vec![3];
    key_exchange.extend(u16::from(NO_GROUP).to_be_bytes());
    key_exchange.extend([1, 0]); // A public key of one byte.
    key_exchange.extend(u16::from(scheme).to_be_bytes());
    key_exchange.extend([0, 1, 0]); // A signature of one byte.

    let mut flight = Vec::new();
    put_message(&mut flight, 2, &hello);
    put_message(&mut flight, 11, &certificate);
    put_message(&mut flight, 12, &key_exchange);
    put_message(&mut flight, 14, &[]);
    if !session.ticket.is_empty() {
        // A lifetime of 0: as OpenSSL, offer a TLS 1.2 ticket however old it is.
        let mut ticket = vec![0; 4];
        ticket.extend(u16::try_from(session.ticket.len()).ok()?.to_be_bytes());
        ticket.extend_from_slice(session.ticket);
        put_message(&mut flight, 4, &ticket);
    }
    flight.extend([20, 3, 3, 0, 1, 1]); // ChangeCipherSpec
    put_message(&mut flight, 20, &[0; 12]);
    Some(flight)
}

/// A handshake message in records of its own.
fn put_message(out: &mut Vec<u8>, kind: u8, body: &[u8]) {
    let mut message = vec![kind];
    message.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    message.extend_from_slice(body);
    for fragment in message.chunks(16384) {
        out.extend([22, 3, 3]);
        out.extend((fragment.len() as u16).to_be_bytes());
        out.extend_from_slice(fragment);
    }
}

static TLS12_SUITES: Lazy<Vec<&'static Tls12CipherSuite>> = Lazy::new(|| {
    let all = aws_lc_rs::ALL_CIPHER_SUITES.iter().filter_map(|suite| match suite {
        SupportedCipherSuite::Tls12(suite) => Some(suite),
        SupportedCipherSuite::Tls13(_) => None,
    });
    // Leaked once a process: rustls wants suites to live for ever.
    all.map(|suite| {
        &*Box::leak(Box::new(Tls12CipherSuite {
            common: copy_common(&suite.common),
            prf_provider: &MintPrf,
            kx: suite.kx,
            sign: suite.sign,
            aead_alg: &NoEncryption,
        }))
    })
    .collect()
});

fn tls12_suite(code_point: u16) -> Option<&'static Tls12CipherSuite> {
    TLS12_SUITES.iter().copied().find(|suite| u16::from(suite.common.suite) == code_point)
}

/// A PRF whose master secret is what stands for that of the session being minted, and all
/// else zero: the server's Finished is known beforehand.
struct MintPrf;

impl Prf for MintPrf {
    fn for_key_exchange(
        &self,
        output: &mut [u8; 48],
        _: Box<dyn ActiveKeyExchange>,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<(), Error> {
        let master = secret().ok_or(Error::HandshakeNotComplete)?;
        output.copy_from_slice(&master);
        Ok(())
    }

    fn for_secret(&self, output: &mut [u8], _: &[u8], _: &[u8], _: &[u8]) {
        output.fill(0);
    }
}

/// Records go in the clear: they never leave this module.
struct NoEncryption;

impl Tls12AeadAlgorithm for NoEncryption {
    fn encrypter(&self, _: AeadKey, _: &[u8], _: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Self)
    }

    fn decrypter(&self, _: AeadKey, _: &[u8]) -> Box<dyn MessageDecrypter> {
        Box::new(Self)
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape { enc_key_len: 0, fixed_iv_len: 0, explicit_nonce_len: 0 }
    }

    fn extract_keys(
        &self,
        _: AeadKey,
        _: &[u8],
        _: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Err(UnsupportedOperationError)
    }
}

impl MessageEncrypter for NoEncryption {
    fn encrypt(&mut self, message: OutboundPlainMessage<'_>, _: u64) -> Result<OutboundOpaqueMessage, Error> {
        let mut payload = PrefixedPayload::with_capacity(message.payload.len());
        payload.extend_from_chunks(&message.payload);
        Ok(OutboundOpaqueMessage::new(message.typ, message.version, payload))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        payload_len
    }
}

impl MessageDecrypter for NoEncryption {
    fn decrypt<'a>(&mut self, message: InboundOpaqueMessage<'a>, _: u64) -> Result<InboundPlainMessage<'a>, Error> {
        Ok(message.into_plain_message())
    }
}

// --- Both ---

/// Keeps what rustls stores for the caller.
struct Mint;

impl fmt::Debug for Mint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mint")
    }
}

impl ClientSessionStore for Mint {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    fn set_tls12_session(&self, _: ServerName<'static>, value: Tls12ClientSessionValue) {
        MINTED_TLS12.with(|minted| minted.replace(Some(value)));
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, value: Tls13ClientSessionValue) {
        MINTED_TLS13.with(|minted| minted.replace(Some(value)));
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        None
    }
}

/// Answers with the time of the session being minted.
#[derive(Debug)]
struct StoredTime;

impl TimeProvider for StoredTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(TIME.get())))
    }
}

const NO_GROUP: NamedGroup = NamedGroup::X25519;

/// A key exchange without secrets: what it would protect stays in memory.
#[derive(Debug)]
struct NoKeyExchange;

impl SupportedKxGroup for NoKeyExchange {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        Ok(Box::new(Self))
    }

    fn name(&self) -> NamedGroup {
        NO_GROUP
    }
}

impl ActiveKeyExchange for NoKeyExchange {
    fn complete(self: Box<Self>, _: &[u8]) -> Result<SharedSecret, Error> {
        Ok(SharedSecret::from(&[0; 32][..]))
    }

    fn pub_key(&self) -> &[u8] {
        &[0; 32]
    }

    fn group(&self) -> NamedGroup {
        NO_GROUP
    }
}

/// A server's certificate and key without either.
#[derive(Debug)]
struct NoCertificate;

impl ResolvesServerCert for NoCertificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let chain = vec![CertificateDer::from_slice(&[0x30, 0])];
        Some(Arc::new(CertifiedKey::new(chain, Arc::new(NoKey(SignatureScheme::ED25519)))))
    }
}

#[derive(Debug)]
struct NoKey(SignatureScheme);

impl SigningKey for NoKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        Some(Box::new(Self(*offered.first()?)))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ED25519
    }
}

impl Signer for NoKey {
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(vec![0])
    }

    fn scheme(&self) -> SignatureScheme {
        self.0
    }
}

#[cfg(test)]
pub(super) mod tests {
    use rustls::HandshakeKind;
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified};
    use rustls::server::StoresServerSessions;
    use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
    use rustls::{DigitallySignedStruct, DistinguishedName, SupportedProtocolVersion};

    use super::super::server_value::ServerValue;
    use super::*;

    /// A server's session store with one place, whatever the id.
    #[derive(Debug, Default)]
    pub struct OnePlace(pub Mutex<Option<(Vec<u8>, Vec<u8>)>>);

    impl StoresServerSessions for OnePlace {
        fn put(&self, id: Vec<u8>, value: Vec<u8>) -> bool {
            *self.0.lock().unwrap() = Some((id, value));
            true
        }

        fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
            self.0.lock().unwrap().as_ref().filter(|stored| stored.0 == id).map(|stored| stored.1.clone())
        }

        fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
            self.get(id)
        }

        fn can_cache(&self) -> bool {
            true
        }
    }

    #[derive(Debug)]
    struct Trust;

    impl ServerCertVerifier for Trust {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ED25519]
        }
    }

    #[derive(Debug)]
    struct NoClientCertificate;

    impl ResolvesClientCert for NoClientCertificate {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            None
        }

        fn has_certs(&self) -> bool {
            false
        }
    }

    #[derive(Debug)]
    struct ClientCertificate;

    impl ResolvesClientCert for ClientCertificate {
        fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
            let chain = CLIENT_CHAIN.iter().map(|der| CertificateDer::from_slice(der)).collect();
            Some(Arc::new(CertifiedKey::new(chain, Arc::new(EcdsaKey))))
        }

        fn has_certs(&self) -> bool {
            true
        }
    }

    #[derive(Debug)]
    struct AnyClient;

    impl ClientCertVerifier for AnyClient {
        fn client_auth_mandatory(&self) -> bool {
            false
        }

        fn root_hint_subjects(&self) -> &[DistinguishedName] {
            &[]
        }

        fn verify_client_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: UnixTime,
        ) -> Result<ClientCertVerified, Error> {
            Ok(ClientCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ECDSA_NISTP256_SHA256]
        }
    }

    /// Offers one minted session.
    #[derive(Default)]
    struct Offer(Mutex<Option<Tls13ClientSessionValue>>, Mutex<Option<Tls12ClientSessionValue>>);

    impl fmt::Debug for Offer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Offer")
        }
    }

    impl ClientSessionStore for Offer {
        fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

        fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
            None
        }

        fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

        fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
            self.1.lock().unwrap().take()
        }

        fn remove_tls12_session(&self, _: &ServerName<'static>) {}

        fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {}

        fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
            self.0.lock().unwrap().take()
        }
    }

    #[derive(Debug)]
    struct EcdsaCertificate;

    impl ResolvesServerCert for EcdsaCertificate {
        fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
            let chain = vec![CertificateDer::from_slice(&[0x30, 0])];
            Some(Arc::new(CertifiedKey::new(chain, Arc::new(EcdsaKey))))
        }
    }

    #[derive(Debug)]
    struct EcdsaKey;

    impl SigningKey for EcdsaKey {
        fn choose_scheme(&self, _: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
            Some(Box::new(NoKey(SignatureScheme::ECDSA_NISTP256_SHA256)))
        }

        fn algorithm(&self) -> SignatureAlgorithm {
            SignatureAlgorithm::ECDSA
        }
    }

    type Objects = (Arc<dyn ServerCertVerifier>, Arc<dyn ResolvesClientCert>);

    fn objects() -> Objects {
        (Arc::new(Trust), Arc::new(NoClientCertificate))
    }

    fn connect(
        objects: &Objects,
        offer: Offer,
        version: &'static SupportedProtocolVersion,
        suite: u16,
        sessions: Arc<OnePlace>,
    ) -> Result<HandshakeKind, Error> {
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites.retain(|known| u16::from(known.suite()) == suite);
        let provider = Arc::new(provider);
        let mut client = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(objects.0.clone())
            .with_client_cert_resolver(objects.1.clone());
        client.resumption = Resumption::store(Arc::new(offer));
        client.alpn_protocols = vec![b"h2".to_vec()];
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_client_cert_verifier(Arc::new(AnyClient))
            .with_cert_resolver(Arc::new(EcdsaCertificate));
        server.session_storage = sessions;
        server.send_tls13_tickets = 1;
        server.alpn_protocols = vec![b"h2".to_vec()];
        let mut client = UnbufferedClientConnection::new(Arc::new(client), "example.com".try_into().unwrap())?;
        let mut server = UnbufferedServerConnection::new(Arc::new(server))?;
        let (mut to_client, mut to_server) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            drive!(client, to_client, to_server)?;
            drive!(server, to_server, to_client)?;
        }
        assert_eq!(client.handshake_kind(), server.handshake_kind());
        Ok(server.handshake_kind().unwrap())
    }

    /// The certificates of [`stored_by_rustls`]'s client.
    pub const CLIENT_CHAIN: [&[u8]; 2] = [&[0x30, 3, 2, 1, 7], &[0x30, 0]];

    /// The value that a rustls server stores in a full handshake, with its id.
    pub fn stored_by_rustls(
        version: &'static SupportedProtocolVersion,
        suite: u16,
        with_certificate: bool,
    ) -> (Vec<u8>, Vec<u8>) {
        let sessions = Arc::new(OnePlace::default());
        let mut objects = objects();
        if with_certificate {
            objects.1 = Arc::new(ClientCertificate);
        }
        let kind = connect(&objects, Offer::default(), version, suite, sessions.clone()).unwrap();
        assert_eq!(kind, HandshakeKind::Full);
        let stored = sessions.0.lock().unwrap().take();
        stored.unwrap()
    }

    fn server_knows(id: &[u8], value: &ServerValue) -> Arc<OnePlace> {
        Arc::new(OnePlace(Mutex::new(Some((id.to_vec(), value.encode())))))
    }

    fn now() -> u64 {
        UnixTime::now().as_secs()
    }

    #[test]
    fn tls13_resumes_by_the_psk() {
        let objects = objects();
        for (suite, psk_len) in [(0x1301, 32), (0x1302, 48), (0x1303, 32)] {
            let psk = vec![7; psk_len];
            let session = Tls13Session {
                suite,
                psk: StandIn::read(&psk).unwrap(),
                ticket: b"a ticket",
                lifetime: 7200,
                age_add: 12345,
                max_early_data: 0,
                time: now() - 10,
            };
            let mut value = ServerValue {
                sni: Some("example.com".into()),
                version: 0x0304,
                suite,
                secret: StandIn::read(&psk).unwrap(),
                alpn: Some(b"h2".to_vec()),
                created: now() - 10,
                age_offset: 12345,
                ..Default::default()
            };
            // Twice: the second comes from the connection that was kept.
            for _ in 0..2 {
                let minted = tls13(&objects.0, &objects.1, &session).unwrap();
                let offer = Offer(Mutex::new(Some(minted)), Mutex::default());
                let sessions = server_knows(b"a ticket", &value);
                let kind = connect(&objects, offer, &version::TLS13, suite, sessions).unwrap();
                assert_eq!(kind, HandshakeKind::Resumed);
            }
            // With another PSK the binder is wrong.
            value.secret = StandIn::read(&vec![8; psk_len]).unwrap();
            let minted = tls13(&objects.0, &objects.1, &session).unwrap();
            let offer = Offer(Mutex::new(Some(minted)), Mutex::default());
            assert!(connect(&objects, offer, &version::TLS13, suite, server_knows(b"a ticket", &value)).is_err());
        }
        assert!(!in_progress());
    }

    #[test]
    fn tls12_resumes_by_the_master_secret() {
        let objects = objects();
        let id = [9; 32];
        for suite in [0xc02b, 0xc02c, 0xcca9, 0xc02f] {
            let session = Tls12Session {
                suite,
                master_secret: StandIn::read(&[5; 48]).unwrap(),
                id: &id,
                ticket: &[],
                extended_master_secret: true,
            };
            let mut value = ServerValue {
                sni: Some("example.com".into()),
                version: 0x0303,
                suite,
                secret: StandIn::read(&[5; 48]).unwrap(),
                extended_master_secret: true,
                alpn: Some(b"h2".to_vec()),
                created: now(),
                ..Default::default()
            };
            let minted = tls12(&objects.0, &objects.1, &session).unwrap();
            if suite == 0xc02f {
                continue; // The server of this test has no RSA key.
            }
            let offer = Offer(Mutex::default(), Mutex::new(Some(minted.clone())));
            let kind = connect(&objects, offer, &version::TLS12, suite, server_knows(&id, &value)).unwrap();
            assert_eq!(kind, HandshakeKind::Resumed);

            value.secret = StandIn::read(&[6; 48]).unwrap();
            let offer = Offer(Mutex::default(), Mutex::new(Some(minted)));
            assert!(connect(&objects, offer, &version::TLS12, suite, server_knows(&id, &value)).is_err());
        }
        assert!(!in_progress());
    }

    #[test]
    fn tls12_carries_ticket_and_extended_master_secret() {
        let objects = objects();
        for (ticket, extended_master_secret) in [(&b"opaque"[..], true), (b"", false)] {
            let session = Tls12Session {
                suite: 0xc02b,
                master_secret: StandIn::read(&[5; 48]).unwrap(),
                id: &[1; 7],
                ticket,
                extended_master_secret,
            };
            let text = format!("{:?}", tls12(&objects.0, &objects.1, &session).unwrap());
            assert!(text.contains(&format!("extended_ms: {extended_master_secret}")), "{text}");
            let hex: String = ticket.iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(text.contains(&format!("ticket: {hex}")), "{text}");
            assert!(text.contains("lifetime_secs: 0"), "{text}");
        }
    }

    #[test]
    fn what_rustls_cannot_use_is_refused() {
        let objects = objects();
        let good = Tls12Session {
            suite: 0xc02b,
            master_secret: StandIn::read(&[5; 48]).unwrap(),
            id: &[1; 32],
            ticket: &[],
            extended_master_secret: true,
        };
        assert!(tls12(&objects.0, &objects.1, &Tls12Session { suite: 0x002f, ..good }).is_none());
        assert!(tls12(&objects.0, &objects.1, &Tls12Session { id: &[1; 33], ..good }).is_none());
        assert!(tls12(&objects.0, &objects.1, &Tls12Session { id: &[], ..good }).is_none());
        let good = Tls13Session {
            suite: 0x1301,
            psk: StandIn::psk(),
            ticket: b"t",
            lifetime: 1,
            age_add: 0,
            max_early_data: 0,
            time: 0,
        };
        assert!(tls13(&objects.0, &objects.1, &Tls13Session { ticket: &[], ..good }).is_none());
        assert!(tls13(&objects.0, &objects.1, &Tls13Session { suite: 0xc02b, ..good }).is_none());
    }

    #[test]
    fn a_kept_session_is_of_its_fields() {
        let objects = objects();
        let session = Tls12Session {
            suite: 0xc02b,
            master_secret: StandIn::read(&[5; 48]).unwrap(),
            id: &[1; 32],
            ticket: b"first",
            extended_master_secret: true,
        };
        let kept = Tls12Kept::default();
        let text = |session: &Tls12Session<'_>| format!("{:?}", kept.get(&objects.0, &objects.1, session).unwrap());
        assert_eq!(text(&session), text(&session));
        assert_ne!(text(&session), text(&Tls12Session { ticket: b"second", ..session }));
    }

    #[test]
    fn early_data_is_announced() {
        let objects = objects();
        let session = Tls13Session {
            suite: 0x1301,
            psk: StandIn::psk(),
            ticket: b"t",
            lifetime: 1,
            age_add: 0,
            max_early_data: 16384,
            time: 0,
        };
        assert_eq!(tls13(&objects.0, &objects.1, &session).unwrap().max_early_data_size(), 16384);
    }
}
