//! Handshake messages that differ between rustls and the wire.
//!
//! rustls has no say in some details that OpenSSL leaves to the program. Where
//! one matters, a message is changed on its way: before rustls reads it, or after
//! rustls wrote it. `engine::transcript` hashes what travelled.
//!
//! - A server that does not acknowledge SNI hides the extension from rustls,
//!   which always would, and so does one that is asked for what is no host's name,
//!   which rustls refuses; and malformed ones that OpenSSL does not look into.
//! - A ClientHello without signature_algorithms gets one, which rustls always wants.
//! - Session ids of TLS 1.2 may have any length; rustls makes 32 bytes. And it
//!   gives none where the client sent a ticket.
//! - A client that falls back to TLS 1.2 says so (`SSL_MODE_SEND_FALLBACK_SCSV`).
//! - Extensions that rustls does not have (`connection::extensions`) are put into its
//!   messages, and taken out of the peer's.

use std::cell::Cell;
use std::collections::VecDeque;
use std::sync::Arc;

use super::Connection;
use super::accept::sni_for_rustls;
use super::block;
use super::client_hello::{self, ClientHello, extension};
use super::extension_rules::is_known;
use super::handshake::TLS1_3;
use super::io::HEADER;
use super::messages::handshake_type::{
    CERTIFICATE, CERTIFICATE_REQUEST, CLIENT_HELLO, ENCRYPTED_EXTENSIONS, SERVER_HELLO,
};
use super::messages::{HANDSHAKE, MAX_MESSAGE, message_len, whole_message};
use super::resumption::Reader;
use super::seldom::Seldom;
use crate::cell::RefCell;
use crate::engine::opener::Opener;
use crate::engine::provider;
use crate::reason::{self, alert};
use crate::session::Id;
use crate::sync::Mutex;

const MESSAGE_HEADER: usize = 4;
/// Where the session id of a hello stands: after header, version and random.
const SESSION_ID: usize = MESSAGE_HEADER + 2 + 32;
/// Extensions that rustls reads in a ClientHello and OpenSSL does not know, so that
/// programs may have them: client_certificate_type, server_certificate_type,
/// compress_certificate, quic_transport_parameters and its draft, ticket_request,
/// encrypted_client_hello and ech_outer_extensions.
const OF_RUSTLS: [u16; 8] = [19, 20, 27, 57, 0xffa5, 58, 0xfe0d, 0xfd00];

/// TLS_EMPTY_RENEGOTIATION_INFO_SCSV and TLS_FALLBACK_SCSV.
const SCSVS: [u16; 2] = [0x00ff, 0x5600];

/// The record that takes the place of encrypted ones in rustls's output, until they
/// leave.
pub const PLACEHOLDER: [u8; HEADER] = [HANDSHAKE, 3, 3, 0, 0];

/// A message in both forms.
struct Pair {
    rustls: Vec<u8>,
    wire: Vec<u8>,
    /// A Certificate of the peer's, which is hashed next: ours may be the same to rustls.
    hashed_next: bool,
}

impl Pair {
    /// The message as it travelled, without what is missing of it where rustls has `len` bytes:
    /// it must be the same in both.
    fn cut_wire(&self, len: usize) -> Option<&[u8]> {
        if self.wire.len() == self.rustls.len() {
            return self.wire.get(..len);
        }
        self.wire.strip_suffix(self.rustls.get(len..)?)
    }
}

/// What messages of rustls's are turned into their wire form for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// The transcript: ours and the peer's.
    Hash,
    /// To be sent: ours.
    Send,
}

/// The messages of a connection that are changed.
#[derive(Default)]
pub struct Rewrites {
    active: Cell<bool>,
    /// Whether messages of ours are changed.
    writes: Cell<bool>,
    /// Whether the peer's are, other than ClientHellos.
    reads: Cell<bool>,
    /// Messages that are changed.
    pairs: RefCell<Vec<Pair>>,
    /// What is changed besides, and how.
    pub changes: Seldom<Changes>,
}

