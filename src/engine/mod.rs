//! rustls: the only place that names it.
//!
//! A connection owns one [`Engine`]. Everything that rustls asks of its
//! surroundings (verification, signing, sessions, key log) is answered by
//! process-wide objects that find the connection through [`current`].

pub mod config;
pub mod current;
mod deep;
pub mod errors;
pub mod exporter;
pub mod hash;
pub mod keylog;
pub mod kx_p521;
mod lasting;
pub mod mint;
pub mod opener;
pub mod output;
pub mod provider;
pub mod record;
pub mod resolver;
pub mod server_value;
pub mod signature;
pub mod signer;
pub mod stand_in;
pub mod store;
pub mod transcript;
pub mod verifier;

use std::sync::Arc;

use rustls::client::{ClientConnectionData, EarlyDataError, UnbufferedClientConnection};
use rustls::pki_types::{DnsName, IpAddr, Ipv4Addr, ServerName};
use rustls::server::{ServerConnectionData, UnbufferedServerConnection};
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, ReadEarlyData, UnbufferedStatus, WriteTraffic,
};
use rustls::{ClientConfig, HandshakeKind, ServerConfig};

pub use current::SentAs;
pub use hash::sha256;
pub use output::Output;
pub use rustls::Error;

/// `len` random bytes.
pub fn random(len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    fill_random(&mut bytes).then_some(bytes)
}

/// Fills `bytes` with random ones; false when there are none.
pub fn fill_random(bytes: &mut [u8]) -> bool {
    provider::RANDOM.fill(bytes).is_ok()
}

/// A rustls connection of either side. Boxed: it is taken out of its place
/// around each call.
pub enum Engine {
    /// A client.
    Client(Box<UnbufferedClientConnection>),
    /// A server.
    Server(Box<UnbufferedServerConnection>),
}

/// Why [`Engine::process`] stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The handshake needs more from the peer.
    Handshaking,
    /// Application data may be written.
    Traffic,
    /// The peer sent close_notify.
    PeerClosed,
}

/// Where records come from, where they go, and who gets the plaintext.
pub struct Io<'a> {
    /// Records from the peer; what was used is removed.
    pub input: &'a mut Vec<u8>,
    /// Records for the peer.
    pub output: &'a mut Output,
    /// Is given each piece of application data.
    pub plaintext: &'a mut dyn FnMut(&[u8]),
    /// Is shown each record for the peer: the end of `output`, from an offset on.
    /// It may change it.
    pub sent: &'a dyn Fn(&mut Output, usize),
    /// A client's first flight goes on with early data.
    pub hold: bool,
}

/// The room that one record may need beyond its plaintext: header, explicit
/// nonce, content type, tag.
const RECORD_OVERHEAD: usize = 64;
const MAX_FRAGMENT: usize = 16384;

macro_rules! drive {
    ($connection:expr, $io:expr, $early:expr, $traffic:expr) => {{
        let io = $io;
        let mut used = 0;
        let result = loop {
            let UnbufferedStatus { discard, state, .. } = $connection.process_tls_records(&mut io.input[used..]);
            match state {
                Ok(ConnectionState::EncodeTlsData(record)) => encode(record, io),
                Ok(ConnectionState::TransmitTlsData(_)) if io.hold => {
                    used += discard;
                    break Ok(Progress::Handshaking);
                }
                Ok(ConnectionState::TransmitTlsData(records)) => records.done(),
                Ok(ConnectionState::ReadEarlyData(early)) => $early(early, &mut *io.plaintext),
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(Ok(record)) = traffic.next_record() {
                        (io.plaintext)(record.payload);
                    }
                }
                Ok(ConnectionState::BlockedHandshake) => {
                    used += discard;
                    break Ok(Progress::Handshaking);
                }
                Ok(ConnectionState::WriteTraffic(traffic)) => {
                    used += discard;
                    break $traffic(traffic, &mut *io.output);
                }
                Ok(ConnectionState::PeerClosed) => {
                    used += discard;
                    break Ok(Progress::PeerClosed);
                }
                Ok(ConnectionState::Closed) => {
                    used += discard;
                    break Ok(Progress::PeerClosed);
                }
                Ok(_) => {}
                Err(error) => {
                    used += discard;
                    break Err(error);
                }
            }
            used += discard;
        };
        io.input.drain(..used);
        result
    }};
}

/// Takes what rustls has queued, and reads nothing.
macro_rules! take_queued {
    ($connection:expr, $io:expr) => {
        while $connection.wants_write() {
            match $connection.process_tls_records(&mut []).state {
                Ok(ConnectionState::EncodeTlsData(record)) => encode(record, $io),
                _ => break,
            }
        }
    };
}

