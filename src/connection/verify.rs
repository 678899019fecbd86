//! The peer's certificates: verified as OpenSSL does, by libcrypto.

use std::sync::Arc;

use libc::{c_int, c_long};

use super::handshake::TLS1_3;
use super::state::message;
use super::{Connection, Role};
use crate::context::callbacks::VerifyCallback;
use crate::context::identity::{Identity, Slot};
use crate::context::verify_mode::OfClient;
use crate::engine::config::ClientAuth;
use crate::engine::signature::Curve;
use crate::ffi::callbacks;
use crate::libcrypto::err;
use crate::libcrypto::evp::{EvpPkey, KeyKind};
use crate::libcrypto::peer::Flaw;
use crate::libcrypto::stack::NameStack;
use crate::libcrypto::store::{Outcome, Rules, Verification, X509Store, ssl_index, verify_unseen};
use crate::libcrypto::sys::stack_st_X509_NAME;
use crate::libcrypto::x509::{PeerChain, X509};
use crate::reason;

const BAD_CERTIFICATE: u8 = 42;
const DECODE_ERROR: u8 = 50;
const INTERNAL_ERROR: u8 = 80;

/// Why the peer is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VerifyFailure {
    /// What goes on the error queue.
    pub reason: c_int,
    /// What the peer is told.
    pub alert: u8,
}

impl Connection {
    /// What rustls's verifier asks: remembers the peer's certificates and
    /// verifies them. On `false` the reason and the alert are in `failure`.
    pub fn on_peer_certificates(&self, chain: Vec<Vec<u8>>, ocsp_response: &[u8]) -> bool {
        if self.failure.get().is_some() {
            // The message was not to be read at all.
            return false;
        }
        self.on_status_response(ocsp_response);
        let chain = match self.received_chain(&chain).and_then(|chain| self.verify_peer(&chain).map(|()| chain)) {
            Ok(chain) => chain,
            Err(failure) => {
                if self.role.get() == Role::Client {
                    self.set_message(message::CR_CERT);
                }
                self.failure.set(Some((failure.reason, failure.alert)));
                return false;
            }
        };
        if let Some(session) = self.current_session() {
            let old = session.update(|fields| {
                fields.verify_result = self.verify_result.get();
                std::mem::replace(&mut fields.peer_chain, chain)
            });
            drop(old);
        }
        true
    }

    /// A server's signature was verified: what OpenSSL looks at behind it. On `false` the reason
    /// and the alert are in `failure`.
    pub fn on_server_signature(&self) -> bool {
        let checked = self.check_signing_usage().and_then(|()| self.check_status()).and_then(|()| self.check_ct());
        if let Err(failure) = checked {
            let tls13 = self.negotiated.borrow().version == TLS1_3;
            self.set_message(if tls13 { message::CR_FINISHED } else { message::CR_SRVR_DONE });
            self.failure.set(Some((failure.reason, failure.alert)));
        }
        checked.is_ok()
    }

    /// The peer's certificates, which the program may have been shown while they arrived.
    fn received_chain(&self, chain: &[Vec<u8>]) -> Result<Arc<PeerChain>, VerifyFailure> {
        let arrived = self.extensions.used().and_then(|extensions| extensions.arrived.take());
        let arrived = arrived.filter(|arrived| arrived.der().eq(chain.iter().map(Vec::as_slice)));
        if let Some(arrived) = arrived {
            return Ok(arrived);
        }
        let server = self.role.get() == Role::Server;
        PeerChain::received(chain, &self.library()).map(Arc::new).map_err(|flaw| {
            if !server {
                self.peer_chain.replace(Some(PeerChain::none()));
            }
            match flaw {
                Flaw::Malformed if server => VerifyFailure { reason: err::ERR_R_ASN1_LIB, alert: DECODE_ERROR },
                Flaw::Malformed => VerifyFailure { reason: err::ERR_R_ASN1_LIB, alert: BAD_CERTIFICATE },
                Flaw::TrailingBytes => VerifyFailure { reason: reason::CERT_LENGTH_MISMATCH, alert: DECODE_ERROR },
            }
        })
    }

