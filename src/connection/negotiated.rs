//! What the two ends agreed upon.

use super::extension_rules::Kinds;
use crate::libcrypto::evp::KeyKind;

/// The content of a Finished message.
#[derive(Clone, Copy)]
pub struct VerifyData {
    bytes: [u8; VerifyData::MOST],
    len: u8,
}

impl VerifyData {
    /// No hash function here gives more.
    const MOST: usize = 48;

    /// None of a message that is too long, which fails.
    pub fn new(content: &[u8]) -> Self {
        let mut this = Self::default();
        if let Some(place) = this.bytes.get_mut(..content.len()) {
            place.copy_from_slice(content);
            this.len = content.len() as u8;
        }
        this
    }
}

impl Default for VerifyData {
    fn default() -> Self {
        Self { bytes: [0; Self::MOST], len: 0 }
    }
}

impl std::ops::Deref for VerifyData {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// The outcome of the handshake so far.
#[derive(Default, Clone)]
pub struct Negotiated {
    /// The protocol version; 0 before the ServerHello.
    pub version: u16,
    /// The version of the ClientHello (`legacy_version`, or the highest offered).
    pub client_version: u16,
    /// The cipher suite's code point; 0 before the ServerHello.
    pub cipher: u16,
    /// The named group of the key exchange; 0 when none.
    pub group: u16,
    /// The signature scheme that the peer signed with; 0 when none.
    pub peer_signature: u16,
    /// The signature scheme that we signed with; 0 when none.
    pub signature: u16,
    /// The selected ALPN protocol, empty when none.
    pub alpn: Vec<u8>,
    /// The session id that the client offered.
    pub offered_id: Vec<u8>,
    /// The extensions that the client offered.
    pub offered: Kinds,
    /// The groups of its key shares, as a client knows them.
    pub offered_shares: Vec<u16>,
    /// Whether the peer has said that it renegotiates securely.
    pub secure_renegotiation: bool,
    /// The session id of the ServerHello.
    pub session_id: Vec<u8>,
    /// ClientHello.random
    pub client_random: [u8; 32],
    /// ServerHello.random
    pub server_random: [u8; 32],
    /// verify_data of our Finished.
    pub finished: VerifyData,
    /// verify_data of the peer's Finished.
    pub peer_finished: VerifyData,
    /// TLS 1.2: whether the extended master secret was used.
    pub extended_master_secret: bool,
    /// The kind of the certificate that a server shows; `None` when none.
    pub certificate: Option<KeyKind>,
    /// The certificate types that a client was asked for (TLS 1.2), once it was asked.
    pub certificate_types: Option<Vec<u8>>,
    /// Signature schemes that the peer accepts, in its order.
    pub peer_sigalgs: Vec<u16>,
    /// Signature schemes that the peer accepts in certificates; empty when it did not say.
    pub peer_cert_sigalgs: Vec<u16>,
    /// Named groups that the peer offered, in its order.
    pub peer_groups: Vec<u16>,
    /// Cipher suites that the client offered, in its order.
    pub client_ciphers: Vec<u16>,
    /// The same as they were received.
    pub client_ciphers_raw: Vec<u8>,
    /// The peer's EC point formats (TLS 1.2).
    pub ec_point_formats: Vec<u8>,
    /// The group and the peer's public value of the key exchange, empty when
    /// not known.
    pub peer_share: (u16, Vec<u8>),
    /// Whether the server acknowledged SNI (client side), or the servername
    /// callback accepted it (server side).
    pub servername_acknowledged: bool,
}

impl Negotiated {
    /// Whether a HelloRetryRequest has agreed upon TLS 1.3, and no ServerHello came.
    pub fn is_retried(&self) -> bool {
        self.version == 0x0304 && self.cipher == 0
    }
}