/// What is changed, and how.
#[derive(Default)]
pub struct Changes {
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
    /// A server's Certificate is written: the next is its client's.
    certificate_written: Cell<bool>,
    /// The peer's messages that are not whole.
    pub incoming: RefCell<Vec<u8>>,
    /// Opens the peer's records ahead of rustls.
    pub opener: RefCell<Option<Arc<Mutex<Opener>>>>,
    /// Of messages of rustls's that are not whole what was to be encrypted.
    pub to_seal: RefCell<Vec<u8>>,
    /// The same of those that travel in the clear.
    pub in_clear: RefCell<Vec<u8>>,
    /// Encrypted records that leave in the place of placeholders.
    sealed: RefCell<VecDeque<Vec<u8>>>,
}

impl Changes {
    fn clear(&self) {
        self.second_hello.take();
        self.server_hello.take();
        self.session_id.set(None);
        self.id_of_rustls.take();
        self.fallback.set(false);
        self.certificate_written.set(false);
        self.incoming.take();
        self.opener.take();
        self.to_seal.take();
        self.in_clear.take();
        self.sealed.take();
    }
}

impl Rewrites {
    /// Forgets the last handshake's.
    pub fn clear(&self) {
        self.active.set(false);
        self.writes.set(false);
        self.reads.set(false);
        self.pairs.take();
        if let Some(changes) = self.changes.used() {
            changes.clear();
        }
    }

    /// Whether anything is changed in this handshake.
    pub fn is_active(&self) -> bool {
        self.active.get()
    }

    /// Messages of ours may be changed, and of the peer's if it `reads`.
    pub fn activate(&self, reads: bool) {
        self.activate_writes();
        self.reads.set(reads);
    }

    /// Messages of ours may be changed.
    pub fn activate_writes(&self) {
        self.active.set(true);
        self.writes.set(true);
    }

    /// Whether messages of ours are changed.
    pub fn writes(&self) -> bool {
        self.writes.get()
    }

    /// Whether the peer's messages are changed.
    pub fn reads(&self) -> bool {
        self.reads.get()
    }

    /// Our hello is to have this session id, of whatever length.
    pub fn set_session_id(&self, id: Id) {
        self.changes.session_id.set(Some(id));
        self.activate_writes();
    }

    fn session_id(&self) -> Option<Id> {
        self.changes.used()?.session_id.get()
    }

    /// The ClientHello of a client without TLS 1.3 is to have TLS_FALLBACK_SCSV.
    pub fn signal_fallback(&self) {
        self.changes.fallback.set(true);
        self.activate_writes();
    }

    fn add(&self, rustls: Vec<u8>, wire: Vec<u8>) {
        self.active.set(true);
        self.pairs.borrow_mut().push(Pair { rustls, wire, hashed_next: false });
    }

    /// A Certificate of the peer's came.
    fn add_peer_certificate(&self, rustls: Vec<u8>, wire: Vec<u8>) {
        self.active.set(true);
        self.pairs.borrow_mut().push(Pair { rustls, wire, hashed_next: true });
    }

    /// The peer's Certificate as it travelled, if rustls is about to hash it.
    fn take_peer_certificate(&self, rustls: &[u8]) -> Option<Vec<u8>> {
        let mut pairs = self.pairs.borrow_mut();
        let at = pairs.iter().position(|pair| pair.hashed_next && pair.rustls == rustls)?;
        Some(pairs.remove(at).wire)
    }

    /// The message that rustls sees instead of this one.
    fn seen_by_rustls(&self, wire: &[u8]) -> Option<Vec<u8>> {
        self.pairs.borrow().iter().find(|pair| pair.wire == wire).map(|pair| pair.rustls.clone())
    }

    /// Encrypted records that are to leave in the place of a placeholder.
    pub fn push_sealed(&self, records: Vec<u8>) {
        self.changes.sealed.borrow_mut().push_back(records);
    }

