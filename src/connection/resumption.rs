//! A connection and its session: what is offered, what is made, when it goes
//! bad.

use std::cell::Cell;

use libc::c_int;

use super::accept::MASTER_SECRET;
use super::built_in::names_of;
use super::client_hello::{Malformed, extension};
use super::extension_rules::{Requested, place, whole};
use super::messages::{Direction, handshake_type};
use super::negotiated::VerifyData;
use super::{Connection, SENT_SHUTDOWN};
use crate::context::cipher::by_code_point;
use crate::engine::config::Key;
use crate::engine::stand_in::{Role, StandIn};
use crate::engine::store::Offer;
use crate::engine::{self, mint};
use crate::ffi::Ref;
use crate::reason::{self, alert};
use crate::secret::Secret;
use crate::session::cache::{self, count};
use crate::session::{Fields, Id, Session, now};

/// `SSL_SESS_CACHE_CLIENT`
pub const CACHE_CLIENT: u32 = 1;
/// `SSL_SESS_CACHE_SERVER`
pub const CACHE_SERVER: u32 = 2;
const TLS1_2: c_int = 0x0303;
const TLS1_3: c_int = 0x0304;
const ILLEGAL_PARAMETER: u8 = 47;

/// A NewSessionTicket of TLS 1.3 on its way to become a session.
#[derive(Clone, Default)]
pub struct IncomingTicket {
    lifetime: u32,
    age_add: u32,
    ticket: Vec<u8>,
    max_early_data: u32,
    psk: Secret,
}

/// Reads TLS's length-prefixed structures.
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next `len` bytes.
    pub fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(head)
    }

    /// A big-endian number of `len` bytes.
    pub fn number(&mut self, len: usize) -> Option<usize> {
        Some(self.take(len)?.iter().fold(0, |value, byte| value << 8 | usize::from(*byte)))
    }

    /// A vector whose length takes `len` bytes.
    pub fn vector(&mut self, len: usize) -> Option<&'a [u8]> {
        let count = self.number(len)?;
        self.take(count)
    }
}

/// The extensions of `block`: type and content.
pub fn extensions(block: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut reader = Reader(block);
    std::iter::from_fn(move || {
        let kind = reader.number(2)? as u16;
        Some((kind, reader.vector(2)?))
    })
}

impl Connection {
    /// `ssl_get_new_session`: a fresh session takes the place of the old one.
    pub fn new_session(&self) -> Option<Ref<Session>> {
        let negotiated = self.negotiated.borrow().version;
        let version = match (negotiated, self.enabled_versions()) {
            (0, (_, true)) => TLS1_3,
            (0, (true, _)) => TLS1_2,
            (negotiated, _) => c_int::from(negotiated),
        };
        let fields = Fields {
            timeout: self.session_context.sessions.new_session_timeout(),
            id_context: self.settings.borrow().id_context,
            verify_result: 0,
            max_fragment_len_mode: 0,
            version,
            ..Fields::default()
        };
        let session = Session::with(fields)?;
        self.session.replace(Some(session.clone()));
        self.fragment_limit.set(0);
        Some(session)
    }

    /// The session in use.
    pub fn current_session(&self) -> Option<Ref<Session>> {
        self.session.borrow().clone()
    }

    /// Whether the session in use must not outlive this connection: it was
    /// handshaken and not closed (`ssl_clear_bad_session`).
    pub fn has_bad_session(&self) -> bool {
        let state = self.state.get();
        self.session.borrow().is_some()
            && self.shutdown.get() & SENT_SHUTDOWN == 0
            && !(state.in_init || state.is_before())
    }

    /// Spoils the session if the connection ends without close_notify.
    pub fn clear_bad_session(&self) -> bool {
        let bad = self.has_bad_session();
        if bad {
            self.spoil_session();
        }
        bad
    }

    /// Takes the session out of the cache and marks it not resumable.
    pub fn spoil_session(&self) {
        if let Some(session) = self.current_session() {
            cache::remove(&self.session_context, &session);
        }
    }

