//! Handshake messages that differ between rustls and the wire.
//!
//! rustls has no say in some details that OpenSSL leaves to the program. Where
//! one matters, a message is changed on its way: before rustls reads it, or after
//! rustls wrote it. `engine::transcript` hashes what travelled.
//!
//! - A server that does not acknowledge SNI hides the extension from rustls,
//!   which always would; and malformed ones that OpenSSL does not look into.
//! - Session ids of TLS 1.2 may have any length; rustls makes 32 bytes. And it
//!   gives none where the client sent a ticket.
//! - A client that falls back to TLS 1.2 says so (`SSL_MODE_SEND_FALLBACK_SCSV`).

use std::cell::{Cell, RefCell};

use super::Connection;
use super::client_hello::{self, ClientHello, extension};
use super::handshake::TLS1_3;
use super::io::exchange;
use super::messages::handshake_type::{CLIENT_HELLO, SERVER_HELLO};
use super::messages::{message_len, whole_message};
use super::resumption::Reader;
use crate::engine::Output;
use crate::session::Id;

const MESSAGE_HEADER: usize = 4;
/// Where the session id of a hello stands: after header, version and random.
const SESSION_ID: usize = MESSAGE_HEADER + 2 + 32;

/// A message in both forms.
struct Pair {
    rustls: Vec<u8>,
    wire: Vec<u8>,
}

/// The messages of a connection that are changed.
#[derive(Default)]
pub struct Rewrites {
    active: Cell<bool>,
    pairs: RefCell<Vec<Pair>>,
    /// A second ClientHello on its way to rustls.
    second_hello: RefCell<Option<ClientHello>>,
    /// A ServerHello on its way to rustls.
    server_hello: RefCell<Option<Vec<u8>>>,
    /// The session id that our hello is to have.
    session_id: Cell<Option<Id>>,
    /// The one that rustls gave it, where we are a client.
    id_of_rustls: RefCell<Vec<u8>>,
    /// The ClientHello is to have TLS_FALLBACK_SCSV.
    fallback: Cell<bool>,
}

impl Rewrites {
    /// Forgets the last handshake's.
    pub fn clear(&self) {
        self.active.set(false);
        self.pairs.take();
        self.second_hello.take();
        self.server_hello.take();
        self.session_id.set(None);
        self.id_of_rustls.take();
        self.fallback.set(false);
    }

    /// Whether anything is changed in this handshake.
    pub fn is_active(&self) -> bool {
        self.active.get()
    }

    /// Our hello is to have this session id, of whatever length.
    pub fn set_session_id(&self, id: Id) {
        self.session_id.set(Some(id));
        self.active.set(true);
    }

    /// The ClientHello of a client without TLS 1.3 is to have TLS_FALLBACK_SCSV.
    pub fn signal_fallback(&self) {
        self.fallback.set(true);
        self.active.set(true);
    }

    fn add(&self, rustls: Vec<u8>, wire: Vec<u8>) {
        self.active.set(true);
        self.pairs.borrow_mut().push(Pair { rustls, wire });
    }
}

impl Connection {
    /// Before rustls reads the ClientHello in the input: takes out of its sight what OpenSSL
    /// tolerates, and SNI unless it is to be acknowledged.
    pub fn hide_from_rustls(&self, hello: &ClientHello) {
        let (tls13, acknowledged) = {
            let negotiated = self.negotiated.borrow();
            (negotiated.version >= TLS1_3, negotiated.servername_acknowledged)
        };
        let mut offsets = hello.tolerated(tls13);
        if hello.server_name.is_some() && !acknowledged {
            offsets.extend(extension_offset(&hello.message, extension::SERVER_NAME));
        }
        if !offsets.is_empty() {
            self.hide(&hello.message, &offsets);
        }
    }

    /// The client answers a HelloRetryRequest.
    pub fn note_second_client_hello(&self, message: &[u8]) {
        if !self.early_data.retry.get() || !self.state.get().in_init {
            return;
        }
        self.early_data.retry.set(false);
        let groups = self.allowed_groups();
        let checked = |hello: ClientHello| hello.first_malformed(true, false, &groups).map_or(Ok(hello), Err);
        match client_hello::parse(message).and_then(checked) {
            Ok(hello) => drop(self.rewrites.second_hello.replace(Some(hello))),
            Err(malformed) => self.failure.set(Some(malformed)),
        }
    }

