//! rustls's session stores and ticketer: the current connection's.

use std::fmt;

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;
use rustls::server::{ProducesTickets, StoresServerSessions};

use super::current;

/// A session to resume, as rustls wants it.
pub enum Offer {
    /// TLS 1.3
    Tls13(Box<Tls13ClientSessionValue>),
    /// TLS 1.2
    Tls12(Box<Tls12ClientSessionValue>),
}

/// The process's session store.
pub struct SessionStore;

impl fmt::Debug for SessionStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionStore")
    }
}

impl ClientSessionStore for SessionStore {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    // The session is made from the messages; rustls's value is minted when needed.
    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        match current::with(|connection| connection.take_offer(false))?? {
            Offer::Tls12(value) => Some(*value),
            Offer::Tls13(_) => None,
        }
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {
        // The session was made from the NewSessionTicket itself; rustls's value
        // can be used only once, so it is minted anew for each offer.
        current::with(|connection| connection.on_tls13_ticket());
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        match current::with(|connection| connection.take_offer(true))?? {
            Offer::Tls13(value) => Some(*value),
            Offer::Tls12(_) => None,
        }
    }
}

impl StoresServerSessions for SessionStore {
    // Our own session is made from the handshake, and has its id already.
    fn put(&self, _: Vec<u8>, _: Vec<u8>) -> bool {
        true
    }

    fn get(&self, id: &[u8]) -> Option<Vec<u8>> {
        current::with(|connection| connection.server_session_for(id)).flatten()
    }

    fn take(&self, id: &[u8]) -> Option<Vec<u8>> {
        self.get(id)
    }

    fn can_cache(&self) -> bool {
        current::with(|connection| connection.gives_session_ids()).unwrap_or(false)
    }
}

/// The process's ticketer.
pub struct Ticketer;

impl fmt::Debug for Ticketer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticketer")
    }
}

impl ProducesTickets for Ticketer {
    fn enabled(&self) -> bool {
        current::with(|connection| connection.gives_tickets()).unwrap_or(false)
    }

    fn lifetime(&self) -> u32 {
        current::with(|connection| connection.ticket_lifetime()).unwrap_or(0)
    }

    fn encrypt(&self, _: &[u8]) -> Option<Vec<u8>> {
        current::with(|connection| connection.make_ticket()).flatten()
    }

    fn decrypt(&self, ticket: &[u8]) -> Option<Vec<u8>> {
        current::with(|connection| connection.server_session_for(ticket)).flatten()
    }
}