    /// The encrypted records that leave in the place of this placeholder.
    pub fn pop_sealed(&self) -> Vec<u8> {
        self.changes.sealed.borrow_mut().pop_front().unwrap_or_default()
    }
}

impl Connection {
    /// Before rustls reads the ClientHello in the input: takes out of its sight what OpenSSL
    /// tolerates, SNI unless it is to be acknowledged, and what is the program's.
    pub fn hide_from_rustls(&self, hello: &ClientHello) {
        let (tls13, acknowledged) = {
            let negotiated = self.negotiated.borrow();
            (negotiated.version >= TLS1_3, negotiated.servername_acknowledged)
        };
        let mut hidden = Vec::new();
        let is_host_name = sni_for_rustls(hello).is_some();
        if hello.server_name.is_some() && !(acknowledged && is_host_name) {
            hidden.push(extension::SERVER_NAME);
            if acknowledged {
                // That is for us to say.
                self.rewrites.activate_writes();
            }
        }
        if hello.extension(extension::CERTIFICATE_AUTHORITIES).is_some() {
            // rustls takes no list without names.
            hidden.push(extension::CERTIFICATE_AUTHORITIES);
        }
        if tls13 && self.may_withdraw_psk(hello) {
            hidden.push(extension::PRE_SHARED_KEY);
        }
        if self.has_custom_extensions() {
            self.rewrites.activate(self.reads_certificate_extensions());
            hidden.extend(OF_RUSTLS.into_iter().filter(|&kind| self.is_hidden(kind)));
        }
        if hello.message.len() > MAX_MESSAGE / 2 {
            // The next may be too long for rustls.
            self.rewrites.active.set(true);
        }
        if hello.message.len() > MAX_MESSAGE {
            hidden.extend(hello.extensions.iter().map(|e| e.kind).filter(|&kind| !is_of_use(kind)));
            return self.exchange(&hello.message, self.shortened(hello, &hidden, &hello.tolerated(tls13)));
        }
        let mut offsets = hello.tolerated(tls13);
        for at in hidden.into_iter().filter_map(|kind| extension_offset(&hello.message, kind)) {
            if !offsets.contains(&at) {
                offsets.push(at);
            }
        }
        if !offsets.is_empty() {
            self.hide(&hello.message, &offsets);
        }
        if hello.extension(extension::SIGNATURE_ALGORITHMS).is_none() {
            let schemes = self.schemes_of_silent_client();
            self.replace_input(hello.message.clone(), |seen| with_schemes(seen, schemes));
        }
    }

    /// Whether a client whose hello needs a retry may leave its key out of the next, as OpenSSL's
    /// does where the hash is another; rustls would refuse that.
    fn may_withdraw_psk(&self, hello: &ClientHello) -> bool {
        let has = |kind| hello.extension(kind).is_some();
        has(extension::PRE_SHARED_KEY) && !has(extension::EARLY_DATA) && self.candidate.borrow().is_none() && {
            let groups = self.allowed_groups();
            !hello.key_shares.iter().any(|share| groups.contains(&share.group))
        }
    }

