//! TLS 1.3 tickets that a server sends when its program asks for them.
//!
//! rustls sends tickets at the end of a handshake only. Later ones are written
//! here, and go out as records of the handshake type.

use std::cell::{Cell, RefCell};

use zeroize::Zeroizing;

use super::Connection;
use super::handshake::TLS1_3;
use super::io::Stop;
use super::resumption::CACHE_SERVER;
use crate::engine::{self, mint, provider};
use crate::libcrypto::err;
use crate::session::cache;

const HANDSHAKE: u8 = 22;
const NEW_SESSION_TICKET: u8 = 4;
const NONCE_LEN: usize = 32;
/// The most that fits into one record.
const MAX_PLAINTEXT: usize = 16384;

/// What further tickets are made of.
#[derive(Default)]
pub struct ExtraTickets {
    due: Cell<usize>,
    master: RefCell<Zeroizing<Vec<u8>>>,
}

impl Connection {
    /// `SSL_new_session_ticket`: a ticket goes out with the next write or
    /// handshake. `false` where there is none to send.
    pub fn request_ticket(&self) -> bool {
        let due = self.extra_tickets.due.get();
        let state = self.state.get();
        if !(state.is_finished() || state.in_init && due > 0) || !self.is_server() {
            return false;
        }
        if self.negotiated.borrow().version != TLS1_3 {
            return false;
        }
        self.extra_tickets.due.set(due + 1);
        if !self.buffers.has_output() {
            self.state.set(super::State { in_init: true, ..state });
        }
        true
    }

    /// Whether a program asked for tickets that have not been sent.
    pub fn owes_tickets(&self) -> bool {
        self.extra_tickets.due.get() > 0
    }

    /// Sends the tickets that are due.
    pub fn send_due_tickets(&self) -> Result<(), Stop> {
        while self.owes_tickets() {
            if let Some(message) = self.extra_ticket() {
                let sent = self.with_engine(&mut [], |engine, io| engine.write_as(HANDSHAKE, &message, io));
                if let (_, Err(error)) = sent {
                    return Err(self.engine_failed(&error));
                }
            }
            if let Some((reason, alert)) = self.failure.take() {
                return Err(self.fatal(Some(alert), reason));
            }
            self.extra_tickets.due.set(self.extra_tickets.due.get() - 1);
        }
        self.flush()?;
        self.state.set(super::State::OK);
        Ok(())
    }

    /// The secret that tickets of this connection are derived from.
    pub fn on_resumption_master(&self, secret: &[u8]) {
        if self.is_server() {
            *self.extra_tickets.master.borrow_mut() = Zeroizing::new(secret.to_vec());
        }
    }

    /// Forgets the last handshake's.
    pub fn clear_extra_tickets(&self) {
        self.extra_tickets.due.set(0);
        self.extra_tickets.master.take();
    }

    /// A whole NewSessionTicket message; `None` when the application wants no
    /// ticket, or it would not fit into a record.
    fn extra_ticket(&self) -> Option<Vec<u8>> {
        let suite = self.negotiated.borrow().cipher;
        let master = self.extra_tickets.master.borrow().clone();
        let nonce = engine::random(NONCE_LEN)?;
        let age_add = u32::from_be_bytes(engine::random(4)?.try_into().ok()?);
        let psk = provider::ticket_psk(suite, &master, &nonce)?;
        let session = self.next_tls13_session(psk, age_add, None)?;
        let ticket = if self.stateful_tickets() {
            session.read(|fields| fields.id.as_bytes().to_vec())
        } else {
            self.seal(&session)?
        };
        let body = mint::new_session_ticket(self.ticket_lifetime(), age_add, &nonce, &ticket, 0)?;
        if body.len() + 4 > MAX_PLAINTEXT.min(self.settings.borrow().max_send_fragment) {
            self.failure.set(Some((err::ERR_R_INTERNAL_ERROR, 80)));
            return None;
        }
        cache::update(self, CACHE_SERVER);
        let mut message = vec![NEW_SESSION_TICKET];
        message.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
        message.extend(body);
        Some(message)
    }
}