/// Appends a record to the output.
fn encode<D>(mut record: EncodeTlsData<'_, D>, io: &mut Io<'_>) {
    let start = io.output.len();
    // It says itself how long it is.
    if let Err(EncodeError::InsufficientSize(needed)) = record.encode(&mut []) {
        let written = record.encode(io.output.room(needed.required_size)).unwrap_or(0);
        io.output.advance(written);
    }
    (io.sent)(io.output, start);
}

fn read_early(mut early: ReadEarlyData<'_, '_, ServerConnectionData>, plaintext: &mut dyn FnMut(&[u8])) {
    while let Some(Ok(record)) = early.next_record() {
        plaintext(record.payload);
    }
}

/// No server sends early data.
fn no_early(_: ReadEarlyData<'_, '_, ClientConnectionData>, _: &mut dyn FnMut(&[u8])) {}

fn idle<D>(_: WriteTraffic<'_, D>, _: &mut Output) -> Result<Progress, Error> {
    Ok(Progress::Traffic)
}

/// Encrypts `data` into `output`.
fn encrypt<D>(mut traffic: WriteTraffic<'_, D>, data: &[u8], output: &mut Output) -> Result<Progress, Error> {
    let written = match traffic.encrypt(data, output.room(encrypted_len(data))) {
        Err(EncryptError::InsufficientSize(needed)) => traffic.encrypt(data, output.room(needed.required_size)),
        other => other,
    };
    finish_encrypt(written, output)
}

/// The room that `data` usually takes once it is encrypted.
fn encrypted_len(data: &[u8]) -> usize {
    data.len() + (data.len() / MAX_FRAGMENT + 1) * RECORD_OVERHEAD
}

fn finish_encrypt<E>(written: Result<usize, E>, output: &mut Output) -> Result<Progress, Error> {
    output.advance(written.as_ref().copied().unwrap_or(0));
    written.map(|_| Progress::Traffic).map_err(|_| Error::EncryptError)
}

fn close<D>(mut traffic: WriteTraffic<'_, D>, output: &mut Output) -> Result<Progress, Error> {
    let written = match traffic.queue_close_notify(output.room(256)) {
        Err(EncryptError::InsufficientSize(needed)) => traffic.queue_close_notify(output.room(needed.required_size)),
        other => other,
    };
    finish_encrypt(written, output)
}

impl Engine {
    /// A client that starts its handshake: SNI when `hostname` can be one, and
    /// `alpn` in wire form.
    pub fn client(config: Arc<ClientConfig>, hostname: Option<&str>, alpn: &[u8]) -> Result<Self, Error> {
        // rustls sends no SNI for an address.
        let unnamed = ServerName::IpAddress(IpAddr::V4(Ipv4Addr::from([127, 0, 0, 1])));
        let name =
            hostname.and_then(|name| DnsName::try_from(name.to_owned()).ok()).map_or(unnamed, ServerName::DnsName);
        let protocols = protocols(alpn);
        UnbufferedClientConnection::new_with_alpn(config, name, protocols).map(Box::new).map(Self::Client)
    }

    /// A server that expects a ClientHello.
    pub fn server(config: Arc<ServerConfig>) -> Result<Self, Error> {
        UnbufferedServerConnection::new(config).map(Box::new).map(Self::Server)
    }

    /// Works on what is in `io.input` until more is needed.
    pub fn process(&mut self, io: &mut Io<'_>) -> Result<Progress, Error> {
        match self {
            Self::Client(connection) => drive!(connection, io, no_early, idle),
            Self::Server(connection) => drive!(connection, io, read_early, idle),
        }
    }

    /// What a client sends first, taken from it without anybody else seeing it.
    pub fn take_first_flight(&mut self) -> Option<Vec<u8>> {
        let (mut input, mut output) = (Vec::new(), Output::default());
        let mut io =
            Io { input: &mut input, output: &mut output, plaintext: &mut |_| {}, sent: &|_, _| {}, hold: false };
        self.process(&mut io).ok()?;
        Some(output.to_vec())
    }

    /// After a failure: puts the alert that rustls made of it, and whatever else
    /// it has queued, into the output. rustls must not be driven further, as it
    /// would look for the other messages of the input that it failed on.
    pub fn take_alert(&mut self, io: &mut Io<'_>) {
        match self {
            Self::Client(connection) => take_queued!(connection, io),
            Self::Server(connection) => take_queued!(connection, io),
        }
    }

    /// Encrypts application data, after any records that are due before it.
    /// Answers [`Progress::Traffic`] when it was encrypted.
    pub fn write(&mut self, data: &[u8], io: &mut Io<'_>) -> Result<Progress, Error> {
        current::sending_as(None, || self.encrypt(data, io))
    }

