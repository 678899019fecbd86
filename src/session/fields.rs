//! The content of a session.

use std::ffi::CString;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::secret::Secret;
use libc::{c_int, c_long, c_uint, c_ulong};

use super::expiry::Expiry;
use super::now;
use crate::context::settings::IdContext;
use crate::libcrypto::x509::PeerChain;

/// A session id: at most 32 bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Id {
    // What is not used is zero.
    bytes: [u8; 32],
    len: u8,
}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In one piece, which is a good deal faster than what could be derived.
        state.write(&self.bytes);
    }
}

impl Id {
    /// The longest id.
    pub const MAX: usize = 32;

    /// `None` when `bytes` is too long.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let mut this = Self::default();
        this.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        this.len = bytes.len() as u8;
        Some(this)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The first four bytes, of a shorter id with zeros after it.
    pub fn first_bytes(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = self.bytes;
        [a, b, c, d]
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// What an `SSL_SESSION` consists of. All of it is data: a copy is as good as
/// the original.
#[derive(Clone)]
pub struct Fields {
    /// The protocol version; 0 when not known. An `int`, as programs may set
    /// any.
    pub version: c_int,
    /// The cipher suite's code point; 0 when not known.
    pub cipher: u16,
    /// The session id.
    pub id: Id,
    /// The session id context it was made in.
    pub id_context: IdContext,
    /// TLS 1.2: the master secret. TLS 1.3: the PSK of the ticket. At most
    /// [`Fields::MAX_SECRET`] bytes.
    pub secret: Secret,
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// For how many seconds it may be resumed.
    pub timeout: i64,
    /// The peer's certificates, its own first; empty when it sent none.
    pub peer_chain: Arc<PeerChain>,
    /// The result of verifying the peer (`X509_V_*`).
    pub verify_result: c_long,
    /// The server's name (SNI).
    pub hostname: Option<CString>,
    /// The ticket, as the server sent it.
    pub ticket: Option<Box<[u8]>>,
    /// For how many seconds the server will accept the ticket.
    pub lifetime_hint: c_ulong,
    /// What is added to the ticket's age on the wire (TLS 1.3).
    pub age_add: u32,
    /// How many bytes of early data the server accepts.
    pub max_early_data: u32,
    /// The ALPN protocol.
    pub alpn: Option<Box<[u8]>>,
    /// `TLSEXT_max_fragment_length_*`
    pub max_fragment_len_mode: u8,
    /// The application's data inside the ticket.
    pub ticket_appdata: Option<Box<[u8]>>,
    /// The named group of the key exchange, by OpenSSL's number.
    pub kex_group: c_uint,
    /// [`Fields::EXTENDED_MASTER_SECRET`], and what else an encoding held.
    pub flags: u32,
    /// The compression method.
    pub compression: u8,
    /// Only kept: external PSK is not supported.
    pub psk_identity_hint: Option<CString>,
    /// Only kept: external PSK is not supported.
    pub psk_identity: Option<CString>,
    /// Only kept: SRP is not supported.
    pub srp_username: Option<CString>,
    /// No handshake may be resumed from it.
    pub not_resumable: bool,
}

impl Fields {
    /// The longest secret that programs may set.
    pub const MAX_SECRET: usize = 512;
    /// `SSL_SESS_FLAG_EXTMS`: the secret is an extended master secret.
    pub const EXTENDED_MASTER_SECRET: u32 = 1;
    /// `TLSEXT_max_fragment_length_UNSPECIFIED`
    pub const MAX_FRAGMENT_UNSPECIFIED: u8 = 255;

    /// Whether a handshake may be resumed from it.
    pub fn is_resumable(&self) -> bool {
        !self.not_resumable && (!self.id.is_empty() || self.has_ticket())
    }

    /// Whether there is a ticket.
    pub fn has_ticket(&self) -> bool {
        self.ticket.as_ref().is_some_and(|ticket| !ticket.is_empty())
    }

    /// Whether the secret is an extended master secret (RFC 7627).
    pub fn extended_master_secret(&self) -> bool {
        self.flags & Self::EXTENDED_MASTER_SECRET != 0
    }

    /// `TLSEXT_max_fragment_length_*`, `DISABLED` when not negotiated.
    pub fn max_fragment_length(&self) -> u8 {
        if self.max_fragment_len_mode == Self::MAX_FRAGMENT_UNSPECIFIED { 0 } else { self.max_fragment_len_mode }
    }

    /// When it expires.
    pub fn expiry(&self) -> Expiry {
        Expiry::new(self.time, self.timeout)
    }
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            version: 0,
            cipher: 0,
            id: Id::default(),
            id_context: IdContext::default(),
            secret: Secret::default(),
            time: now(),
            timeout: 5 * 60 + 4,
            peer_chain: PeerChain::none(),
            // Not X509_V_OK: nobody has verified anything.
            verify_result: 1,
            hostname: None,
            ticket: None,
            lifetime_hint: 0,
            age_add: 0,
            max_early_data: 0,
            alpn: None,
            max_fragment_len_mode: Self::MAX_FRAGMENT_UNSPECIFIED,
            ticket_appdata: None,
            kex_group: 0,
            flags: 0,
            compression: 0,
            psk_identity_hint: None,
            psk_identity: None,
            srp_username: None,
            not_resumable: false,
        }
    }
}
