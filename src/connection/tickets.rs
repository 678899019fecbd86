//! TLS 1.3 tickets, which a server sends at the end of a handshake and when its
//! program asks for more.
//!
//! rustls would send its own, at the end of a handshake only and without early
//! data. These are written here, and go out as records of the handshake type.

use std::cell::Cell;

use super::Connection;
use super::handshake::TLS1_3;
use super::io::Stop;
use super::resumption::CACHE_SERVER;
use super::state::message;
use crate::engine::stand_in::Role;
use crate::engine::{self, SentAs, mint, provider};
use crate::session::cache;

/// What further tickets are made of.
#[derive(Default)]
pub struct Tickets {
    due: Cell<usize>,
    /// The nonce of the next ticket: how many there have been. Only where two tickets
    /// come from one handshake must their nonces differ, and clients (wolfSSL) have no
    /// room for long ones.
    next_nonce: Cell<u64>,
}

impl Connection {
    /// `SSL_new_session_ticket`: a ticket goes out with the next write or
    /// handshake. `false` where there is none to send.
    pub fn request_ticket(&self) -> bool {
        let due = self.tickets.due.get();
        let state = self.state.get();
        if !(state.is_finished() || state.in_init && due > 0) || !self.is_server() {
            return false;
        }
        if self.negotiated.borrow().version != TLS1_3 {
            return false;
        }
        self.tickets.due.set(due + 1);
        if !self.buffers.has_output() {
            self.state.set(super::State { in_init: true, ..state });
        }
        true
    }

    /// Whether a program asked for tickets that have not been sent.
    pub fn owes_tickets(&self) -> bool {
        self.tickets.due.get() > 0
    }

    /// Sends the tickets that are due.
    pub fn send_due_tickets(&self) -> Result<(), Stop> {
        // As OpenSSL: once it sends tickets, at least as many as after a handshake.
        let usual = if self.reused.get() { 0 } else { self.settings.borrow().num_tickets };
        while self.owes_tickets() {
            let before = self.tickets_sent.get();
            self.send_ticket()?;
            let sent = self.tickets_sent.get();
            // A callback may have had them sent already.
            let due = self.tickets.due.get().saturating_sub(1);
            self.tickets.due.set(if due == 0 && before < sent && sent < usual { 1 } else { due });
        }
        self.flush()?;
        self.state.set(super::State::OK);
        Ok(())
    }

    /// At the end of a server's handshake: sends the tickets that are usual, one
    /// where the session was resumed.
    pub fn send_handshake_tickets(&self) -> Result<(), Stop> {
        let resumed = self.reused.get();
        let wanted = self.settings.borrow().num_tickets;
        // A ticket that need not be renewed is good for the next time too.
        let expected = self.ticket_expected.get() && (resumed || self.is_resumable_later());
        if !self.is_server() || self.negotiated.borrow().version != TLS1_3 || !expected {
            return Ok(());
        }
        let most = if resumed { wanted.min(1) } else { wanted };
        while self.tickets_sent.get() < most {
            let before = self.tickets_sent.get();
            self.send_ticket()?;
            if self.tickets_sent.get() == before {
                break;
            }
        }
        Ok(())
    }

    fn send_ticket(&self) -> Result<(), Stop> {
        if let Some(ticket) = self.new_ticket() {
            let sent = self.with_engine(&mut [], |engine, io| engine.write_as(SentAs::Handshake, &ticket, io));
            if let (_, Err(error)) = sent {
                return Err(self.engine_failed(&error));
            }
        }
        match self.failure.take() {
            Some((reason, alert)) => {
                self.set_message(message::SW_SESSION_TICKET);
                Err(self.fatal(Some(alert), reason))
            }
            None => Ok(()),
        }
    }

    /// Forgets the last handshake's. Nonces go on, as OpenSSL's.
    pub fn clear_tickets(&self) {
        self.tickets.due.set(0);
    }

    /// A whole NewSessionTicket message; `None` when the application wants no
    /// ticket.
    fn new_ticket(&self) -> Option<Vec<u8>> {
        let suite = self.negotiated.borrow().cipher;
        let master = self.hidden.get(Role::Resumption)?;
        let count = self.tickets.next_nonce.get();
        let nonce = count.to_be_bytes();
        let age_add = u32::from_be_bytes(engine::random(4)?.try_into().ok()?);
        let psk = provider::ticket_psk(suite, &master, &nonce)?;
        let session = self.next_tls13_session(psk, age_add)?;
        self.tickets.next_nonce.set(count.wrapping_add(1));
        let ticket = self.tls13_ticket(&session)?;
        let max_early_data = session.read(|fields| fields.max_early_data);
        let body = mint::new_session_ticket(self.ticket_lifetime(), age_add, &nonce, &ticket, max_early_data)?;
        let message = self.extended_ticket(body)?;
        cache::update(self, CACHE_SERVER);
        Some(message)
    }
}