    /// A client's Certificate message: rustls does not show an empty one.
    pub fn on_client_certificate(&self, body: &[u8]) {
        let tls13 = self.negotiated.borrow().version == 0x0304;
        let list = if tls13 { body.get(1..) } else { Some(body) };
        if tls13 && list.is_some_and(|list| list != [0; 3]) {
            self.forget_status_request();
        }
        if self.settings.borrow().verify_mode.of_server().in_handshake(tls13) != ClientAuth::Optional {
            return;
        }
        if list.is_some_and(|list| list == [0; 3]) {
            let chain = PeerChain::refused();
            if let Some(session) = self.current_session() {
                session.update(|fields| fields.peer_chain = chain.clone());
            }
            self.peer_chain.replace(Some(chain));
        }
    }

    /// Verifies the peer's chain. The result and the chain that was built are
    /// on the connection afterwards, also on failure. A client that verifies
    /// nothing (`SSL_VERIFY_NONE`) goes through all of it and accepts any result.
    ///
    /// Callbacks of the program run inside.
    pub fn verify_peer(&self, chain: &Arc<PeerChain>) -> Result<(), VerifyFailure> {
        let server = self.role.get() == Role::Server;
        if !server {
            self.peer_chain.replace(Some(chain.clone()));
        }
        let verified = self.verify_chain(chain).unwrap_or(false);
        let mandatory = server || self.settings.borrow().verify_mode.of_client() == OfClient::Strict;
        if mandatory && !verified {
            return Err(VerifyFailure {
                reason: reason::CERTIFICATE_VERIFY_FAILED,
                alert: alert_of(self.verify_result.get()),
            });
        }
        // What was found out is in `verify_result`.
        err::clear();
        if let Some(certificate) = chain.signatory() {
            self.check_certificate_key(certificate)?;
        }
        self.peer_chain.replace(Some(chain.clone()));
        self.peer_accepted.set(true);
        Ok(())
    }

    /// `None` when libcrypto could not even begin.
    fn verify_chain(&self, chain: &Arc<PeerChain>) -> Option<bool> {
        let context = self.context.borrow().clone();
        let (level, suite_b, callback, store) = {
            let settings = self.settings.borrow();
            let store = settings.identity.verify_store.clone();
            (settings.security_level, settings.suite_b(), settings.verify_callback, store)
        };
        let store = store.unwrap_or_else(|| context.trust.store());
        self.verify_later.set(false);
        let rules = || Rules {
            level,
            flags: suite_b,
            default: if self.role.get() == Role::Server { c"ssl_client" } else { c"ssl_server" },
            param: &self.verify_param,
        };
        let replacement = context.callbacks().cert_verify;
        // DANE tells the program which certificate has matched.
        let seen = callback.is_some() || replacement.function.is_some() || self.dane.has_records();
        let store_unseen = if seen { None } else { store.unwatched() };
        let unseen = store_unseen.and_then(|store| verify_unseen(&store, chain, &rules(), &context.library));
        let outcome = match unseen {
            Some(outcome) => outcome,
            None => self.verify_seen(store, chain, &rules(), callback)?,
        };
        self.verify_result.set(c_long::from(outcome.error));
        let old = self.verified_chain.replace(outcome.chain.map(Arc::new));
        drop(old);
        // A program that would be asked again later has not verified anything.
        Some(outcome.verified && !self.verify_later.get())
    }

    /// Verifies the chain where the program may look.
    fn verify_seen(
        &self,
        store: X509Store,
        chain: &PeerChain,
        rules: &Rules<'_>,
        callback: Option<VerifyCallback>,
    ) -> Option<Outcome> {
        let context = self.context.borrow().clone();
        let Some(verification) = Verification::new(store, chain.leaf()?, chain.stack(), &context.library) else {
            err::raise(err::ERR_R_X509_LIB);
            return None;
        };
        verification.set_rules(rules);
        if !verification.set_ex_data(ssl_index(), self.as_ptr().cast()) {
            return None;
        }
        if self.dane.has_records() {
            verification.set_dane(&self.dane);
        }
        if let Some(callback) = callback {
            verification.set_callback(callback.to_c());
        }
        let replacement = context.callbacks().cert_verify;
        let verified = match replacement.function {
            Some(function) => callbacks::verify_certificate(function, &verification, replacement.arg),
            None => verification.verify(),
        };
        let outcome = verification.outcome(verified);
        verification.move_peername(&self.verify_param);
        Some(outcome)
    }

    /// The peer's own certificate, once it is accepted.
    pub fn peer_certificate(&self) -> Option<X509> {
        let refused = self.peer_chain.borrow().is_some() && !self.peer_accepted.get();
        if refused { None } else { self.peer_certificates()?.leaf() }
    }

