//! External pre-shared keys of TLS 1.3 (RFC 8446, 4.2.11): the program's callbacks have them.
//!
//! To rustls such a key is a session that is resumed; only the label under which its binder is
//! made differs. A client offers one of the two: the key where there is one, else a ticket.

use std::cell::Cell;
use std::ffi::CString;

use super::Connection;
use super::accept::{Candidate, same_hash};
use super::client_hello::ClientHello;
use super::handshake::TLS1_3;
use super::io::Stop;
use super::state::message;
use crate::cell::RefCell;
use crate::context::cipher::by_code_point;
use crate::engine::stand_in::{Role, StandIn};
use crate::engine::store::Offer;
use crate::engine::{config, mint};
use crate::ffi::{Ref, callbacks};
use crate::libcrypto::err;
use crate::reason;
use crate::secret::Secret;
use crate::session::{Session, now};

/// `PSK_MAX_IDENTITY_LEN`
const MAX_IDENTITY: usize = 256;
/// The suite of keys that are known without one.
const TLS_AES_128_GCM_SHA256: u16 = 0x1301;
const HANDSHAKE_FAILURE: u8 = 40;
const INTERNAL_ERROR: u8 = 80;

/// A connection's external key.
#[derive(Default)]
pub struct ExternalPsk {
    /// The session that stands for the key that our ClientHello offers.
    offered: RefCell<Option<Ref<Session>>>,
    /// The binders of this handshake are those of an external key.
    binds: Cell<bool>,
}

impl ExternalPsk {
    /// Forgets the last handshake's.
    pub fn clear(&self) {
        let old = self.offered.take();
        drop(old);
        self.binds.set(false);
    }

    /// Whether the binders of this handshake are those of an external key.
    pub fn binds(&self) -> bool {
        self.binds.get()
    }
}

