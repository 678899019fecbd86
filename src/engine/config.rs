//! rustls configurations, built once for each distinct set of choices.

use std::sync::{Arc, PoisonError};

use once_cell::sync::Lazy;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{ResolvesClientCert, Resumption, Tls12Resumption};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::time_provider::DefaultTimeProvider;
use rustls::{ClientConfig, DistinguishedName, Error, ServerConfig, SupportedProtocolVersion, version};

use super::keylog::ConnectionKeyLog;
use super::provider;
use super::resolver::{ClientResolver, ServerResolver};
use super::store::{SessionStore, Ticketer};
use super::verifier::{ClientVerifier, ServerVerifier};
use crate::sync::Mutex;

/// The verifier of every client connection.
pub static SERVER_VERIFIER: Lazy<Arc<dyn ServerCertVerifier>> = Lazy::new(|| Arc::new(ServerVerifier));
/// Finds the certificate of every client connection.
pub static CLIENT_RESOLVER: Lazy<Arc<dyn ResolvesClientCert>> = Lazy::new(|| Arc::new(ClientResolver));
static STORE: Lazy<Arc<SessionStore>> = Lazy::new(|| Arc::new(SessionStore));
static TICKETER: Lazy<Arc<Ticketer>> = Lazy::new(|| Arc::new(Ticketer));
static SERVER_RESOLVER: Lazy<Arc<ServerResolver>> = Lazy::new(|| Arc::new(ServerResolver));
static KEY_LOG: Lazy<Arc<ConnectionKeyLog>> = Lazy::new(|| Arc::new(ConnectionKeyLog));

/// What a server asks of its clients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClientAuth {
    /// Nothing.
    None,
    /// A certificate, if the client has one.
    Optional,
    /// A certificate.
    Required,
}

/// Everything that takes part in choosing a configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Key {
    /// Protocol versions.
    pub tls12: bool,
    /// Protocol versions.
    pub tls13: bool,
    /// Cipher suites in order of preference.
    pub suites: Arc<[u16]>,
    /// Groups in order of preference.
    pub groups: Arc<[u16]>,
    /// The largest plaintext of a record, bytes.
    pub max_fragment: usize,
    /// What only one side has.
    pub side: Side,
}

impl Key {
    /// Leaves TLS 1.3 out.
    pub fn only_tls12(&mut self) {
        self.tls13 = false;
        self.suites = self.suites.iter().copied().filter(|suite| suite >> 8 != 0x13).collect();
    }
}

/// The half of a [`Key`] that only one side has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Side {
    /// A client.
    Client {
        /// Ask for TLS 1.2 tickets.
        tickets: bool,
        /// Announce early data, if the session allows it.
        early_data: bool,
    },
    /// A server.
    Server {
        /// Our order of ciphers counts, not the client's.
        server_preference: bool,
        /// Client certificates.
        client_auth: ClientAuth,
        /// Names sent with the request for one, DER.
        authorities: Arc<[Vec<u8>]>,
        /// The selected protocol; empty for none.
        alpn: Vec<u8>,
    },
}

#[derive(Clone)]
enum Config {
    Client(Arc<ClientConfig>),
    Server(Arc<ServerConfig>),
}

/// The configurations of one `SSL_CTX`.
#[derive(Default)]
pub struct Configs(Mutex<Vec<(Key, Config)>>);

/// Above this many different configurations the oldest knowledge is dropped:
/// a context whose connections all differ must not grow without bound.
const MOST: usize = 64;

impl Configs {
    /// The client configuration for `key`.
    pub fn client(&self, key: &Key) -> Result<Arc<ClientConfig>, Error> {
        match self.get(key)? {
            Config::Client(config) => Ok(config),
            Config::Server(_) => Err(Error::General("a server's key".into())),
        }
    }

    /// The server configuration for `key`.
    pub fn server(&self, key: &Key) -> Result<Arc<ServerConfig>, Error> {
        match self.get(key)? {
            Config::Server(config) => Ok(config),
            Config::Client(_) => Err(Error::General("a client's key".into())),
        }
    }

    fn get(&self, key: &Key) -> Result<Config, Error> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Most contexts have one or two: nothing finds them faster.
        if let Some((_, config)) = known.iter().find(|(of, _)| of == key) {
            return Ok(config.clone());
        }
        if known.len() >= MOST {
            known.clear();
        }
        let config = build(key)?;
        known.push((key.clone(), config.clone()));
        Ok(config)
    }
}

fn build(key: &Key) -> Result<Config, Error> {
    let provider = Arc::new(CryptoProvider {
        cipher_suites: key.suites.iter().filter_map(|&id| provider::suite(id)).collect(),
        secure_random: &provider::SessionRandom,
        kx_groups: key.groups.iter().filter_map(|&id| provider::group(id)).collect(),
        ..aws_lc_rs::default_provider()
    });
    let mut versions: Vec<&'static SupportedProtocolVersion> = Vec::new();
    for (enabled, version) in [(key.tls13, &version::TLS13), (key.tls12, &version::TLS12)] {
        if enabled && provider.cipher_suites.iter().any(|suite| suite.version() == version) {
            versions.push(version);
        }
    }
    // rustls counts the record header too.
    let max_fragment_size = Some(key.max_fragment + 5);
    match &key.side {
        Side::Client { tickets, early_data } => {
            let mut config = ClientConfig::builder_with_details(provider, Arc::new(DefaultTimeProvider))
                .with_protocol_versions(&versions)?
                .dangerous()
                .with_custom_certificate_verifier(SERVER_VERIFIER.clone())
                .with_client_cert_resolver(CLIENT_RESOLVER.clone());
            config.resumption = Resumption::store(STORE.clone()).tls12_resumption(match tickets {
                true => Tls12Resumption::SessionIdOrTickets,
                false => Tls12Resumption::SessionIdOnly,
            });
            config.enable_early_data = *early_data;
            config.key_log = KEY_LOG.clone();
            config.max_fragment_size = max_fragment_size;
            Ok(Config::Client(Arc::new(config)))
        }
        Side::Server { server_preference, client_auth, authorities, alpn } => {
            let mut config = ServerConfig::builder_with_details(provider, Arc::new(DefaultTimeProvider))
                .with_protocol_versions(&versions)?
                .with_client_cert_verifier(client_verifier(*client_auth, authorities))
                .with_cert_resolver(SERVER_RESOLVER.clone());
            config.ignore_client_order = *server_preference;
            config.alpn_protocols = if alpn.is_empty() { Vec::new() } else { vec![alpn.clone()] };
            config.session_storage = STORE.clone();
            config.ticketer = TICKETER.clone();
            // The connection sends them itself.
            config.send_tls13_tickets = 0;
            // It decides by the age of the session, and counts.
            config.max_early_data_size = u32::MAX;
            config.send_half_rtt_data = true;
            config.key_log = KEY_LOG.clone();
            config.max_fragment_size = max_fragment_size;
            Ok(Config::Server(Arc::new(config)))
        }
    }
}

fn client_verifier(auth: ClientAuth, authorities: &[Vec<u8>]) -> Arc<dyn ClientCertVerifier> {
    match auth {
        ClientAuth::None => WebPkiClientVerifier::no_client_auth(),
        _ => Arc::new(ClientVerifier {
            mandatory: auth == ClientAuth::Required,
            authorities: authorities.iter().map(|name| DistinguishedName::from(name.clone())).collect(),
        }),
    }
}