    /// The peer's certificates: those of this handshake, else the session's. A
    /// client sees them already while they are verified.
    pub fn peer_certificates(&self) -> Option<Arc<PeerChain>> {
        let own = self.peer_chain.borrow().clone();
        own.or_else(|| Some(self.current_session()?.read(|fields| fields.peer_chain.clone())))
    }

    /// `SSL_copy_session_id`: takes over another connection's certificates and
    /// session id context.
    pub fn copy_identity(&self, from: &Self) {
        let (identity, id_context) = {
            let from = from.settings.borrow();
            (from.identity.clone(), from.id_context)
        };
        let old = {
            let mut settings = self.settings.borrow_mut();
            settings.id_context = id_context;
            std::mem::replace(&mut settings.identity, identity)
        };
        drop(old);
    }

    /// Whether this server may agree upon TLS 1.3: it has a certificate for it,
    /// or a callback that may supply one.
    pub fn is_tls13_capable(&self) -> bool {
        let by_name = self.context.borrow().callbacks().servername.function.is_some()
            || self.session_context.callbacks().servername.function.is_some();
        let inherited = self.inherited.get();
        if by_name
            || inherited.cert.function.is_some()
            || inherited.psk_server.is_some()
            || inherited.psk_find_session.is_some()
        {
            return true;
        }
        let identity = self.settings.borrow().identity.clone();
        let fits = |kind| match kind {
            KeyKind::Dsa => false,
            KeyKind::Ec => identity.slot(kind).is_complete() && self.signs_with(identity.slot(kind)),
            _ => identity.slot(kind).is_complete(),
        };
        KeyKind::ALL.into_iter().any(fits)
    }

    /// Whether a signature algorithm that is configured belongs to the key's curve.
    fn signs_with(&self, slot: &Slot) -> bool {
        let Some(configured) = self.settings.borrow().sigalgs.clone() else { return true };
        let algorithm = match slot.key().and_then(Curve::of) {
            Some(Curve::P256) => 0x0403,
            Some(Curve::P384) => 0x0503,
            Some(Curve::P521) => 0x0603,
            None => return true,
        };
        configured.contains(&algorithm)
    }

    /// The names of authorities that a server sends with its request for a
    /// certificate, encoded.
    pub fn authorities_to_send(&self) -> Arc<[Vec<u8>]> {
        let own = self.authorities.borrow();
        let context = self.context.borrow();
        context.trust.authorities(|shared| {
            let for_clients = own.for_clients.as_ref().or(shared.for_clients.as_ref());
            let any = own.any.as_ref().or(shared.any.as_ref());
            for_clients
                .filter(|list| !list.is_empty())
                .or(any)
                .map_or_else(|| Arc::from([]), |list| list.to_der().into())
        })
    }

    /// The names that the server sent with its request for a certificate, kept
    /// by the connection; NULL if there was none.
    pub fn peer_authority_names(&self) -> *mut stack_st_X509_NAME {
        let mut list = self.peer_ca_list.borrow_mut();
        if list.is_none() {
            let names = self.peer_authorities.borrow();
            *list = names.as_ref().and_then(|names| NameStack::from_der(names.iter().map(Vec::as_slice)));
        }
        list.as_ref().map_or(std::ptr::null_mut(), NameStack::as_ptr)
    }

    /// Changes this connection's own identity. `change` may call into C.
    pub fn change_identity<R>(&self, change: impl FnOnce(&mut Identity) -> R) -> R {
        let mut identity = self.settings.borrow().identity.clone();
        let result = change(Arc::make_mut(&mut identity));
        let old = std::mem::replace(&mut self.settings.borrow_mut().identity, identity);
        drop(old);
        result
    }