    fn encrypt(&mut self, data: &[u8], io: &mut Io<'_>) -> Result<Progress, Error> {
        match self {
            Self::Client(connection) => {
                drive!(connection, io, no_early, |traffic, out: &mut Output| encrypt(traffic, data, out))
            }
            Self::Server(connection) => {
                drive!(connection, io, read_early, |traffic, out: &mut Output| encrypt(traffic, data, out))
            }
        }
    }

    /// Sends `data` encrypted as records of another content type, as early data where that is due.
    pub fn write_as(&mut self, sent_as: SentAs, data: &[u8], io: &mut Io<'_>) -> Result<Progress, Error> {
        let encrypt = || if io.hold { self.encrypt_early(data, io) } else { self.encrypt(data, io) };
        current::sending_as(Some(sent_as), encrypt)
    }

    /// Encrypts a client's early data. What rustls does not take, because the
    /// ClientHello announced none, is dropped: it counts as rejected.
    pub fn write_early(&mut self, data: &[u8], io: &mut Io<'_>) -> Result<Progress, Error> {
        current::sending_as(None, || self.encrypt_early(data, io))
    }

    fn encrypt_early(&mut self, data: &[u8], io: &mut Io<'_>) -> Result<Progress, Error> {
        self.process(io)?;
        let Self::Client(connection) = self else { return Err(Error::EncryptError) };
        if let Ok(ConnectionState::TransmitTlsData(mut flight)) = connection.process_tls_records(&mut []).state {
            if let Some(mut early) = flight.may_encrypt_early_data() {
                let written = match early.encrypt(data, io.output.room(encrypted_len(data))) {
                    Err(EarlyDataError::Encrypt(EncryptError::InsufficientSize(needed))) => {
                        early.encrypt(data, io.output.room(needed.required_size))
                    }
                    other => other,
                };
                return finish_encrypt(written, io.output);
            }
        }
        Ok(Progress::Handshaking)
    }

    /// Queues a close_notify alert.
    pub fn close(&mut self, io: &mut Io<'_>) -> Result<Progress, Error> {
        match self {
            Self::Client(connection) => drive!(connection, io, no_early, close),
            Self::Server(connection) => drive!(connection, io, read_early, close),
        }
    }

    /// Requests a key update of both directions (TLS 1.3).
    pub fn update_keys(&mut self, io: &mut Io<'_>) -> Result<Progress, Error> {
        match self {
            Self::Client(connection) => {
                drive!(connection, io, no_early, |traffic: WriteTraffic<'_, _>, _: &mut Output| traffic
                    .refresh_traffic_keys()
                    .map(|()| Progress::Traffic))
            }
            Self::Server(connection) => {
                drive!(connection, io, read_early, |traffic: WriteTraffic<'_, _>, _: &mut Output| traffic
                    .refresh_traffic_keys()
                    .map(|()| Progress::Traffic))
            }
        }
    }

    /// Whether rustls has something to send.
    pub fn wants_write(&self) -> bool {
        match self {
            Self::Client(connection) => connection.wants_write(),
            Self::Server(connection) => connection.wants_write(),
        }
    }

    /// Whether the handshake is still under way.
    pub fn is_handshaking(&self) -> bool {
        match self {
            Self::Client(connection) => connection.is_handshaking(),
            Self::Server(connection) => connection.is_handshaking(),
        }
    }

    /// Whether the handshake resumed a session.
    pub fn is_resumed(&self) -> bool {
        let kind = match self {
            Self::Client(connection) => connection.handshake_kind(),
            Self::Server(connection) => connection.handshake_kind(),
        };
        kind == Some(HandshakeKind::Resumed)
    }

    /// The version, cipher suite and group agreed upon; 0 where not yet.
    pub fn negotiated(&self) -> (u16, u16, u16) {
        let common: &rustls::CommonState = match self {
            Self::Client(connection) => connection,
            Self::Server(connection) => connection,
        };
        (
            common.protocol_version().map_or(0, u16::from),
            common.negotiated_cipher_suite().map_or(0, |suite| u16::from(suite.suite())),
            common.negotiated_key_exchange_group().map_or(0, |group| u16::from(group.name())),
        )
    }

    /// The ALPN protocol agreed upon.
    pub fn alpn(&self) -> Option<&[u8]> {
        match self {
            Self::Client(connection) => connection.alpn_protocol(),
            Self::Server(connection) => connection.alpn_protocol(),
        }
    }
}

/// Whether rustls takes this for the name of a host: a ClientHello with another it refuses.
pub fn is_host_name(name: &str) -> bool {
    DnsName::try_from(name).is_ok()
}

/// The protocol names of ALPN's wire form.
pub fn protocols(mut wire: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    while let Some((&len, rest)) = wire.split_first() {
        let Some((name, rest)) = rest.split_at_checked(usize::from(len)) else { break };
        names.push(name.to_vec());
        wire = rest;
    }
    names
}
