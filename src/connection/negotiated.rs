//! What the two ends agreed upon.

use super::extension_rules::Kinds;
use crate::libcrypto::evp::KeyKind;
use crate::secret::Secret;

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
    pub finished: Vec<u8>,
    /// verify_data of the peer's Finished.
    pub peer_finished: Vec<u8>,
    /// TLS 1.2: the master secret. TLS 1.3: empty.
    pub master_secret: Secret,
    /// TLS 1.3: the exporter secret.
    pub exporter_secret: Secret,
    /// TLS 1.3: the early exporter secret.
    pub early_exporter_secret: Secret,
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