    /// `SSL_set_session`.
    pub fn set_session(&self, session: Option<Ref<Session>>) {
        self.clear_bad_session();
        if let Some(session) = &session {
            self.verify_result.set(session.read(|fields| fields.verify_result));
        }
        let old = self.session.replace(session);
        drop(old);
    }

    /// Before the ClientHello: decides which session is offered.
    pub fn prepare_offer(&self, key: &Key) -> Result<(), super::io::Stop> {
        self.offer.replace(None);
        let session = self.current_session();
        let supported = |version: c_int| match version {
            0x0303 => key.tls12,
            0x0304 => key.tls13,
            _ => false,
        };
        let usable = session.filter(|session| session.read(|f| supported(f.version) && f.is_resumable()));
        if usable.is_none() && self.new_session().is_none() {
            return Err(self.fatal(Some(80), crate::libcrypto::err::ERR_R_MALLOC_FAILURE));
        }
        let external = if key.tls13 { self.offer_external_psk()? } else { None };
        let Some(session) = usable.filter(|_| external.is_none()) else {
            let offer = external.or_else(|| self.offer_ticket_of_program(key));
            self.offer.replace(offer);
            return Ok(());
        };
        let fields = session.read(Clone::clone);
        self.hidden.put(Role::Offered, &fields.secret);
        let (verifier, resolver) = (&*engine::config::SERVER_VERIFIER, &*engine::config::CLIENT_RESOLVER);
        let offer = if fields.version == TLS1_3 {
            // Our seconds may be one ahead of the server's.
            let age = now().saturating_sub(fields.time);
            let lifetime = fields.lifetime_hint.saturating_add(1);
            let expired = age < 0 || u64::try_from(age).unwrap_or(0) > lifetime;
            let offered = mint::Tls13Session {
                suite: fields.cipher,
                psk: StandIn::psk(),
                ticket: fields.ticket.as_deref().unwrap_or_default(),
                lifetime: u32::try_from(lifetime).unwrap_or(u32::MAX),
                age_add: fields.age_add,
                max_early_data: fields.max_early_data,
                time: u64::try_from(fields.time).unwrap_or(0),
            };
            if expired || fields.secret.is_empty() {
                None
            } else {
                mint::tls13(verifier, resolver, &offered).map(Box::new).map(Offer::Tls13)
            }
        } else {
            let offered = mint::Tls12Session {
                suite: fields.cipher,
                master_secret: StandIn::master(),
                id: fields.id.as_bytes(),
                ticket: fields.ticket.as_deref().unwrap_or_default(),
                extended_master_secret: fields.extended_master_secret(),
            };
            let minted = session.minted.get(verifier, resolver, &offered).map(Box::new).map(Offer::Tls12);
            minted.filter(|_| fields.secret.len() == MASTER_SECRET)
        };
        self.offer.replace(offer);
        Ok(())
    }

    /// What rustls may offer, of the version it asks for.
    pub fn take_offer(&self, tls13: bool) -> Option<Offer> {
        let mut offer = self.offer.borrow_mut();
        let fits = offer.as_ref().is_some_and(|offer| matches!(offer, Offer::Tls13(_)) == tls13);
        if !fits {
            return None;
        }
        if !tls13 {
            self.prepare_offered_id();
        }
        offer.take()
    }