    /// A record of handshake messages is in the input.
    pub fn rewrite_input(&self) {
        if let Some(hello) = self.rewrites.second_hello.take() {
            self.hide_from_rustls(&hello);
        }
        if let Some(hello) = self.rewrites.server_hello.take() {
            if let Some(changed) = with_session_id(&hello, &self.offered_id_of_rustls()) {
                self.replace_input(hello, changed);
            }
        }
    }

    /// Gives the extensions whose types stand there numbers that rustls does not know, and
    /// passes over.
    fn hide(&self, message: &[u8], offsets: &[usize]) {
        let mut changed = message.to_vec();
        let unused = (0xff10..=0xfffe).filter(|&kind| extension_offset(message, kind).is_none());
        for (&at, kind) in offsets.iter().zip(unused) {
            changed[at..at + 2].copy_from_slice(&u16::to_be_bytes(kind));
        }
        self.buffers.replace_message(&changed);
        self.rewrites.add(changed, message.to_vec());
    }

    /// rustls is to see `rustls` instead of the message `wire`, with which the input
    /// begins.
    pub fn replace_input(&self, wire: Vec<u8>, rustls: Vec<u8>) {
        if self.buffers.exchange_message(&wire, &rustls) {
            self.rewrites.add(rustls, wire);
        }
    }

    /// Handshake messages of rustls as they travel; `None` when they are the same.
    /// The last may be cut short, as where a binder is computed.
    pub fn wire_view(&self, messages: &[u8]) -> Option<Vec<u8>> {
        if !self.rewrites.is_active() {
            return None;
        }
        let mut wire = Vec::with_capacity(messages.len());
        let mut differs = false;
        let mut rest = messages;
        while let Some(header) = rest.first_chunk::<MESSAGE_HEADER>() {
            let (message, after) = rest.split_at(message_len(*header).min(rest.len()));
            rest = after;
            match self.in_wire_form(message) {
                Some(changed) => {
                    differs = true;
                    wire.extend(changed);
                }
                None => wire.extend_from_slice(message),
            }
        }
        wire.extend_from_slice(rest);
        differs.then_some(wire)
    }

    fn in_wire_form(&self, message: &[u8]) -> Option<Vec<u8>> {
        let known = |pair: &Pair| {
            let whole = pair.rustls == message;
            // Only a message that keeps its length may be cut.
            let cut = message[0] == CLIENT_HELLO && pair.wire.len() == pair.rustls.len();
            match () {
                () if whole => Some(pair.wire.clone()),
                () if cut && pair.rustls.starts_with(message) => Some(pair.wire[..message.len()].to_vec()),
                () => None,
            }
        };
        let found = self.rewrites.pairs.borrow().iter().find_map(known);
        found.or_else(|| self.change_own_hello(message))
    }

    /// rustls wrote a hello: the one that is sent, if it is another.
    fn change_own_hello(&self, message: &[u8]) -> Option<Vec<u8>> {
        let own = if self.is_server() { SERVER_HELLO } else { CLIENT_HELLO };
        let (id, fallback) = (self.rewrites.session_id.get(), self.rewrites.fallback.get());
        if message[0] != own || id.is_none() && !fallback {
            return None;
        }
        let mut wire = message.to_vec();
        if let Some(id) = id {
            wire = with_session_id(message, id.as_bytes())?;
            self.rewrites.id_of_rustls.replace(Reader(message.get(SESSION_ID..)?).vector(1)?.to_vec());
        }
        if fallback {
            wire = with_fallback(&wire)?;
        }
        self.rewrites.add(message.to_vec(), wire.clone());
        Some(wire)
    }

    /// The session id of a client's hello as rustls knows it.
    pub fn offered_id_of_rustls(&self) -> Vec<u8> {
        match self.rewrites.session_id.get() {
            Some(_) => self.rewrites.id_of_rustls.borrow().clone(),
            None => self.negotiated.borrow().offered_id.clone(),
        }
    }

    /// A client read a ServerHello, `body` without its header, that echoes the
    /// session id: rustls must find its own there.
    pub fn note_server_hello(&self, body: &[u8], version: u16) {
        let echoed = Reader(body.get(SESSION_ID - MESSAGE_HEADER..).unwrap_or_default()).vector(1);
        if let Some(id) = self.rewrites.session_id.get().filter(|id| echoed == Some(id.as_bytes())) {
            let hello = whole_message(SERVER_HELLO, body);
            // In TLS 1.2 an empty one says that nothing is resumed.
            self.rewrites.server_hello.replace(Some(hello).filter(|_| version >= 0x0304 || !id.is_empty()));
        }
    }