    /// Before a client's certificate is chosen: lets the program set one, by
    /// its certificate callback, and, if none that is set is `usable`, by its engine or its
    /// client certificate callback.
    pub fn prepare_client_certificate(&self, usable: &dyn Fn(&Self) -> bool) -> Result<(), VerifyFailure> {
        let callback = self.inherited.get().cert;
        if let Some(function) = callback.function {
            // OpenSSL would suspend the handshake on a negative answer, for
            // the program to call again. rustls can't.
            if callbacks::certificate(function, self, callback.arg) <= 0 {
                return Err(VerifyFailure { reason: reason::CALLBACK_FAILED, alert: INTERNAL_ERROR });
            }
        }
        if usable(self) {
            return Ok(());
        }
        match self.find_client_certificate() {
            (answer, Some((certificate, key))) if answer > 0 => {
                let set = self.change_identity(|identity| {
                    identity.set_certificate(certificate).and_then(|()| identity.set_key(key))
                });
                match set {
                    Ok(()) | Err(0) => {}
                    Err(reason) => err::raise(reason),
                }
            }
            (answer, None) if answer > 0 => err::raise(reason::BAD_DATA_RETURNED_BY_CALLBACK),
            (answer, _) if answer < 0 => {
                return Err(VerifyFailure { reason: reason::CALLBACK_FAILED, alert: INTERNAL_ERROR });
            }
            _ => {}
        }
        Ok(())
    }

    /// Asks the engine, and if it does not know the program's callback, for a
    /// client's certificate and key.
    fn find_client_certificate(&self) -> (c_int, Option<(X509, EvpPkey)>) {
        let context = self.context.borrow().clone();
        if let Some(engine) = context.client_cert_engine() {
            let found = engine.load(self.as_ptr().cast(), self.peer_authority_names());
            if found.0 != 0 {
                return found;
            }
        }
        match context.callbacks().client_cert {
            Some(callback) => callbacks::client_certificate(callback, self),
            None => (0, None),
        }
    }
}

/// The alert for an `X509_V_*`.
fn alert_of(result: c_long) -> u8 {
    const HANDSHAKE_FAILURE: u8 = 40;
    const UNSUPPORTED_CERTIFICATE: u8 = 43;
    const CERTIFICATE_REVOKED: u8 = 44;
    const CERTIFICATE_EXPIRED: u8 = 45;
    const CERTIFICATE_UNKNOWN: u8 = 46;
    const UNKNOWN_CA: u8 = 48;
    const DECRYPT_ERROR: u8 = 51;
    match result {
        // UNSPECIFIED, OUT_OF_MEM, INVALID_CALL, STORE_LOOKUP
        1 | 17 | 69 | 70 => INTERNAL_ERROR,
        // UNABLE_TO_GET_ISSUER_CERT, UNABLE_TO_GET_CRL, DEPTH_ZERO_SELF_SIGNED_CERT,
        // SELF_SIGNED_CERT_IN_CHAIN, UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        // UNABLE_TO_VERIFY_LEAF_SIGNATURE, CERT_CHAIN_TOO_LONG, INVALID_CA,
        // PATH_LENGTH_EXCEEDED, UNABLE_TO_GET_CRL_ISSUER
        2 | 3 | 18..=22 | 25 | 33 | 79 => UNKNOWN_CA,
        // UNABLE_TO_DECRYPT_*_SIGNATURE, UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY,
        // *_NOT_YET_VALID, ERROR_IN_*_FIELD, CERT_UNTRUSTED, CERT_REJECTED,
        // HOSTNAME, EMAIL and IP_ADDRESS_MISMATCH, DANE_NO_MATCH, weak keys and
        // hashes, EC_KEY_EXPLICIT_PARAMS
        4..=6 | 9 | 11 | 13..=16 | 27 | 28 | 62..=68 | 94 => BAD_CERTIFICATE,
        // CERT_SIGNATURE_FAILURE, CRL_SIGNATURE_FAILURE
        7 | 8 => DECRYPT_ERROR,
        // CERT_HAS_EXPIRED, CRL_HAS_EXPIRED
        10 | 12 => CERTIFICATE_EXPIRED,
        // CERT_REVOKED
        23 => CERTIFICATE_REVOKED,
        // INVALID_PURPOSE
        26 => UNSUPPORTED_CERTIFICATE,
        // APPLICATION_VERIFICATION
        50 => HANDSHAKE_FAILURE,
        _ => CERTIFICATE_UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::alert_of;

    #[test]
    fn results_have_openssls_alerts() {
        // EXPIRED, REVOKED, SELF_SIGNED_CERT_IN_CHAIN, HOSTNAME_MISMATCH,
        // INVALID_CA, NO_ISSUER_PUBLIC_KEY, an unknown one
        let pairs = [(10, 45), (23, 44), (19, 48), (62, 42), (79, 48), (24, 46), (12345, 46)];
        for (result, alert) in pairs {
            assert_eq!(alert_of(result), alert, "X509_V_ {result}");
        }
    }
}