    /// A handshake message passes; `body` is without its header.
    pub fn on_message(&self, direction: Direction, kind: u8, body: &[u8]) {
        use handshake_type as t;
        if direction == Direction::In && kind != t::SERVER_HELLO {
            self.on_record_after_server_hello(false);
        }
        // What only the other end sends is for rustls to refuse.
        let from_server =
            matches!(kind, t::SERVER_HELLO | t::NEW_SESSION_TICKET | t::CERTIFICATE_REQUEST | t::ENCRYPTED_EXTENSIONS);
        if from_server && (direction == Direction::Out) != self.is_server() {
            return;
        }
        let tls13 = self.negotiated.borrow().version >= 0x0304;
        match (direction, kind) {
            (Direction::Out, t::CLIENT_HELLO) => self.on_own_client_hello(body),
            (_, t::SERVER_HELLO) => {
                self.on_server_hello(direction, body);
            }
            (Direction::In, t::NEW_SESSION_TICKET) => {
                self.on_new_session_ticket(body);
            }
            (Direction::In, t::KEY_UPDATE) => self.data_keys.count_update(),
            (Direction::In, t::END_OF_EARLY_DATA) => self.on_end_of_early_data(),
            (Direction::In, t::CERTIFICATE) if tls13 && !self.accepts_certificate_extensions(body) => {}
            (Direction::In, t::CERTIFICATE) if self.is_server() => self.on_client_certificate(body),
            (Direction::In, t::CERTIFICATE_REQUEST) => self.on_certificate_request(body),
            (Direction::In, t::ENCRYPTED_EXTENSIONS) => self.on_encrypted_extensions(body),
            (Direction::Out, t::CERTIFICATE_VERIFY) => {
                if let Some(scheme) = Reader(body).number(2) {
                    self.negotiated.borrow_mut().signature = scheme as u16;
                }
            }
            (Direction::In, t::SERVER_KEY_EXCHANGE) => {
                self.on_key_exchange(body);
            }
            (Direction::Out, t::SERVER_KEY_EXCHANGE) => {
                self.on_server_key_exchange(body);
            }
            (Direction::Out, t::FINISHED) => self.negotiated.borrow_mut().finished = VerifyData::new(body),
            (Direction::In, t::FINISHED) => self.negotiated.borrow_mut().peer_finished = VerifyData::new(body),
            _ => {}
        }
        if direction == Direction::In {
            self.on_peer_extensions(kind, body);
        }
    }

    /// A ClientHello came: the first one is answered by `accept`.
    pub fn on_client_hello(&self, message: &[u8]) {
        if self.engine.borrow().is_none() && self.hello_bytes.borrow().is_none() {
            self.hello_bytes.replace(Some(message.to_vec()));
        } else {
            self.note_second_client_hello(message);
        }
    }

    fn on_own_client_hello(&self, body: &[u8]) {
        let mut reader = Reader(body);
        let (Some(version), Some(random), Some(id)) = (reader.number(2), reader.take(32), reader.vector(1)) else {
            return;
        };
        let mut negotiated = self.negotiated.borrow_mut();
        negotiated.client_version = version as u16;
        negotiated.client_random.copy_from_slice(random);
        negotiated.offered_id = id.to_vec();
        (negotiated.offered, negotiated.offered_shares) = Default::default();
        reader.vector(2);
        reader.vector(1);
        for (kind, content) in extensions(reader.vector(2).unwrap_or_default()) {
            // Without TLS 1.3 it stands for no offer of OpenSSL's.
            let of_old_versions =
                kind == extension::SUPPORTED_VERSIONS && !numbers(Reader(content).vector(1)).contains(&0x0304);
            if !of_old_versions {
                negotiated.offered.insert(kind);
            }
            if kind == extension::KEY_SHARE {
                let mut shares = Reader(Reader(content).vector(2).unwrap_or_default());
                let groups = std::iter::from_fn(|| {
                    let group = shares.number(2)? as u16;
                    shares.vector(2).map(|_| group)
                });
                negotiated.offered_shares.extend(groups);
            }
        }
    }

