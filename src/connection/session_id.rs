//! Session ids that the application generates, or a client offers.
//!
//! rustls makes the id of a TLS 1.2 session of random bytes that it asks of
//! its provider: that is where an id of 32 bytes comes in. Another one is put
//! into the message on its way (`connection::rewrite`).

use std::cell::Cell;

use libc::c_uint;

use super::Connection;
use super::client_hello::{ClientHello, SessionTicket};
use super::handshake::TLS1_2;
use super::io::Stop;
use crate::engine;
use crate::ffi::callbacks;
use crate::libcrypto::err;
use crate::reason;
use crate::session::{Fields, Id};

const INTERNAL_ERROR: u8 = 80;

/// An id on its way to rustls.
#[derive(Default)]
pub struct GeneratedId(Cell<Option<Next>>);

/// What the next 32 random bytes are for.
#[derive(Clone, Copy)]
enum Next {
    /// ServerHello.random; then the session id.
    HelloRandom([u8; Id::MAX]),
    /// The session id.
    SessionId([u8; Id::MAX]),
    /// ServerHello.random.
    ServerRandom([u8; 32]),
}

impl GeneratedId {
    /// Forgets it.
    pub fn clear(&self) {
        self.0.take();
    }
}

impl Connection {
    /// Gives a server's new TLS 1.2 session its id, which the application may
    /// generate, unless it is to go into a ticket.
    pub fn prepare_session_id(&self) -> Result<(), Stop> {
        let Some(session) = self.current_session() else { return Ok(()) };
        if self.negotiated.borrow().version != TLS1_2 || self.ticket_expected.get() {
            return Ok(());
        }
        match self.generate_session_id() {
            Ok(id) => {
                session.update(|fields| fields.id = id);
                Ok(())
            }
            Err(reason) => {
                // OpenSSL has given up the session by then.
                self.session.take();
                Err(self.fatal(Some(INTERNAL_ERROR), reason))
            }
        }
    }

    /// Before the ClientHello: the session's id goes out beside its ticket, where
    /// rustls would make a random one. It is the next that rustls asks for.
    pub fn prepare_offered_id(&self) {
        let session = self.current_session().filter(|session| session.read(Fields::has_ticket));
        let Some(id) = session.map(|session| session.read(|fields| fields.id)) else { return };
        match id.as_bytes().try_into() {
            Ok(id) => self.generated_id.0.set(Some(Next::SessionId(id))),
            Err(_) => self.rewrites.set_session_id(id),
        }
    }

    /// Before the ServerHello: the id goes to rustls or into the message, or is
    /// taken away again from a session that nobody may come back to.
    pub fn use_session_id(&self, hello: &ClientHello) {
        let is_new = self.candidate.borrow().is_none() && self.negotiated.borrow().version == TLS1_2;
        let Some(session) = self.current_session().filter(|_| is_new) else { return };
        if !self.gives_session_ids() {
            return session.update(|fields| fields.id = Id::default());
        }
        let id = session.read(|fields| fields.id);
        // rustls gives none to a client that sent a ticket.
        let asks = !matches!(hello.session_ticket, SessionTicket::Offered(_));
        match id.as_bytes().try_into() {
            Ok(id) if asks => self.generated_id.0.set(Some(Next::HelloRandom(id))),
            _ => self.rewrites.set_session_id(id),
        }
    }

    /// 32 bytes that rustls shall take for random ones.
    pub fn next_random(&self) -> Option<[u8; Id::MAX]> {
        match self.generated_id.0.take()? {
            Next::HelloRandom(id) => {
                self.generated_id.0.set(Some(Next::SessionId(id)));
                None
            }
            Next::SessionId(bytes) | Next::ServerRandom(bytes) => Some(bytes),
        }
    }

    /// Settles a TLS 1.2 server's random before rustls is there to choose it.
    pub fn choose_server_random(&self) -> Result<[u8; 32], Stop> {
        let random = engine::random(32).and_then(|random| <[u8; 32]>::try_from(random).ok());
        let Some(mut random) = random else {
            return Err(self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR));
        };
        if self.enabled_versions().1 {
            // So that its client knows that more could have been had (RFC 8446, 4.1.3).
            random[24..].copy_from_slice(b"DOWNGRD\x01");
        }
        self.generated_id.0.set(Some(Next::ServerRandom(random)));
        Ok(random)
    }

    /// A new session id, by the application's callback if there is one; an
    /// error is the reason for which the handshake fails.
    pub fn generate_session_id(&self) -> Result<Id, i32> {
        let mut id = [0; Id::MAX];
        let Some(callback) = self.inherited.get().generate_session_id else {
            let random = engine::random(Id::MAX).and_then(|random| Id::new(&random));
            return random.ok_or(reason::SSL_SESSION_ID_CALLBACK_FAILED);
        };
        let mut len = Id::MAX as c_uint;
        if !callbacks::generate_session_id(callback, self, &mut id, &mut len) {
            return Err(reason::SSL_SESSION_ID_CALLBACK_FAILED);
        }
        let id = id.get(..len as usize).and_then(Id::new).filter(|id| !id.is_empty());
        let id = id.ok_or(reason::SSL_SESSION_ID_HAS_BAD_LENGTH)?;
        let version = self.negotiated.borrow().version.into();
        match self.session_context.sessions.get(version, &id) {
            Some(_) => Err(reason::SSL_SESSION_ID_CONFLICT),
            None => Ok(id),
        }
    }
}