    /// What a client may be signed for that has no signature_algorithms: in TLS 1.2 it means
    /// SHA-1. A handshake that resumes needs no signature, and any other does without one in vain.
    fn schemes_of_silent_client(&self) -> &'static [u8] {
        const UNKNOWN: &[u8] = &[0xfe, 0];
        const WITH_SHA1: &[u8] = &[2, 3, 2, 1];
        let resumes = self.candidate.borrow().is_some();
        if resumes || self.negotiated.borrow().version == TLS1_3 { UNKNOWN } else { WITH_SHA1 }
    }

    /// The client answers a HelloRetryRequest.
    pub fn note_second_client_hello(&self, message: &[u8]) {
        if !self.early_data.retry.get() || !self.state.get().in_init {
            return;
        }
        self.early_data.retry.set(false);
        if self.has_custom_extensions() {
            self.on_second_client_hello(message);
        }
        let groups = self.allowed_groups();
        let checked = |hello: ClientHello| hello.first_malformed(true, false, &groups).map_or(Ok(hello), Err);
        let checked = |hello: ClientHello| match self.still_offers_the_session(&hello) {
            true => checked(hello),
            false => Err((reason::BAD_PSK, alert::ILLEGAL_PARAMETER)),
        };
        match client_hello::parse(message).and_then(checked) {
            Ok(hello) => drop(self.rewrites.changes.second_hello.replace(Some(hello))),
            Err(malformed) => self.failure.set(Some(malformed)),
        }
    }

    /// Whether a session that is to be resumed since the first hello is offered in the second. A
    /// full handshake would lack what comes with one, like the certificate callback.
    fn still_offers_the_session(&self, hello: &ClientHello) -> bool {
        let candidate = self.candidate.borrow();
        let Some(candidate) = candidate.as_ref() else { return true };
        hello.psk_identities.iter().any(|offered| offered.identity == candidate.name)
    }

    /// A record of handshake messages is in the input.
    pub fn rewrite_input(&self) {
        let Some(changes) = self.rewrites.changes.used() else { return };
        if let Some(hello) = changes.second_hello.take() {
            self.hide_from_rustls(&hello);
        }
        if let Some(hello) = changes.server_hello.take() {
            let id = self.offered_id_of_rustls();
            self.replace_input(hello, |seen| with_session_id(seen, &id));
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
        self.exchange(message, changed);
    }

    /// rustls is to see a ClientHello in the place of the one in the input.
    fn exchange(&self, message: &[u8], changed: Vec<u8>) {
        if self.buffers.exchange_message(message, &changed) {
            self.rewrites.add(changed, message.to_vec());
        }
    }

    /// A ClientHello that is too long for rustls, without what it makes nothing of: cipher
    /// suites that nobody has, extensions that are `hidden` by their type or place, a ticket of
    /// TLS 1.2 that is of no use here.
    fn shortened(&self, hello: &ClientHello, hidden: &[u16], places: &[usize]) -> Vec<u8> {
        let resumes = self.candidate.borrow().is_some();
        let start = SESSION_ID + 1 + hello.session_id.len();
        let mut body = hello.message[MESSAGE_HEADER..start].to_vec();
        let is_of_use = |&suite: &u16| provider::suite(suite).is_some() || SCSVS.contains(&suite);
        let suites = hello.ciphers.iter().copied().filter(is_of_use);
        push_vector(&mut body, 2, &suites.flat_map(u16::to_be_bytes).collect::<Vec<_>>());
        // That there are others is for rustls to judge.
        let others = hello.compression.iter().copied().filter(|&method| method != 0).take(1);
        let null = hello.compression.iter().copied().filter(|&method| method == 0).take(1);
        push_vector(&mut body, 1, &null.chain(others).collect::<Vec<_>>());
        let mut block = Vec::new();
        for extension in &hello.extensions {
            if hidden.contains(&extension.kind) || places.contains(&extension.offset) {
                continue;
            }
            let useless = extension.kind == extension::SESSION_TICKET && !resumes;
            block.extend(extension.kind.to_be_bytes());
            push_vector(&mut block, 2, if useless { &[] } else { &extension.data });
        }
        push_vector(&mut body, 2, &block);
        whole_message(CLIENT_HELLO, &body)
    }

    /// rustls is to see another message instead of `wire`, with which the input begins,
    /// or what `change` makes of what it would have seen.
    pub fn replace_input(&self, wire: Vec<u8>, change: impl FnOnce(&[u8]) -> Option<Vec<u8>>) {
        let seen = self.rewrites.seen_by_rustls(&wire).unwrap_or_else(|| wire.clone());
        let Some(rustls) = change(&seen) else { return };
        if self.buffers.exchange_message(&seen, &rustls) {
            self.rewrites.pairs.borrow_mut().retain(|pair| pair.wire != wire);
            self.rewrites.add(rustls, wire);
        }
    }

    /// Handshake messages of rustls as they travel; `None` when they are the same.
    /// The last may be cut short, as where a binder is computed.
    pub fn wire_view(&self, messages: &[u8], purpose: Use) -> Option<Vec<u8>> {
        if !self.rewrites.is_active() {
            return None;
        }
        let mut wire = Vec::with_capacity(messages.len());
        let mut differs = false;
        let mut rest = messages;
        while let Some(header) = rest.first_chunk::<MESSAGE_HEADER>() {
            let (message, after) = rest.split_at(message_len(*header).min(rest.len()));
            rest = after;
            match self.in_wire_form(message, purpose) {
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

    fn in_wire_form(&self, message: &[u8], purpose: Use) -> Option<Vec<u8>> {
        let peers = if purpose == Use::Hash { self.rewrites.take_peer_certificate(message) } else { None };
        if let Some(wire) = peers {
            return Some(wire).filter(|wire| wire != message);
        }
        let known = |pair: &Pair| {
            let whole = pair.rustls == message;
            let cut = message[0] == CLIENT_HELLO && pair.rustls.starts_with(message);
            match () {
                () if whole => Some(pair.wire.clone()),
                () if cut => pair.cut_wire(message.len()).map(<[u8]>::to_vec),
                () => None,
            }
        };
        let found = self.rewrites.pairs.borrow().iter().filter(|pair| !pair.hashed_next).find_map(known);
        found.or_else(|| self.change_own(message)).filter(|wire| wire != message)
    }

    /// rustls wrote a message, perhaps cut: the one that is sent, if it is another.
    fn change_own(&self, message: &[u8]) -> Option<Vec<u8>> {
        if !self.rewrites.writes() {
            return None;
        }
        let own = if self.is_server() { SERVER_HELLO } else { CLIENT_HELLO };
        let hello = message[0] == own;
        let mut wire = message.to_vec();
        if let Some(id) = self.rewrites.session_id().filter(|_| hello) {
            wire = with_session_id(message, id.as_bytes())?;
            self.rewrites.changes.id_of_rustls.replace(Reader(message.get(SESSION_ID..)?).vector(1)?.to_vec());
        }
        if hello && self.rewrites.changes.fallback.get() {
            wire = with_fallback(&wire)?;
        }
        if hello || self.may_extend(message[0]) {
            if let Some(extended) = self.with_own_extensions(&wire) {
                wire = extended;
            }
            // The program is asked once.
            if message.len() == message_len(*message.first_chunk()?) {
                self.rewrites.add(message.to_vec(), wire.clone());
            }
        }
        Some(wire)
    }

    /// Whether a message of rustls's, no hello, may be one of ours that has extensions.
    fn may_extend(&self, kind: u8) -> bool {
        match kind {
            ENCRYPTED_EXTENSIONS | CERTIFICATE_REQUEST => self.is_server(),
            // A client's is known once it is read.
            CERTIFICATE => {
                self.negotiated.borrow().version == TLS1_3
                    && !(self.is_server() && self.rewrites.changes.certificate_written.replace(true))
            }
            _ => false,
        }
    }

    /// A message that came, as rustls is to see it.
    pub fn seen_message(&self, wire: Vec<u8>) -> Vec<u8> {
        let changes = match wire[0] {
            SERVER_HELLO | ENCRYPTED_EXTENSIONS => !self.is_server(),
            CERTIFICATE => self.negotiated.borrow().version == TLS1_3,
            _ => false,
        };
        if !changes {
            return wire;
        }
        let seen = block::without_extensions(&wire, &|kind| self.is_hidden(kind)).unwrap_or_else(|| wire.clone());
        match seen[0] {
            CERTIFICATE => self.rewrites.add_peer_certificate(seen.clone(), wire),
            _ => self.rewrites.add(seen.clone(), wire),
        }
        seen
    }

    /// The session id of a client's hello as rustls knows it.
    pub fn offered_id_of_rustls(&self) -> Vec<u8> {
        match self.rewrites.session_id() {
            Some(_) => self.rewrites.changes.id_of_rustls.borrow().clone(),
            None => self.negotiated.borrow().offered_id.clone(),
        }
    }

    /// A client read a ServerHello, `body` without its header, that echoes the
    /// session id: rustls must find its own there.
    pub fn note_server_hello(&self, body: &[u8], version: u16) {
        let echoed = Reader(body.get(SESSION_ID - MESSAGE_HEADER..).unwrap_or_default()).vector(1);
        if let Some(id) = self.rewrites.session_id().filter(|id| echoed == Some(id.as_bytes())) {
            let hello = whole_message(SERVER_HELLO, body);
            // In TLS 1.2 an empty one says that nothing is resumed.
            self.rewrites.changes.server_hello.replace(Some(hello).filter(|_| version >= 0x0304 || !id.is_empty()));
        }
    }
}

/// Whether rustls's server looks into extensions of a type, as OpenSSL does.
fn is_of_use(kind: u16) -> bool {
    is_known(kind) && !matches!(kind, extension::COOKIE | extension::CERTIFICATE_AUTHORITIES | extension::PADDING)
}

/// Appends `content`, and before it its length in so many bytes.
fn push_vector(message: &mut Vec<u8>, width: usize, content: &[u8]) {
    message.extend(&content.len().to_be_bytes()[size_of::<usize>() - width..]);
    message.extend_from_slice(content);
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

/// A hello with another session id.
pub fn with_session_id(message: &[u8], id: &[u8]) -> Option<Vec<u8>> {
    let (before, rest) = message.split_at_checked(SESSION_ID)?;
    let mut reader = Reader(rest);
    reader.vector(1)?;
    let body = [&before[MESSAGE_HEADER..], &[id.len() as u8], id, reader.0].concat();
    Some(whole_message(message[0], &body))
}

/// A ClientHello with signature_algorithms ahead of its other extensions.
fn with_schemes(message: &[u8], schemes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader(message.get(MESSAGE_HEADER..)?);
    reader.take(2 + 32)?;
    reader.vector(1)?;
    reader.vector(2)?;
    reader.vector(1)?;
    let before = &message[MESSAGE_HEADER..message.len() - reader.0.len()];
    let others = if reader.0.is_empty() { &[] } else { reader.vector(2)? };
    let number = |number: usize| (number as u16).to_be_bytes();
    let list = [&number(schemes.len())[..], schemes].concat();
    let kind = extension::SIGNATURE_ALGORITHMS.to_be_bytes();
    let block = [&kind[..], &number(list.len()), &list, others].concat();
    Some(whole_message(message[0], &[before, &number(block.len()), &block].concat()))
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
    fn schemes_come_ahead_of_what_else_there_is() {
        let bare = [&[1, 0, 0, 43, 3, 3][..], &[7; 32], &[2, 9, 9, 0, 2, 0x13, 1, 1, 0]].concat();
        let with = with_schemes(&bare, &[4, 3]).unwrap();
        assert_eq!(with[bare.len()..], [0, 8, 0, 13, 0, 4, 0, 2, 4, 3]);
        assert_eq!(with[3] as usize, with.len() - 4);
        let full = [&bare[..], &[0, 5, 0, 41, 0, 1, 8]].concat();
        let changed = with_schemes(&full, &[4, 3]).unwrap();
        assert_eq!(changed[bare.len()..], [0, 13, 0, 13, 0, 4, 0, 2, 4, 3, 0, 41, 0, 1, 8]);
        let pair = Pair { rustls: changed.clone(), wire: full.clone(), hashed_next: false };
        assert_eq!(pair.cut_wire(changed.len() - 3), full.get(..full.len() - 3));
        // What is missing must be the same.
        assert_eq!(pair.cut_wire(3), None);
        for len in 0..bare.len() {
            assert!(with_schemes(&bare[..len], &[4, 3]).is_none());
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