    /// Looks at a server's extensions, if the list is whole; `false` when they end the handshake.
    fn accepts_extensions(
        &self,
        list: Option<&[u8]>,
        check: impl FnOnce(&Requested<'_>, &[u8]) -> Result<(), Malformed>,
    ) -> bool {
        let Some(list) = list else { return true };
        let (sent, shares, retried) = {
            let negotiated = self.negotiated.borrow();
            (negotiated.offered, negotiated.offered_shares.clone(), negotiated.is_retried())
        };
        let alpn = self.settings.borrow().alpn.clone();
        let scts = self.takes_scts();
        let requested = Requested { sent, scts, shares: &shares, alpn: &alpn, retried, selected: Cell::default() };
        let checked = check(&requested, list);
        if let Some(protocol) = requested.selected.take() {
            self.negotiated.borrow_mut().alpn = protocol;
        }
        if let Err(malformed) = checked {
            self.failure.set(Some(malformed));
        }
        checked.is_ok()
    }

    /// The extensions of the certificates in a TLS 1.3 message.
    fn accepts_certificate_extensions(&self, body: &[u8]) -> bool {
        let mut reader = Reader(body);
        reader.vector(1);
        let mut list = Reader(reader.vector(3).unwrap_or_default());
        let mut first = true;
        while let (Some(_), Some(block)) = (list.vector(3), list.vector(2)) {
            let place = if first { place::CERTIFICATE } else { place::LATER_CERTIFICATE };
            if !block.is_empty()
                && !self.accepts_extensions(Some(block), |requested, list| requested.check(list, place))
            {
                return false;
            }
            first = false;
        }
        true
    }

    /// Whether a TLS 1.2 server that renegotiates securely, or not, may be connected to.
    fn check_renegotiation(&self, secure: bool) {
        const SSL_OP_LEGACY_SERVER_CONNECT: u64 = 1 << 2;
        const SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION: u64 = 1 << 18;
        self.negotiated.borrow_mut().secure_renegotiation = secure;
        let permitted = SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION;
        if !secure && self.settings.borrow().options & permitted == 0 {
            self.failure.set(Some((reason::UNSAFE_LEGACY_RENEGOTIATION_DISABLED, alert::HANDSHAKE_FAILURE)));
        }
    }

    /// The ServerHello says whether the session is resumed.
    fn on_server_hello(&self, direction: Direction, body: &[u8]) -> Option<()> {
        let mut reader = Reader(body);
        let mut version = reader.number(2)? as u16;
        let random = reader.take(32)?;
        let id = reader.vector(1)?;
        let cipher = reader.number(2)? as u16;
        let compression = reader.number(1)?;
        let retried = self.negotiated.borrow().is_retried();
        let (mut psk, mut name, mut ems, mut secure) = (false, false, false, false);
        let (mut share, mut point_formats) = (None, None);
        let block = reader.vector(2);
        if direction == Direction::In && !reader.0.is_empty() {
            // Nothing of it counts, as rustls refuses it.
            return None;
        }
        let received = block.filter(|_| direction == Direction::In);
        let checked = self.accepts_extensions(received, |requested, list| match random == HELLO_RETRY_REQUEST {
            true => requested.check(list, place::HELLO_RETRY_REQUEST),
            false => requested.collect_server_hello(list).map(drop),
        });
        if !checked {
            return None;
        }
        for (kind, content) in extensions(block.unwrap_or_default()) {
            match kind {
                0 => name = true,
                23 => ems = true,
                41 => psk = true,
                43 => version = Reader(content).number(2)? as u16,
                11 => point_formats = Reader(content).vector(1),
                51 => share = Some(content),
                extension::RENEGOTIATE => secure = true,
                _ => {}
            }
        }
        if random == HELLO_RETRY_REQUEST {
            match direction {
                Direction::Out => self.on_retry_sent(),
                Direction::In => {
                    self.note_server_hello(body, version);
                    self.check_external_psk(cipher);
                }
            }
            self.negotiated.borrow_mut().version = version;
            return Some(());
        }
        {
            let mut negotiated = self.negotiated.borrow_mut();
            negotiated.version = version;
            negotiated.cipher = cipher;
            negotiated.server_random.copy_from_slice(random);
            negotiated.extended_master_secret = ems;
            negotiated.servername_acknowledged |= name && direction == Direction::In;
            negotiated.session_id = id.to_vec();
            if direction == Direction::In {
                negotiated.ec_point_formats = point_formats.unwrap_or_default().to_vec();
            }
        }
        if let Some(share) = share {
            self.on_key_share(direction, share);
        }
        if direction == Direction::In {
            if version < 0x0304 {
                self.status_response.take();
            }
            if let Some(failure) = self.fault_of_server_hello(version, retried, id, cipher) {
                self.failure.set(Some(failure));
            } else if let Some(reason) = self.fault_of_compression(version, compression) {
                self.failure.set(Some((reason, alert::ILLEGAL_PARAMETER)));
            } else if self.accepts_extensions(received, |requested, list| requested.check_server_hello(list))
                && version < 0x0304
            {
                self.check_renegotiation(secure);
            }
            let resumed = if version >= 0x0304 {
                psk
            } else {
                let offered = self.current_session().map(|session| session.read(|fields| fields.id));
                !id.is_empty() && offered.is_some_and(|offered| offered.as_bytes() == id)
            };
            self.note_server_hello(body, version);
            self.client_session_decided(resumed, version, id);
            self.on_server_hello_with_ticket(version, cipher, body);
        } else if let Some(candidate) = self.candidate.take() {
            let resumed = if version >= 0x0304 { psk } else { candidate.taken.get() };
            if !resumed {
                // Others may hold that session: this handshake is not about it.
                self.reused.set(false);
                self.on_early_data_declined();
                self.new_session();
                let hello = self.client_hello.borrow().clone();
                if let Some(Err(failure)) = hello.map(|hello| self.read_built_in_of_client(&hello)) {
                    self.failure.set(Some(failure));
                }
            }
        }
        // OpenSSL's sessions have it from here on, in TLS 1.2 only with the keys.
        if let Some(session) = self.current_session().filter(|_| version >= 0x0304) {
            session.update(|fields| fields.cipher = cipher);
        }
        Some(())
    }

    fn client_session_decided(&self, resumed: bool, version: u16, id: &[u8]) {
        self.reused.set(resumed);
        if resumed {
            self.take_external_session();
        }
        let Some(session) = self.current_session() else { return };
        if resumed {
            if session.read(|fields| fields.id_context) != self.settings.borrow().id_context {
                self.failure.set(Some((reason::ATTEMPT_TO_REUSE_SESSION_IN_DIFFERENT_CONTEXT, ILLEGAL_PARAMETER)));
            }
            return;
        }
        let mut session = session;
        if session.read(|fields| !fields.id.is_empty()) {
            count(&self.session_context.sessions.counters.misses);
            let Some(fresh) = self.new_session() else { return };
            session = fresh;
        }
        session.update(|fields| {
            fields.version = c_int::from(version);
            if version < 0x0304 {
                fields.id = Id::new(id).unwrap_or_default();
            }
        });
    }

    /// What OpenSSL has against a ServerHello before it looks at its extensions. `retried` is
    /// whether TLS 1.3 was agreed upon by a HelloRetryRequest.
    fn fault_of_server_hello(&self, version: u16, retried: bool, id: &[u8], cipher: u16) -> Option<Malformed> {
        let only = self.settings.borrow().method.version();
        if retried && version != 0x0304 || only.is_some_and(|only| only != version) {
            return Some((reason::WRONG_SSL_VERSION, alert::PROTOCOL_VERSION));
        }
        let offered = self.current_session().map(|session| session.read(|fields| (fields.id, fields.version)));
        let resumed = offered.filter(|(offered, _)| version < 0x0304 && !id.is_empty() && offered.as_bytes() == id);
        if resumed.is_some_and(|(_, of)| of != i32::from(version)) {
            return Some((reason::SSL_SESSION_VERSION_MISMATCH, alert::PROTOCOL_VERSION));
        }
        let reason = match by_code_point(cipher) {
            None => reason::UNKNOWN_CIPHER_RETURNED,
            Some(_) if !self.accepts_cipher(cipher) => reason::WRONG_CIPHER_RETURNED,
            Some(_) => return None,
        };
        Some((reason, alert::ILLEGAL_PARAMETER))
    }

    fn on_encrypted_extensions(&self, body: &[u8]) {
        let list = whole(body, 2);
        if !self.accepts_extensions(list, |requested, list| requested.check(list, place::ENCRYPTED_EXTENSIONS)) {
            return;
        }
        let has = |wanted| extensions(list.unwrap_or_default()).any(|(kind, _)| kind == wanted);
        if has(extension::EARLY_DATA) && has(extension::ALPN) && !self.has_alpn_of_session() {
            self.failure.set(Some((reason::BAD_EXTENSION, alert::ILLEGAL_PARAMETER)));
            return;
        }
        for (kind, _) in extensions(list.unwrap_or_default()) {
            match kind {
                extension::SERVER_NAME => self.negotiated.borrow_mut().servername_acknowledged = true,
                extension::EARLY_DATA => self.on_early_data_accepted(),
                _ => {}
            }
        }
    }

    /// Whether the server chose the protocol that early data was meant for.
    fn has_alpn_of_session(&self) -> bool {
        let meant = self.current_session().and_then(|session| session.read(|fields| fields.alpn.clone()));
        meant.is_some_and(|meant| *meant == *self.negotiated.borrow().alpn)
    }

    fn on_server_key_exchange(&self, body: &[u8]) -> Option<()> {
        let mut reader = Reader(body);
        let _curve_type = reader.take(1)?;
        let group = reader.number(2)? as u16;
        let _point = reader.vector(1)?;
        let scheme = reader.number(2)? as u16;
        let mut negotiated = self.negotiated.borrow_mut();
        (negotiated.group, negotiated.signature) = (group, scheme);
        Some(())
    }

    fn on_certificate_request(&self, body: &[u8]) {
        let mut reader = Reader(body);
        let tls13 = self.negotiated.borrow().version >= 0x0304;
        let names = if tls13 {
            self.negotiated.borrow_mut().certificate_types = Some(Vec::new());
            reader.vector(1);
            let mut found = None;
            let list = reader.vector(2);
            if !self.accepts_extensions(list, |requested, list| requested.check(list, place::CERTIFICATE_REQUEST)) {
                return;
            }
            for (kind, content) in extensions(list.unwrap_or_default()) {
                match kind {
                    13 => self.negotiated.borrow_mut().peer_sigalgs = numbers(Reader(content).vector(2)),
                    50 => self.negotiated.borrow_mut().peer_cert_sigalgs = numbers(Reader(content).vector(2)),
                    47 => found = Reader(content).vector(2),
                    _ => {}
                }
            }
            found
        } else {
            let types = reader.vector(1).map(<[u8]>::to_vec);
            let mut negotiated = self.negotiated.borrow_mut();
            negotiated.certificate_types = types;
            negotiated.peer_sigalgs = numbers(reader.vector(2));
            reader.vector(2)
        };
        match names_of(names.unwrap_or_default()) {
            Ok(names) => drop(self.peer_authorities.replace(Some(names))),
            Err(failure) => self.failure.set(Some(failure)),
        }
    }

    fn on_new_session_ticket(&self, body: &[u8]) -> Option<()> {
        let mut reader = Reader(body);
        let lifetime = reader.number(4)? as u32;
        if self.negotiated.borrow().version < 0x0304 {
            let ticket = reader.vector(2)?;
            if !ticket.is_empty() {
                self.tls12_ticket(lifetime, ticket);
            }
            return Some(());
        }
        let age_add = reader.number(4)? as u32;
        reader.vector(1)?;
        let ticket = reader.vector(2)?.to_vec();
        let list = reader.vector(2)?;
        if !self.accepts_extensions(Some(list), |requested, list| requested.check(list, place::NEW_SESSION_TICKET)) {
            return None;
        }
        let max_early_data = extensions(list)
            .find(|(kind, _)| *kind == 42)
            .and_then(|(_, content)| Reader(content).number(4))
            .unwrap_or(0) as u32;
        self.incoming_tickets.borrow_mut().push_back(IncomingTicket {
            lifetime,
            age_add,
            ticket,
            max_early_data,
            ..Default::default()
        });
        Some(())
    }

    fn tls12_ticket(&self, lifetime: u32, ticket: &[u8]) {
        let Some(mut session) = self.current_session() else { return };
        if session.read(|fields| !fields.id.is_empty()) {
            let Some(copy) = session.dup_for_connection(false) else { return };
            if self.session_context.sessions.mode() & CACHE_CLIENT != 0 {
                cache::remove(&self.session_context, &session);
            }
            let old = self.session.replace(Some(copy.clone()));
            drop(old);
            session = copy;
        }
        let id = Id::new(&engine::sha256(ticket)).unwrap_or_default();
        session.update(|fields| {
            fields.time = now();
            fields.ticket = Some(ticket.into());
            fields.lifetime_hint = lifetime.into();
            fields.id = id;
        });
        self.ticket_received.set(true);
    }

    /// The pre-shared key of the ticket that is being handled.
    pub fn on_ticket_psk(&self, psk: Secret) {
        if let Some(ticket) = self.incoming_tickets.borrow_mut().front_mut() {
            ticket.psk = psk;
        }
    }

    /// A TLS 1.3 ticket was handled: it becomes a session of its own.
    pub fn on_tls13_ticket(&self) {
        let Some(incoming) = self.incoming_tickets.borrow_mut().pop_front() else { return };
        self.incoming_tickets.borrow_mut().shrink_to_fit();
        let Some(session) = self.current_session() else { return };
        let Some(fresh) = session.dup_for_connection(false) else { return };
        let id = Id::new(&engine::sha256(&incoming.ticket)).unwrap_or_default();
        fresh.update(|fields| {
            fields.time = now();
            fields.ticket = Some(incoming.ticket.into());
            fields.lifetime_hint = incoming.lifetime.into();
            fields.age_add = incoming.age_add;
            fields.max_early_data = incoming.max_early_data;
            fields.id = id;
            fields.secret = incoming.psk;
        });
        let old = self.session.replace(Some(fresh));
        drop(session);
        drop(old);
        self.took_non_data.set(true);
        cache::update(self, CACHE_CLIENT);
    }

    /// A secret was derived, of which the application is told.
    pub fn on_secret(&self, label: &str, client_random: &[u8], secret: Secret) {
        if label == "CLIENT_EARLY_TRAFFIC_SECRET" && !self.has_early_data() {
            return;
        }
        self.log_key(label, client_random, &secret);
    }

    /// The early exporter's secret was derived.
    pub fn on_early_exporter(&self, secret: Secret) {
        self.hidden.put(Role::EarlyExporter, &secret);
        let client_random = self.negotiated.borrow().client_random;
        self.log_key("EARLY_EXPORTER_SECRET", &client_random, &secret);
    }

    /// The handshake is finished: the session gets what it is made of, and
    /// goes where it is to be found again.
    pub fn complete_session(&self) {
        let tls13 = self.negotiated.borrow().version >= 0x0304;
        if let Some(session) = self.current_session().filter(|_| !self.reused.get()) {
            let negotiated = self.negotiated.borrow();
            let hostname = self.hostname.borrow().clone().filter(|_| negotiated.servername_acknowledged);
            session.update(|fields| {
                fields.version = c_int::from(negotiated.version);
                fields.cipher = negotiated.cipher;
                fields.kex_group = negotiated.group.into();
                if !tls13 {
                    fields.secret = self.hidden.get(Role::Master).unwrap_or_default();
                }
                if negotiated.extended_master_secret {
                    fields.flags |= Fields::EXTENDED_MASTER_SECRET;
                }
                fields.alpn = (!negotiated.alpn.is_empty()).then(|| negotiated.alpn.clone().into());
                fields.hostname = hostname;
            });
        }
        let counters = &self.session_context.sessions.counters;
        if self.is_server() {
            if !tls13 {
                cache::update(self, CACHE_SERVER);
            }
            return;
        }
        if !tls13 {
            cache::update(self, CACHE_CLIENT);
        } else if self.session_context.sessions.mode() & CACHE_CLIENT != 0 {
            self.spoil_session();
        }
        if self.reused.get() {
            count(&counters.hits);
        }
    }
}

fn numbers(list: Option<&[u8]>) -> Vec<u16> {
    list.unwrap_or_default().chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

/// The random of a ServerHello that is a HelloRetryRequest (RFC 8446, 4.1.3).
pub const HELLO_RETRY_REQUEST: &[u8] = &[
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11,
    0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