    /// Puts records that are about to leave, from `start` on, into the form in
    /// which they travel. A message that is changed is the first of its record.
    pub fn rewrite_records(&self, records: &mut Output, start: usize) {
        if !self.rewrites.is_active() || self.tap.changed_out() {
            return;
        }
        let Some(message) = first_message(&records[start..]).map(<[u8]>::to_vec) else { return };
        if let Some(wire) = self.in_wire_form(&message) {
            records.edit(|records| exchange(records, start, &message, &wire));
        }
    }
}

/// Where the type of an extension stands in a ClientHello.
fn extension_offset(message: &[u8], wanted: u16) -> Option<usize> {
    let mut reader = Reader(message.get(MESSAGE_HEADER..)?);
    reader.take(2 + 32)?;
    reader.vector(1)?;
    reader.vector(2)?;
    reader.vector(1)?;
    let mut list = Reader(reader.vector(2)?);
    loop {
        // The list is the message's end.
        let at = message.len() - list.0.len();
        let kind = list.number(2)?;
        list.vector(2)?;
        if kind == usize::from(wanted) {
            return Some(at);
        }
    }
}

/// The handshake message with which a record begins, if it is whole.
fn first_message(record: &[u8]) -> Option<&[u8]> {
    const RECORD_HEADER: usize = 5;
    let body = record.get(RECORD_HEADER..)?;
    body.get(..message_len(*body.first_chunk()?))
}

/// A hello with another session id.
pub fn with_session_id(message: &[u8], id: &[u8]) -> Option<Vec<u8>> {
    let (before, rest) = message.split_at_checked(SESSION_ID)?;
    let mut reader = Reader(rest);
    reader.vector(1)?;
    let body = [&before[MESSAGE_HEADER..], &[id.len() as u8], id, reader.0].concat();
    Some(whole_message(message[0], &body))
}

/// A ClientHello with TLS_FALLBACK_SCSV behind its cipher suites.
fn with_fallback(message: &[u8]) -> Option<Vec<u8>> {
    const TLS_FALLBACK_SCSV: [u8; 2] = [0x56, 0x00];
    let mut reader = Reader(message.get(SESSION_ID..)?);
    reader.vector(1)?;
    let start = message.len() - reader.0.len();
    let suites = reader.vector(2)?;
    let len = (suites.len() + TLS_FALLBACK_SCSV.len()) as u16;
    let before = &message[MESSAGE_HEADER..start];
    Some(whole_message(message[0], &[before, &len.to_be_bytes(), suites, &TLS_FALLBACK_SCSV, reader.0].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_found_where_they_are() {
        let mut hello = vec![1, 0, 0, 0, 3, 3];
        hello.extend([7; 32]);
        hello.extend([2, 9, 9, 0, 2, 0x13, 1, 1, 0]);
        let list = [0, 16, 0, 1, 5, 0, 0, 0, 2, 8, 8, 0, 45, 0, 0];
        hello.extend([0, list.len() as u8]);
        let start = hello.len();
        hello.extend(list);
        assert_eq!(extension_offset(&hello, 16), Some(start));
        assert_eq!(extension_offset(&hello, 0), Some(start + 5));
        assert_eq!(extension_offset(&hello, 45), Some(start + 11));
        assert_eq!(extension_offset(&hello, 46), None);
        for len in 0..start {
            assert_eq!(extension_offset(&hello[..len], 16), None);
        }
    }

    #[test]
    fn a_session_id_takes_the_place_of_another() {
        let mut hello = vec![2, 0, 0, 38, 3, 3];
        hello.extend([7; 32]);
        hello.extend([3, 1, 2, 3, 0xc0, 0x2b, 0]);
        let changed = with_session_id(&hello, &[5; 5]).unwrap();
        assert_eq!(changed.len(), hello.len() + 2);
        assert_eq!(changed[3] as usize, changed.len() - 4);
        assert_eq!(changed[38..], [5, 5, 5, 5, 5, 5, 0xc0, 0x2b, 0]);
        assert_eq!(with_session_id(&changed, &[1, 2, 3]).unwrap()[4..], hello[4..]);
    }
}
