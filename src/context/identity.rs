//! Who we are: certificates, keys and chains. OpenSSL's `CERT`.

use std::sync::Arc;

use libc::c_int;

use crate::engine::signer::Signer;
use crate::libcrypto::err;
use crate::libcrypto::evp::{EvpPkey, KeyKind};
use crate::libcrypto::stack::X509Stack;
use crate::libcrypto::store::X509Store;
use crate::libcrypto::x509::X509;
use crate::reason;

/// `SSL_CERT_SET_FIRST`
const SET_FIRST: i64 = 1;
/// `SSL_CERT_SET_NEXT`
const SET_NEXT: i64 = 2;

/// One certificate with its key and its chain.
#[derive(Clone, Default, Debug)]
pub struct Slot {
    certificate: Option<X509>,
    key: Option<EvpPkey>,
    chain: Option<Arc<X509Stack>>,
    server_info: Option<Arc<[u8]>>,
    signer: Arc<Signer>,
}

impl Slot {
    /// The certificate.
    pub fn certificate(&self) -> Option<&X509> {
        self.certificate.as_ref()
    }

    /// The private key.
    pub fn key(&self) -> Option<&EvpPkey> {
        self.key.as_ref()
    }

    /// The issuers' certificates that are sent with it; `None` when none were
    /// configured for this certificate.
    pub fn chain(&self) -> Option<&Arc<X509Stack>> {
        self.chain.as_ref()
    }

    /// The extensions that a server sends with it (`context::serverinfo`).
    pub fn server_info(&self) -> Option<&[u8]> {
        self.server_info.as_deref()
    }

    /// What signs with the key; copies of an identity share it.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Whether it can be used: there is a certificate and its key.
    pub fn is_complete(&self) -> bool {
        self.certificate.is_some() && self.key.is_some()
    }

    /// Whether a TLS 1.2 server with such a key may agree upon the suites of its kind: OpenSSL
    /// asks of ECDSA's certificates that they are for signatures, of no others.
    pub fn makes_suites_usable(&self, kind: KeyKind) -> bool {
        const DIGITAL_SIGNATURE: u32 = 0x80;
        kind != KeyKind::Ec || self.certificate().is_some_and(|own| own.key_usage() & DIGITAL_SIGNATURE != 0)
    }

    /// A slot for one handshake, of what a callback has just chosen.
    pub fn new(certificate: X509, key: EvpPkey) -> Self {
        Self { certificate: Some(certificate), key: Some(key), ..Self::default() }
    }

    fn changed(&mut self) {
        self.signer = Arc::default();
    }
}

/// One slot for each kind of key, one of which is the current one, and the
/// stores of this identity's own. An `SSL` starts with its context's and
/// changes a copy.
#[derive(Clone, Default, Debug)]
pub struct Identity {
    slots: [Slot; KeyKind::ALL.len()],
    current: usize,
    /// Verifies the peer instead of the context's store.
    pub verify_store: Option<X509Store>,
    /// Chains are built from it instead of the context's store.
    pub chain_store: Option<X509Store>,
}

/// What a failure puts on the error queue; 0 where libcrypto has said it all.
pub type Reason = c_int;

impl Identity {
    /// The slot that chain functions work on and getters show.
    pub fn current(&self) -> &Slot {
        &self.slots[self.current]
    }

    /// The slot of this kind of key.
    pub fn slot(&self, kind: KeyKind) -> &Slot {
        &self.slots[index(kind)]
    }

    /// Whether there is any certificate with its key.
    pub fn has_any(&self) -> bool {
        self.slots.iter().any(Slot::is_complete)
    }

    /// Which kind of key the current slot is for.
    pub fn current_kind(&self) -> KeyKind {
        KeyKind::ALL[self.current]
    }

    /// Sets the certificate. A key that does not belong to it is dropped.
    pub fn set_certificate(&mut self, certificate: X509) -> Result<(), Reason> {
        let public = certificate.public_key().ok_or(reason::X509_LIB)?;
        let kind = public.kind().ok_or(reason::UNKNOWN_CERTIFICATE_TYPE)?;
        if kind == KeyKind::Ec && !public.can_sign() {
            return Err(reason::ECC_CERT_NOT_FOR_SIGNING);
        }
        self.current = index(kind);
        let slot = &mut self.slots[self.current];
        if let Some(key) = &slot.key {
            public.copy_parameters(key);
            if !certificate.check_private_key(key) {
                slot.key = None;
            }
            err::clear();
        }
        slot.certificate = Some(certificate);
        slot.changed();
        Ok(())
    }

    /// Sets the private key, which must belong to the certificate if there is
    /// one.
    pub fn set_key(&mut self, key: EvpPkey) -> Result<(), Reason> {
        let kind = key.kind().ok_or(reason::UNKNOWN_CERTIFICATE_TYPE)?;
        let slot = &mut self.slots[index(kind)];
        if slot.certificate.as_ref().is_some_and(|certificate| !certificate.check_private_key(&key)) {
            return Err(0);
        }
        slot.key = Some(key);
        slot.changed();
        self.current = index(kind);
        Ok(())
    }

