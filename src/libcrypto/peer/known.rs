//! Certificates that are decoded once for the whole process.
//!
//! Decoding one and its key is the dearest part of a handshake, and most peers show the
//! same few. What is shared is never shown to a program, which could change it under
//! other connections: a [`Known`] gives out facts, and its object to the module above alone.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use once_cell::sync::Lazy;

use crate::libcrypto::evp::PublicKey;
use crate::libcrypto::x509::X509;
use crate::sync::RwLock;

/// A certificate that connections share.
#[derive(Clone)]
pub(super) struct Known(X509);

impl Known {
    /// Another reference, for [`super::UnseenStack`] alone.
    pub(super) fn reference(&self) -> X509 {
        self.0.clone()
    }

    /// Its `SubjectPublicKeyInfo`, encoded.
    pub(super) fn public_key_info(&self) -> Vec<u8> {
        self.0.public_key_info()
    }

    /// What its key is for, by its key usage.
    pub(super) fn key_usage(&self) -> u32 {
        self.0.key_usage()
    }

    /// Its public key; `None` when libcrypto can't make one of it.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        self.0.public_key().map(PublicKey::new)
    }
}

/// Whether a certificate has been met before.
pub(super) enum Met {
    /// Often enough to be decoded.
    Known(Known),
    /// Once: from now on it is worth to be shared.
    Again,
    /// Most of those are never met again.
    First,
}

/// By their encodings; those that were met once have no object yet.
type Certificates = HashMap<Arc<[u8]>, Option<Known>>;

/// The certificates that were met.
static MET: Lazy<RwLock<Certificates>> = Lazy::new(RwLock::default);

/// What is known of the certificate with these bytes, and the bytes, shared where they can be.
pub(super) fn meet(der: &[u8]) -> (Option<Arc<[u8]>>, Met) {
    let met = MET.read().unwrap_or_else(PoisonError::into_inner);
    match met.get_key_value(der) {
        Some((bytes, Some(known))) => (Some(bytes.clone()), Met::Known(known.clone())),
        Some((bytes, None)) => (Some(bytes.clone()), Met::Again),
        None => (None, Met::First),
    }
}

/// Remembers that a certificate was met, and from the second time on the certificate.
pub(super) fn remember(der: &Arc<[u8]>, known: Option<Known>) {
    /// Peers that never come back must not fill the memory.
    const MOST: usize = 128;
    const LONGEST: usize = 8 * 1024;

    if der.len() > LONGEST {
        return;
    }
    let mut met = MET.write().unwrap_or_else(PoisonError::into_inner);
    let full = met.len() >= MOST;
    let forgotten = if full { std::mem::take(&mut *met) } else { HashMap::new() };
    // In a race of two the later one replaces the other.
    let replaced = met.insert(der.clone(), known);
    // Freeing one may run a program's callback: not under the lock.
    drop(met);
    drop((forgotten, replaced));
}

/// A certificate that is to be shared. It must be nobody else's.
pub(super) fn share(x509: X509) -> Known {
    Known(x509)
}