impl Connection {
    /// A client's key, if its program has one: what is offered with it.
    pub fn offer_external_psk(&self) -> Result<Option<Offer>, Stop> {
        let internal = || self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR);
        let Some((identity, session)) = self.ask_for_client_psk()? else { return Ok(None) };
        let fields = session.read(Clone::clone);
        if by_code_point(fields.cipher).is_some_and(|cipher| !cipher.has_digest()) {
            return Err(self.fatal(Some(INTERNAL_ERROR), reason::BAD_PSK));
        }
        self.hidden.put(Role::Offered, &fields.secret);
        let offered = mint::Tls13Session {
            suite: fields.cipher,
            psk: StandIn::psk(),
            ticket: &identity,
            lifetime: u32::MAX,
            age_add: 0,
            max_early_data: 0,
            time: u64::try_from(now()).unwrap_or(0),
        };
        // A key that can't be offered, as one without an identity, is not passed over.
        let minted = mint::tls13(&config::SERVER_VERIFIER, &config::CLIENT_RESOLVER, &offered);
        let minted = minted.filter(|_| !fields.secret.is_empty()).ok_or_else(internal)?;
        self.external_psk.binds.set(true);
        self.external_psk.offered.replace(Some(session));
        Ok(Some(Offer::Tls13(Box::new(minted))))
    }

    fn ask_for_client_psk(&self) -> Result<Option<callbacks::PskSession>, Stop> {
        let inherited = self.inherited.get();
        if inherited.psk_use_session.is_none() && inherited.psk_client.is_none() {
            return Ok(None);
        }
        self.set_message(message::CW_CLNT_HELLO);
        if let Some(function) = inherited.psk_use_session {
            match callbacks::psk_use_session(function, self, None) {
                Ok(Some((_, session))) if !is_tls13(&session) => {
                    return Err(self.fatal(Some(INTERNAL_ERROR), reason::BAD_PSK));
                }
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(callbacks::Refused) => return Err(self.fatal(Some(INTERNAL_ERROR), reason::BAD_PSK)),
            }
        }
        let Some(function) = inherited.psk_client else { return Ok(None) };
        match callbacks::psk_client(function, self) {
            Ok(None) => Ok(None),
            Ok(Some((identity, key))) => Ok(Some((identity, self.session_of_key(key)?))),
            Err(callbacks::Refused) => Err(self.fatal(Some(HANDSHAKE_FAILURE), err::ERR_R_INTERNAL_ERROR)),
        }
    }

    /// The server asks for another ClientHello, in a suite that the key must have the hash of.
    /// The program may leave its key out where it is told of another; then rustls does, too.
    pub fn check_external_psk(&self, suite: u16) {
        let key = self.external_psk.offered.borrow().as_ref().map(|session| session.read(|fields| fields.cipher));
        if key.is_none_or(|key| same_hash(key, suite)) {
            return;
        }
        let inherited = self.inherited.get();
        let suite_of_retry = by_code_point(suite);
        let ask = |function| callbacks::psk_use_session(function, self, suite_of_retry);
        let asked = inherited.psk_use_session.map(ask);
        let left_out = match asked {
            Some(Ok(None)) => inherited.psk_client.is_none(),
            Some(Ok(Some((_, session)))) => session.read(|fields| same_hash(fields.cipher, suite)),
            Some(Err(callbacks::Refused)) | None => false,
        };
        if !left_out {
            self.failure.set(Some((reason::BAD_PSK, INTERNAL_ERROR)));
        }
    }

    /// The server took the key: its session is the connection's.
    pub fn take_external_session(&self) {
        if let Some(session) = self.external_psk.offered.take() {
            let old = self.session.replace(Some(session));
            drop(old);
        }
    }

    /// A server's key for the identity at `index` of the ClientHello, if its program has one.
    pub fn external_candidate(&self, index: usize, hello: &ClientHello) -> Result<Option<Candidate>, Stop> {
        let offered = &hello.psk_identities[index];
        let Some(found) = self.ask_for_server_psk(&offered.identity)? else { return Ok(None) };
        let Some(session) = found.dup_for_connection(false) else {
            return Err(self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR));
        };
        let id_context = self.settings.borrow().id_context;
        session.update(|fields| fields.id_context = id_context);
        Ok(Some(Candidate::external(&offered.identity, session, offered.obfuscated_age, index == 0)))
    }

    fn ask_for_server_psk(&self, identity: &[u8]) -> Result<Option<Ref<Session>>, Stop> {
        let inherited = self.inherited.get();
        if let Some(function) = inherited.psk_find_session {
            match callbacks::psk_find_session(function, self, identity) {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(callbacks::Refused) => return Err(self.fatal(Some(INTERNAL_ERROR), reason::BAD_EXTENSION)),
            }
        }
        let Some(function) = inherited.psk_server.filter(|_| identity.len() <= MAX_IDENTITY) else { return Ok(None) };
        // As C sees it, it ends at the first zero.
        let name = identity.split(|&byte| byte == 0).next().unwrap_or_default();
        let Ok(name) = CString::new(name) else { return Ok(None) };
        match callbacks::psk_server(function, self, &name) {
            Ok(None) => Ok(None),
            Ok(Some(key)) => self.session_of_key(key).map(Some),
            Err(callbacks::Refused) => Err(self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR)),
        }
    }

    /// A session that stands for a key without one.
    fn session_of_key(&self, key: Secret) -> Result<Ref<Session>, Stop> {
        let session = Session::new().ok_or_else(|| self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR))?;
        session.update(|fields| {
            fields.secret = key;
            fields.cipher = TLS_AES_128_GCM_SHA256;
            fields.version = i32::from(TLS1_3);
        });
        Ok(session)
    }

    /// The server is about to resume with an external key.
    pub fn bind_external_psk(&self) {
        self.external_psk.binds.set(true);
    }

    /// Whether a TLS 1.3 server resumes without a certificate: by an external key, or where it
    /// has none, or none that its client would know what to do with.
    pub fn resumes_without_certificate(&self) -> bool {
        let external = self.candidate.borrow().as_ref().map(|candidate| candidate.external);
        let silent = self.negotiated.borrow().peer_sigalgs.is_empty();
        external.is_some_and(|external| external || silent || !self.settings.borrow().identity.has_any())
    }

    /// Whether a server prefers suites with SHA-256: TLS 1.2's callback can only have keys for
    /// those, and there is no certificate to go on with.
    pub fn prefers_sha256(&self) -> bool {
        self.inherited.get().psk_server.is_some() && !self.settings.borrow().identity.has_any()
    }
}

fn is_tls13(session: &Session) -> bool {
    session.read(|fields| fields.version) == i32::from(TLS1_3)
}

/// Of `suites`, those to choose from: with SHA-256, if there are any.
pub fn with_sha256(suites: impl Iterator<Item = u16> + Clone) -> Option<u16> {
    let has_sha256 = |suite: &u16| same_hash(*suite, TLS_AES_128_GCM_SHA256);
    suites.clone().find(has_sha256).or_else(|| suites.clone().next())
}