    /// Sets certificate, key and chain at once, over what is there only if
    /// told so. Without a key the certificate's public one stands in, for keys
    /// that an engine keeps.
    pub fn set_all(
        &mut self,
        certificate: X509,
        key: Option<EvpPkey>,
        chain: Option<X509Stack>,
        replace: bool,
    ) -> Result<(), Reason> {
        let public = certificate.public_key().ok_or(0)?;
        let key = match key {
            Some(key) => {
                match_parameters(&key, &public)?;
                if !public.equals(&key) {
                    return Err(reason::PRIVATE_KEY_MISMATCH);
                }
                key
            }
            None => public.clone(),
        };
        let kind = public.kind().ok_or(reason::UNKNOWN_CERTIFICATE_TYPE)?;
        let slot = &mut self.slots[index(kind)];
        let empty = slot.certificate.is_none() && slot.key.is_none() && slot.chain.is_none();
        if !replace && !empty {
            return Err(reason::NOT_REPLACING_CERTIFICATE);
        }
        slot.certificate = Some(certificate);
        slot.key = Some(key);
        slot.chain = chain.map(Arc::new);
        slot.changed();
        self.current = index(kind);
        Ok(())
    }

    /// Whether the current certificate and key are there and belong together.
    pub fn check_private_key(&self) -> Result<(), Reason> {
        let slot = self.current();
        let certificate = slot.certificate().ok_or(reason::NO_CERTIFICATE_ASSIGNED)?;
        let key = slot.key().ok_or(reason::NO_PRIVATE_KEY_ASSIGNED)?;
        if certificate.check_private_key(key) { Ok(()) } else { Err(0) }
    }

    /// Replaces the current slot's chain.
    pub fn set_chain(&mut self, chain: Option<X509Stack>) {
        let slot = &mut self.slots[self.current];
        slot.chain = chain.map(Arc::new);
        slot.changed();
    }

    /// Gives the current slot extensions for a server to send.
    pub fn set_server_info(&mut self, info: Arc<[u8]>) {
        self.slots[self.current].server_info = Some(info);
    }

    /// Adds a certificate to the current slot's chain.
    pub fn add_to_chain(&mut self, certificate: X509) -> bool {
        let slot = &mut self.slots[self.current];
        let Some(mut chain) = slot.chain.as_deref().map_or_else(X509Stack::new, |chain| Some(chain.clone())) else {
            return false;
        };
        if !chain.push(certificate) {
            return false;
        }
        slot.chain = Some(Arc::new(chain));
        slot.changed();
        true
    }

    /// Makes the slot with this certificate the current one: the same object
    /// if there is one, else an equal one.
    pub fn select(&mut self, certificate: &X509) -> bool {
        let complete = |slot: &&Slot| slot.is_complete();
        let same = |slot: &Slot| slot.certificate().is_some_and(|own| own.as_ptr() == certificate.as_ptr());
        let equal = |slot: &Slot| slot.certificate().is_some_and(|own| own.equals(certificate));
        let find = |fits: &dyn Fn(&Slot) -> bool| self.slots.iter().position(|slot| complete(&slot) && fits(slot));
        match find(&same).or_else(|| find(&equal)) {
            Some(found) => {
                self.current = found;
                true
            }
            None => false,
        }
    }

    /// `SSL_CERT_SET_FIRST` or `SSL_CERT_SET_NEXT`: walks over the slots.
    pub fn set_current(&mut self, which: i64) -> bool {
        let start = match which {
            SET_FIRST => 0,
            SET_NEXT => self.current + 1,
            _ => return false,
        };
        match (start..self.slots.len()).find(|&at| self.slots[at].is_complete()) {
            Some(found) => {
                self.current = found;
                true
            }
            None => false,
        }
    }

    /// Makes the slot of this kind the current one.
    pub fn set_current_kind(&mut self, kind: KeyKind) -> bool {
        self.current = index(kind);
        true
    }

    /// Empties all slots.
    pub fn clear(&mut self) {
        self.slots = Default::default();
    }
}

fn index(kind: KeyKind) -> usize {
    KeyKind::ALL.iter().position(|&other| other == kind).unwrap_or(0)
}

/// Domain parameters that one half of a pair lacks are taken from the other.
fn match_parameters(key: &EvpPkey, public: &EvpPkey) -> Result<(), Reason> {
    let copied = match (key.is_missing_parameters(), public.is_missing_parameters()) {
        (true, true) => return Err(reason::MISSING_PARAMETERS),
        (true, false) => key.copy_parameters(public),
        (false, true) => public.copy_parameters(key),
        (false, false) => true,
    };
    if copied { Ok(()) } else { Err(reason::COPY_PARAMETERS_FAILED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_assigned_at_first() {
        let mut identity = Identity::default();
        assert_eq!(identity.check_private_key(), Err(reason::NO_CERTIFICATE_ASSIGNED));
        assert_eq!(identity.current_kind(), KeyKind::Rsa);
        assert!(!identity.set_current(SET_FIRST));
        assert!(!identity.set_current(SET_NEXT));
        assert!(!identity.set_current(99));
    }
}
