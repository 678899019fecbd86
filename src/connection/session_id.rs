//! Session ids that the application generates.
//!
//! rustls makes the id of a TLS 1.2 session of random bytes that it asks of
//! its provider: that is where the application's id comes in. An id shorter
//! than 32 bytes is filled up with random ones.

use std::cell::Cell;

use libc::c_uint;

use super::Connection;
use super::handshake::TLS1_2;
use super::io::Stop;
use crate::engine;
use crate::ffi::callbacks;
use crate::reason;
use crate::session::Id;

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
}

impl Connection {
    /// Before the ServerHello: asks the application for the id of a new TLS 1.2
    /// session that gets one.
    pub fn prepare_session_id(&self) -> Result<(), Stop> {
        let is_new = self.candidate.borrow().is_none() && self.negotiated.borrow().version == TLS1_2;
        if !is_new || !self.gives_session_ids() || self.inherited.get().generate_session_id.is_none() {
            return Ok(());
        }
        match self.generate_session_id() {
            Ok(id) => {
                self.generated_id.0.set(Some(Next::HelloRandom(id)));
                Ok(())
            }
            Err(reason) => Err(self.fatal(Some(INTERNAL_ERROR), reason)),
        }
    }

    /// 32 bytes that rustls shall take for random ones.
    pub fn next_random(&self) -> Option<[u8; Id::MAX]> {
        match self.generated_id.0.take()? {
            Next::HelloRandom(id) => {
                self.generated_id.0.set(Some(Next::SessionId(id)));
                None
            }
            Next::SessionId(id) => Some(id),
        }
    }

    /// A new session id, by the application's callback if there is one; an
    /// error is the reason for which the handshake fails.
    pub fn generate_session_id(&self) -> Result<[u8; Id::MAX], i32> {
        let mut id = [0; Id::MAX];
        let random = engine::random(Id::MAX).ok_or(reason::SSL_SESSION_ID_CALLBACK_FAILED)?;
        let Some(callback) = self.inherited.get().generate_session_id else {
            id.copy_from_slice(&random);
            return Ok(id);
        };
        let mut len = Id::MAX as c_uint;
        if !callbacks::generate_session_id(callback, self, &mut id, &mut len) {
            return Err(reason::SSL_SESSION_ID_CALLBACK_FAILED);
        }
        let len = len as usize;
        if len == 0 || len > Id::MAX {
            return Err(reason::SSL_SESSION_ID_HAS_BAD_LENGTH);
        }
        let version = self.negotiated.borrow().version.into();
        let taken = Id::new(&id[..len]).is_some_and(|id| self.session_context.sessions.get(version, &id).is_some());
        if taken {
            return Err(reason::SSL_SESSION_ID_CONFLICT);
        }
        id[len..].copy_from_slice(&random[len..]);
        Ok(id)
    }
}
