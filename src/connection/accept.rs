//! A server and its ClientHello.
//!
//! The ClientHello is read and parsed before rustls sees a byte of it: the
//! application's callbacks run here, may suspend the handshake, and choose the
//! configuration and the session that rustls is then given.

use std::cell::Cell;
use std::ffi::CString;
use std::rc::Rc;
use std::sync::Arc;

use crate::secret::Secret;
use libc::c_int;

use super::client_hello::{self, ClientHello, SessionTicket, extension};
use super::early_data;
use super::extensions::Failure;
use super::handshake::{TLS1_2, TLS1_3};
use super::io::Stop;
use super::psk::with_sha256;
use super::resumption::CACHE_SERVER;
use super::{Connection, Want};
use crate::context::groups::{X25519MLKEM768, suite_b_group};
use crate::engine::config::{ClientAuth, Key, Side};
use crate::engine::server_value::ServerValue;
use crate::engine::stand_in::{Role, StandIn};
use crate::engine::{self, Engine, provider};
use crate::ffi::{Ref, callbacks};
use crate::libcrypto::err;
use crate::libcrypto::evp::KeyKind;
use crate::reason;
use crate::session::cache::{self, count, take_back};
use crate::session::ticket::{self, Opened};
use crate::session::{Fields, Id, Session, now};

const SSL_OP_CIPHER_SERVER_PREFERENCE: u64 = 1 << 22;
const SSL_OP_NO_TICKET: u64 = 1 << 14;

const SSL3_VERSION: u16 = 0x0300;

const HANDSHAKE_FAILURE: u8 = 40;
const ILLEGAL_PARAMETER: u8 = 47;
const DECODE_ERROR: u8 = 50;
const INTERNAL_ERROR: u8 = 80;
const PROTOCOL_VERSION: u8 = 70;
const MISSING_EXTENSION: u8 = 109;
const NO_APPLICATION_PROTOCOL: u8 = 120;

/// The length of a TLS 1.2 master secret.
pub const MASTER_SECRET: usize = 48;

/// How far the answer to a ClientHello has come: a callback that suspends is
/// called again, what ran before it is not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Debug, Default)]
pub enum Accepting {
    /// Nothing has run.
    #[default]
    Start,
    /// The client-hello callback let it pass.
    HelloSeen,
    /// The session and the name are settled.
    SessionKnown,
    /// The certificate callback let it pass.
    CertificateSet,
}

/// A session found for the client, and what it was named by.
pub struct Candidate {
    /// The ticket or the session id.
    pub name: Vec<u8>,
    /// The session.
    pub session: Ref<Session>,
    /// Whether its ticket is to be replaced.
    pub renew: bool,
    /// The suite to resume under: in TLS 1.3 any with the session's hash.
    pub suite: u16,
    /// The age that a TLS 1.3 client states, obfuscated.
    pub obfuscated_age: u32,
    /// Whether the session is the first that a TLS 1.3 client named, and as old
    /// as it says.
    pub fresh: bool,
    /// Whether rustls has asked for it, and so resumes it.
    pub taken: Cell<bool>,
    /// Whether it stands for an external pre-shared key.
    pub external: bool,
}

impl Candidate {
    fn new(name: &[u8], session: Ref<Session>, renew: bool) -> Self {
        Self {
            name: name.to_vec(),
            session,
            renew,
            suite: 0,
            obfuscated_age: 0,
            fresh: false,
            taken: Cell::default(),
            external: false,
        }
    }

    /// For an external pre-shared key; its early data counts where it is the first.
    pub fn external(name: &[u8], session: Ref<Session>, obfuscated_age: u32, first: bool) -> Self {
        Self { obfuscated_age, fresh: first, external: true, ..Self::new(name, session, true) }
    }
}

impl Connection {
    /// Answers the ClientHello once it is there: `false` when more is needed.
    pub fn accept_client_hello(&self) -> Result<bool, Stop> {
        let Some(hello) = self.client_hello()? else { return Ok(false) };
        if self.accepting.get() < Accepting::HelloSeen {
            // What the hello says counts from here on, as in OpenSSL.
            self.run_client_hello_callback()?;
            self.remember_hello(&hello);
            self.accepting.set(Accepting::HelloSeen);
        }
        if self.accepting.get() < Accepting::SessionKnown {
            self.choose_version(&hello)?;
            let tls13 = self.negotiated.borrow().version == TLS1_3;
            if tls13 {
                self.check_shared_cipher(&hello)?;
            }
            self.find_session(&hello)?;
            self.read_status_request(&hello)?;
            if !hello.compression.contains(&0) {
                return Err(self.fatal(Some(DECODE_ERROR), reason::NO_COMPRESSION_SPECIFIED));
            }
            self.check_extensions(&hello)?;
            self.or_fatal(self.read_built_in_of_client(&hello))?;
            self.or_fatal(self.parse_client_extensions(&hello.message))?;
            self.run_servername_callback(&hello)?;
            if !tls13 && hello.is_psk_without_modes() {
                return Err(self.fatal(Some(HANDSHAKE_FAILURE), reason::MISSING_PSK_KEX_MODES_EXTENSION));
            }
            if tls13 && hello.compression != [0] {
                return Err(self.fatal(Some(ILLEGAL_PARAMETER), reason::INVALID_COMPRESSION_ALGORITHM));
            }
            self.resume_by_secret(&hello)?;
            self.require_schemes(&hello)?;
            if tls13 {
                self.select_alpn(&hello)?;
            }
            self.accepting.set(Accepting::SessionKnown);
        }
        if self.accepting.get() < Accepting::CertificateSet {
            let full = self.candidate.borrow().is_none();
            // A resumed session shows no certificate.
            if full {
                self.run_certificate_callback()?;
            }
            if full && self.negotiated.borrow().version == TLS1_2 {
                self.check_shared_cipher(&hello)?;
            }
            self.run_not_resumable_callback();
            self.accepting.set(Accepting::CertificateSet);
        }
        if self.negotiated.borrow().version == TLS1_2 {
            self.select_alpn(&hello)?;
        }
        let alpn = self.negotiated.borrow().alpn.clone();
        self.decide_early_data(&hello, &alpn);
        self.use_session_id(&hello);
        self.hide_from_rustls(&hello);
        self.start_server(&hello, alpn)?;
        self.accepting.set(Accepting::Start);
        Ok(true)
    }

    fn client_hello(&self) -> Result<Option<Rc<ClientHello>>, Stop> {
        if let Some(hello) = self.client_hello.borrow().clone() {
            return Ok(Some(hello));
        }
        let Some(bytes) = self.hello_bytes.take() else { return Ok(None) };
        match client_hello::parse(&bytes) {
            Ok(hello) => {
                if self.has_custom_extensions() {
                    self.or_fatal(self.check_client_extensions(&hello.message))?;
                }
                let hello = Rc::new(hello);
                self.forget_status_request();
                self.client_hello.replace(Some(hello.clone()));
                Ok(Some(hello))
            }
            Err((reason, alert)) => Err(self.fatal(Some(alert), reason)),
        }
    }

    fn or_fatal(&self, result: Result<(), Failure>) -> Result<(), Stop> {
        result.map_err(|(reason, alert)| self.fatal(Some(alert), reason))
    }

    fn remember_hello(&self, hello: &ClientHello) {
        let mut negotiated = self.negotiated.borrow_mut();
        negotiated.client_version = hello.legacy_version;
        negotiated.client_random = hello.random;
        negotiated.client_ciphers = hello.ciphers.clone();
        negotiated.client_ciphers_raw = hello.ciphers_raw.clone();
        negotiated.secure_renegotiation = hello.ciphers.contains(&client_hello::RENEGOTIATION_SCSV);
        negotiated.ec_point_formats = hello.ec_point_formats.clone();
        negotiated.peer_groups = hello.groups.clone();
        negotiated.peer_sigalgs = hello.sigalgs.clone();
        negotiated.peer_cert_sigalgs = hello.cert_sigalgs.clone();
    }

    fn run_client_hello_callback(&self) -> Result<(), Stop> {
        let callback = self.context.borrow().callbacks().client_hello;
        let Some(function) = callback.function else { return Ok(()) };
        let mut alert = c_int::from(INTERNAL_ERROR);
        match callbacks::client_hello(function, self, &mut alert, callback.arg) {
            1 => Ok(()),
            -1 => {
                self.want.set(Want::ClientHelloCallback);
                Err(Stop::Want(Want::ClientHelloCallback))
            }
            _ => Err(self.fatal(Some(alert as u8), reason::CALLBACK_FAILED)),
        }
    }

    fn choose_version(&self, hello: &ClientHello) -> Result<(), Stop> {
        let (tls12, mut tls13) = self.enabled_versions();
        if !tls12 && !tls13 {
            // OpenSSL finds out before it takes up the ClientHello.
            self.leave_message();
            return Err(self.fatal(Some(PROTOCOL_VERSION), reason::NO_PROTOCOLS_AVAILABLE));
        }
        if hello.legacy_version <= SSL3_VERSION {
            let modern = tls13 && hello.offers_version(TLS1_3);
            let reason = if modern { reason::BAD_LEGACY_VERSION } else { reason::VERSION_TOO_LOW };
            return Err(self.fatal(Some(HANDSHAKE_FAILURE), reason));
        }
        if let Some((reason, alert)) = hello.malformed(extension::SUPPORTED_VERSIONS) {
            if self.settings.borrow().method.version().is_none() {
                return Err(self.fatal(Some(alert), reason));
            }
        }
        tls13 &= self.is_tls13_capable();
        let version = match (tls13 && hello.offers_version(TLS1_3), tls12 && hello.offers_version(TLS1_2)) {
            (true, _) => TLS1_3,
            (_, true) => TLS1_2,
            _ => {
                return Err(self.fatal(Some(PROTOCOL_VERSION), reason::UNSUPPORTED_PROTOCOL));
            }
        };
        if version == TLS1_2 && tls13 && hello.fallback {
            return Err(self.fatal(Some(86), reason::INAPPROPRIATE_FALLBACK));
        }
        self.negotiated.borrow_mut().version = version;
        Ok(())
    }

    /// Extensions that are not what they should be. OpenSSL looks at most of them once it knows
    /// whether a session is resumed.
    fn check_extensions(&self, hello: &ClientHello) -> Result<(), Stop> {
        let (tls13, resumed) = (self.negotiated.borrow().version == TLS1_3, self.candidate.borrow().is_some());
        let groups = if tls13 { self.allowed_groups() } else { [].into() };
        match hello.first_malformed(tls13, resumed, &groups) {
            Some((reason, alert)) => {
                self.explain_point(reason);
                Err(self.fatal(Some(alert), reason))
            }
            None => {
                // TLS 1.3 does not look into the extension.
                self.negotiated.borrow_mut().secure_renegotiation |= !tls13 && hello.secure_renegotiation;
                Ok(())
            }
        }
    }

    /// A TLS 1.3 server signs, unless it resumes, and a client must say how.
    fn require_schemes(&self, hello: &ClientHello) -> Result<(), Stop> {
        let signs = self.negotiated.borrow().version == TLS1_3 && self.candidate.borrow().is_none();
        if signs && hello.extension(extension::SIGNATURE_ALGORITHMS).is_none() {
            return Err(self.fatal(Some(MISSING_EXTENSION), reason::MISSING_SIGALGS_EXTENSION));
        }
        Ok(())
    }

    /// `ssl_get_prev_session`: the session that the client names, if it may be
    /// resumed here.
    fn find_session(&self, hello: &ClientHello) -> Result<(), Stop> {
        self.candidate.replace(None);
        let version = self.negotiated.borrow().version;
        let named_by: &[u16] = match version {
            TLS1_3 => &[extension::PSK_KEY_EXCHANGE_MODES, extension::PRE_SHARED_KEY],
            _ => &[extension::EXTENDED_MASTER_SECRET],
        };
        if let Some((reason, alert)) = named_by.iter().find_map(|&kind| hello.malformed(kind)) {
            return Err(self.fatal(Some(alert), reason));
        }
        let found = if version == TLS1_3 { self.session_by_psk(hello)? } else { self.session_by_name(hello)? };
        let Some((candidate, cached)) = found else { return self.full_session() };
        if self.take_up(candidate, cached, hello)? {
            return Ok(());
        }
        if !cached {
            // The client gets a ticket that is of more use to it.
            self.ticket_expected.set(true);
        }
        self.full_session()
    }

    /// Makes the candidate's session the connection's; `false` when it can't be
    /// resumed here.
    fn take_up(&self, mut candidate: Candidate, cached: bool, hello: &ClientHello) -> Result<bool, Stop> {
        let version = self.negotiated.borrow().version;
        let fields = candidate.session.read(Clone::clone);
        let settings_context = self.settings.borrow().id_context;
        if fields.version != c_int::from(version) || fields.id_context != settings_context {
            return Ok(false);
        }
        if self.settings.borrow().verify_mode.of_server().asks() && settings_context.as_bytes().is_empty() {
            return Err(self.refuse_without_context(&candidate.session));
        }
        let counters = &self.session_context.sessions.counters;
        if fields.expiry().is_past(now()) {
            count(&counters.timeouts);
            if cached {
                cache::remove(&self.session_context, &candidate.session);
            }
            return Ok(false);
        }
        if version == TLS1_2 {
            // rustls knows no other secret.
            if fields.secret.len() != MASTER_SECRET {
                return Ok(false);
            }
            match (fields.extended_master_secret(), hello.extended_master_secret) {
                (true, false) => return Err(self.fatal(Some(HANDSHAKE_FAILURE), reason::INCONSISTENT_EXTMS)),
                (false, true) => return Ok(false),
                _ => {}
            }
        }
        // What rustls would not resume must not look resumed.
        let missing = version == TLS1_2 && !hello.ciphers.contains(&fields.cipher);
        candidate.suite = match self.suite_to_resume_by(fields.cipher, hello) {
            Some(suite) => suite,
            None => return Ok(false),
        };
        count(&counters.hits);
        self.verify_result.set(fields.verify_result);
        self.reused.set(true);
        let old = self.session.replace(Some(candidate.session.clone()));
        self.candidate.replace(Some(candidate));
        drop(old);
        if missing {
            return Err(self.fatal(Some(ILLEGAL_PARAMETER), reason::REQUIRED_CIPHER_MISSING));
        }
        Ok(true)
    }

    /// A server that verifies its clients must say what a session is good for.
    fn refuse_without_context(&self, session: &Ref<Session>) -> Stop {
        // In TLS 1.3 it is the connection's already, and spoiled with it.
        let tls13 = self.negotiated.borrow().version == TLS1_3;
        if tls13 {
            let old = self.session.replace(Some(session.clone()));
            drop(old);
        }
        let stop = self.fatal(Some(INTERNAL_ERROR), reason::SESSION_ID_CONTEXT_UNINITIALIZED);
        if tls13 {
            let spoiled = self.session.replace(None);
            drop(spoiled);
        }
        stop
    }

    fn full_session(&self) -> Result<(), Stop> {
        match self.new_session() {
            Some(_) => self.prepare_session_id().inspect_err(|_| drop(self.session.replace(None))),
            None => Err(self.fatal(Some(INTERNAL_ERROR), err::ERR_R_MALLOC_FAILURE)),
        }
    }

    /// Whether there is a suite for this client at all. rustls finds that out
    /// too, but after callbacks that OpenSSL then never calls.
    fn check_shared_cipher(&self, hello: &ClientHello) -> Result<(), Stop> {
        let tls13 = self.negotiated.borrow().version == TLS1_3;
        let (ecdsa, rsa) = {
            let identity = self.settings.borrow().identity.clone();
            let slot = |kind: KeyKind| identity.slot(kind);
            let fits = |kind| slot(kind).is_complete() && (tls13 || slot(kind).makes_suites_usable(kind));
            let has = |kinds: &[KeyKind]| kinds.iter().any(|&kind| fits(kind));
            (has(&[KeyKind::Ec, KeyKind::Ed25519, KeyKind::Ed448]), has(&[KeyKind::Rsa, KeyKind::RsaPss]))
        };
        let fits = |suite: u16| match suite >> 8 == 0x13 {
            true => tls13,
            false => !tls13 && if needs_ecdsa(suite) { ecdsa } else { rsa },
        };
        let shared = |&&suite: &&u16| fits(suite) && hello.ciphers.contains(&suite);
        match self.allowed_ciphers().iter().find(shared) {
            Some(_) => Ok(()),
            None => Err(self.fatal(Some(HANDSHAKE_FAILURE), reason::NO_SHARED_CIPHER)),
        }
    }

    /// The suite of a handshake that resumes a session of this one: in TLS 1.2 the
    /// same, in TLS 1.3 the one that is chosen anyway, if its hash is the same.
    fn suite_to_resume_by(&self, cipher: u16, hello: &ClientHello) -> Option<u16> {
        if self.negotiated.borrow().version == TLS1_3 {
            return self.tls13_suite(hello).filter(|&suite| same_hash(suite, cipher));
        }
        provider::suite(cipher).is_some().then_some(cipher)
    }

    /// The suite that rustls will choose for a TLS 1.3 client.
    fn tls13_suite(&self, hello: &ClientHello) -> Option<u16> {
        let ours = self.allowed_ciphers();
        let (ours, offered) = (&ours[..], &hello.ciphers[..]);
        let server_first = self.settings.borrow().options & SSL_OP_CIPHER_SERVER_PREFERENCE != 0;
        let (first, second) = if server_first { (ours, offered) } else { (offered, ours) };
        let mut shared = first.iter().copied().filter(|suite| suite >> 8 == 0x13 && second.contains(suite));
        if self.prefers_sha256() { with_sha256(shared) } else { shared.next() }
    }

    /// The suite of a TLS 1.2 handshake that resumes.
    pub fn suite_to_resume(&self) -> Option<u16> {
        let tls12 = self.negotiated.borrow().version == TLS1_2;
        self.candidate.borrow().as_ref().filter(|_| tls12).map(|candidate| candidate.suite)
    }

    fn session_by_name(&self, hello: &ClientHello) -> Result<Option<(Candidate, bool)>, Stop> {
        let tickets = self.uses_tickets();
        self.ticket_expected.set(false);
        let ticket = match &hello.session_ticket {
            SessionTicket::Empty if tickets => Some(&[][..]),
            SessionTicket::Offered(ticket) if tickets => Some(&ticket[..]),
            _ => None,
        };
        if let Some(ticket) = ticket {
            if !self.show_ticket_extension(ticket) {
                return Err(self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR));
            }
            if self.secret_callback().function.is_some() && !ticket.is_empty() {
                // It is for the program to make something of.
                return Ok(None);
            }
            let opened = self.open_ticket(ticket, &hello.session_id)?;
            self.ticket_expected.set(asks_for_ticket(&opened));
            match opened {
                Opened::Session { session, renew } => {
                    return Ok(Some((Candidate::new(ticket, session, renew), false)));
                }
                Opened::Ignored | Opened::Empty => {}
                _ => return Ok(None),
            }
        }
        let id = &hello.session_id;
        if id.is_empty() {
            return Ok(None);
        }
        // Where there is a ticket, if an ignored one, rustls asks for its session.
        let name = match &hello.session_ticket {
            SessionTicket::Offered(ticket) => ticket.to_vec(),
            _ => id.to_vec(),
        };
        let session = cache::find(self, c_int::from(TLS1_2), id);
        Ok(session.map(|session| (Candidate::new(&name, session, false), true)))
    }

    fn session_by_psk(&self, hello: &ClientHello) -> Result<Option<(Candidate, bool)>, Stop> {
        self.ticket_expected.set(true);
        let before = self.session.replace(None);
        drop(before);
        const PSK_DHE_KE: u8 = 1;
        if !hello.psk_modes.contains(&PSK_DHE_KE) {
            return Ok(None);
        }
        let stateful = self.stateful_tickets();
        let suite = self.tls13_suite(hello);
        let mut expected = stateful || hello.psk_identities.is_empty();
        let mut found_candidate = None;
        for (index, offered) in hello.psk_identities.iter().enumerate() {
            let identity = &offered.identity;
            if let Some(candidate) = self.external_candidate(index, hello)? {
                expected = true;
                let cipher = candidate.session.read(|fields| fields.cipher);
                if suite.is_none_or(|suite| same_hash(suite, cipher)) {
                    self.check_binder(hello, index, cipher)?;
                    found_candidate = Some((candidate, false));
                    break;
                }
                continue;
            }
            let found = if stateful {
                // Only ids can name a cached session.
                let session = (identity.len() == Id::MAX).then(|| cache::find(self, c_int::from(TLS1_3), identity));
                session.flatten().map(|session| (session, true))
            } else {
                match self.open_ticket(identity, &[])? {
                    Opened::Session { session, renew } => Some((session, renew)),
                    Opened::Ignored => None,
                    _ => {
                        expected = true;
                        None
                    }
                }
            };
            let Some((session, renew)) = found else { continue };
            expected |= renew;
            if self.prevents_replay() && !cache::remove(&self.session_context, &session) {
                continue;
            }
            let cipher = session.read(|fields| fields.cipher);
            if suite.is_some_and(|suite| !same_hash(suite, cipher)) {
                expected = true;
                continue;
            }
            self.check_binder(hello, index, cipher)?;
            let fresh = index == 0 && session.read(|fields| early_data::is_fresh(fields, offered));
            let candidate =
                Candidate { obfuscated_age: offered.obfuscated_age, fresh, ..Candidate::new(identity, session, renew) };
            // A cached session stays there when it turns out to be too old.
            found_candidate = Some((candidate, false));
            break;
        }
        self.ticket_expected.set(expected);
        Ok(found_candidate)
    }

    /// The binder of the identity at `index` must be there, and as long as this suite's hash.
    /// What it says is for rustls, which is shown it only where there is one for each identity.
    fn check_binder(&self, hello: &ClientHello, index: usize, cipher: u16) -> Result<(), Stop> {
        match hello.psk_binders.get(index) {
            Some(binder) if binder.len() != hash_len(cipher) => {}
            Some(_) if hello.psk_binders_fit => return Ok(()),
            Some(_) => return Err(self.fatal(Some(ILLEGAL_PARAMETER), reason::BINDER_DOES_NOT_VERIFY)),
            None => {}
        }
        Err(self.fatal(Some(DECODE_ERROR), reason::BAD_EXTENSION))
    }

    fn open_ticket(&self, ticket: &[u8], session_id: &[u8]) -> Result<Opened, Stop> {
        match ticket::open(self, ticket, session_id) {
            Opened::Fatal => Err(self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR)),
            opened => Ok(opened),
        }
    }

    fn run_servername_callback(&self, hello: &ClientHello) -> Result<(), Stop> {
        let name = hello.server_name.as_ref().and_then(|name| CString::new(name.clone()).ok());
        let asked = name.is_some();
        self.hostname.replace(name);
        let mut callback = self.context.borrow().callbacks().servername;
        if callback.function.is_none() {
            callback = self.session_context.callbacks().servername;
        }
        const NOACK: c_int = 3;
        let tickets_before = self.settings.borrow().options & SSL_OP_NO_TICKET == 0;
        let mut alert = 112;
        let answer = match callback.function {
            Some(function) => callbacks::servername(function, self, &mut alert, callback.arg),
            None => NOACK,
        };
        self.follow_context();
        match answer {
            // SSL_TLSEXT_ERR_OK
            0 => {
                self.negotiated.borrow_mut().servername_acknowledged = asked;
                self.forgo_ticket(tickets_before)?;
            }
            // SSL_TLSEXT_ERR_ALERT_WARNING
            1 if self.negotiated.borrow().version == TLS1_2 => self.queue_clear_warning(alert as u8),
            // SSL_TLSEXT_ERR_ALERT_FATAL
            2 => return Err(self.fatal(Some(alert as u8), reason::CALLBACK_FAILED)),
            _ => {}
        }
        Ok(())
    }

    /// A TLS 1.2 client may resume by a ticket and a secret of the program's.
    fn resume_by_secret(&self, hello: &ClientHello) -> Result<(), Stop> {
        if self.negotiated.borrow().version != TLS1_2 || self.candidate.borrow().is_some() {
            return Ok(());
        }
        let Some((name, suite)) = self.ask_for_secret(hello)? else { return Ok(()) };
        let Some(session) = self.current_session() else { return Ok(()) };
        self.reused.set(true);
        self.rewrites.set_session_id(session.read(|fields| fields.id));
        self.candidate.replace(Some(Candidate { suite, ..Candidate::new(&name, session, false) }));
        Ok(())
    }

    /// Where a callback has put another SSL_CTX in place, the connection counts
    /// as that one's.
    fn follow_context(&self) {
        let context = self.context.borrow();
        if *context != self.session_context {
            count(&context.sessions.counters.accept);
            take_back(&self.session_context.sessions.counters.accept);
        }
    }

    /// The handshake counts as done, in the SSL_CTX in use.
    pub fn count_accepted(&self) {
        count(&self.context.borrow().sessions.counters.accept_good);
    }

    /// The server-name callback may have turned tickets off: a TLS 1.2 session
    /// that was to go into one gets an id.
    fn forgo_ticket(&self, tickets_before: bool) -> Result<(), Stop> {
        let tickets = self.settings.borrow().options & SSL_OP_NO_TICKET == 0;
        if self.negotiated.borrow().version != TLS1_2 || !tickets_before || tickets || !self.ticket_expected.get() {
            return Ok(());
        }
        self.ticket_expected.set(false);
        let full = self.candidate.borrow().is_none();
        if full { self.prepare_session_id() } else { Ok(()) }
    }

    fn run_certificate_callback(&self) -> Result<(), Stop> {
        let callback = self.inherited.get().cert;
        let Some(function) = callback.function else { return Ok(()) };
        match callbacks::certificate(function, self, callback.arg) {
            0 => Err(self.fatal(Some(INTERNAL_ERROR), reason::CERT_CB_ERROR)),
            answer if answer < 0 => {
                self.want.set(Want::X509Lookup);
                Err(Stop::Want(Want::X509Lookup))
            }
            _ => Ok(()),
        }
    }

    /// Asks the application whether a new session may be resumed. TLS 1.2 suites
    /// here are all forward secret; a TLS 1.3 suite, as in OpenSSL, is not said
    /// to be.
    fn run_not_resumable_callback(&self) {
        let Some(callback) = self.inherited.get().not_resumable.filter(|_| self.candidate.borrow().is_none()) else {
            return;
        };
        let forward_secret = self.negotiated.borrow().version == TLS1_2;
        if callbacks::not_resumable(callback, self, forward_secret) {
            if let Some(session) = self.current_session() {
                session.ruin();
            }
        }
    }

    /// Whether the session of this handshake may be resumed in another.
    pub fn is_resumable_later(&self) -> bool {
        self.current_session().is_some_and(|session| !session.read(|fields| fields.not_resumable))
    }

    fn select_alpn(&self, hello: &ClientHello) -> Result<(), Stop> {
        let callback = self.context.borrow().callbacks().alpn_select;
        let selected = match callback.function.filter(|_| !hello.alpn.is_empty()) {
            Some(function) => callbacks::alpn_select(function, self, &hello.alpn, callback.arg),
            None => Ok(None),
        };
        match selected {
            Ok(protocol) => {
                self.negotiated.borrow_mut().alpn = protocol.unwrap_or_default();
                Ok(())
            }
            Err(callbacks::Refused) => Err(self.fatal(Some(NO_APPLICATION_PROTOCOL), reason::NO_APPLICATION_PROTOCOL)),
        }
    }

    fn start_server(&self, hello: &ClientHello, alpn: Vec<u8>) -> Result<(), Stop> {
        let (server_preference, client_auth) = {
            let settings = self.settings.borrow();
            let tls13 = self.negotiated.borrow().version == TLS1_3;
            let client_auth = settings.verify_mode.of_server().in_handshake(tls13);
            (settings.options & SSL_OP_CIPHER_SERVER_PREFERENCE != 0, client_auth)
        };
        let authorities = if client_auth == ClientAuth::None { [].into() } else { self.authorities_to_send() };
        let mut key = self.config_key(Side::Server { server_preference, client_auth, authorities, alpn })?;
        if let Some(suite) = self.suite_to_resume() {
            key.tls12 = true;
            let others = key.suites.iter().copied().filter(|suite| suite >> 8 == 0x13);
            key.suites = others.chain([suite]).collect();
        }
        if self.negotiated.borrow().version == TLS1_3 && self.prefers_sha256() {
            key.suites = self.tls13_suite(hello).into_iter().collect();
        }
        self.choose_group(hello, server_preference, &mut key.groups);
        self.keep_to_suite_b(hello, &mut key)?;
        let context = self.context.borrow().clone();
        let started = context.configs.server(&key).and_then(Engine::server);
        match started {
            Ok(engine) => {
                self.engine.replace(Some(engine));
                Ok(())
            }
            Err(_) => {
                let no_group = key.groups.is_empty() && self.negotiated.borrow().version == TLS1_3;
                let reason = if no_group { reason::NO_SUITABLE_KEY_SHARE } else { reason::NO_SHARED_CIPHER };
                Err(self.fatal(Some(HANDSHAKE_FAILURE), reason))
            }
        }
    }

    /// In TLS 1.2, Suite B is the server's first suite whose own group both ends have.
    fn keep_to_suite_b(&self, hello: &ClientHello, key: &mut Key) -> Result<(), Stop> {
        let resumes = self.suite_to_resume().is_some();
        if self.settings.borrow().suite_b() == 0 || self.negotiated.borrow().version != TLS1_2 || resumes {
            return Ok(());
        }
        let shared = |group: &u16| key.groups.contains(group) && hello.groups.contains(group);
        let fits = |suite: u16| Some((suite, suite_b_group(suite).filter(shared)?));
        match key.suites.iter().copied().filter(|suite| hello.ciphers.contains(suite)).find_map(fits) {
            Some((suite, group)) => {
                key.suites = Arc::from([suite]);
                key.groups = Arc::from([group]);
                Ok(())
            }
            None => Err(self.fatal(Some(HANDSHAKE_FAILURE), reason::NO_SHARED_CIPHER)),
        }
    }

    /// rustls would take the first of the client's groups. A TLS 1.3 client that sent no
    /// usable key share is asked for one of the first of ours that it knows; in TLS 1.2 that
    /// is the one for a server that insists on its own order.
    fn choose_group(&self, hello: &ClientHello, server_preference: bool, groups: &mut Arc<[u16]>) {
        let version = self.negotiated.borrow().version;
        let ours_first = match version {
            TLS1_3 => !hello.key_shares.iter().any(|share| groups.contains(&share.group)),
            _ => server_preference,
        };
        if !ours_first {
            return;
        }
        // The hybrid is of TLS 1.3 alone.
        let usable = |group: u16| version == TLS1_3 || group != X25519MLKEM768;
        if let Some(&first) = groups.iter().find(|&&group| usable(group) && hello.groups.contains(&group)) {
            *groups = Arc::from([first]);
        }
    }

    /// The candidate's session in rustls's form, if `name` is the candidate's.
    pub fn server_session_for(&self, name: &[u8]) -> Option<Vec<u8>> {
        let candidate = self.candidate.borrow();
        let candidate = candidate.as_ref().filter(|candidate| candidate.name == name)?;
        candidate.session.read(|fields| self.hidden.put(Role::Offered, &fields.secret));
        candidate.taken.set(true);
        if candidate.external {
            self.bind_external_psk();
        }
        // As OpenSSL, a session may be resumed under another name.
        let hidden = !self.negotiated.borrow().servername_acknowledged;
        let sni = self.client_hello.borrow().as_ref().filter(|_| !hidden).and_then(|hello| sni_for_rustls(hello));
        // rustls accepts early data of a ticket whose age is as stated, and no other.
        const STALE: u32 = 1 << 30;
        const MOST_ALPN: usize = 255;
        let stated_age = if self.accepts_early_data() { 0 } else { STALE };
        let value = candidate.session.read(|fields| ServerValue {
            sni,
            version: fields.version as u16,
            suite: candidate.suite,
            secret: if fields.version == c_int::from(TLS1_3) { StandIn::psk() } else { StandIn::master() },
            extended_master_secret: fields.extended_master_secret(),
            client_chain: (!fields.peer_chain.is_empty())
                .then(|| fields.peer_chain.der().map(<[u8]>::to_vec).collect()),
            // It has no longer ones.
            alpn: fields.alpn.as_ref().filter(|alpn| alpn.len() <= MOST_ALPN).map(|alpn| alpn.to_vec()),
            application_data: Vec::new(),
            created: u64::try_from(now()).unwrap_or(0),
            age_offset: candidate.obfuscated_age.wrapping_sub(stated_age),
        });
        Some(value.encode())
    }

    /// A TLS 1.2 server gives its session an id (and so a place in the cache).
    pub fn gives_session_ids(&self) -> bool {
        let mode = self.context.borrow().sessions.mode();
        !self.ticket_expected.get() && mode & CACHE_SERVER != 0
    }

    /// Whether rustls is to give tickets: in TLS 1.2, where the client asked for
    /// one. Those of TLS 1.3 are our own.
    pub fn gives_tickets(&self) -> bool {
        self.negotiated.borrow().version != TLS1_3 && self.ticket_expected.get() && self.is_resumable_later()
    }

    /// Seconds for which a ticket may be used.
    pub fn ticket_lifetime(&self) -> u32 {
        let tls13 = self.negotiated.borrow().version == TLS1_3;
        if !tls13 && self.reused.get() {
            return 0;
        }
        let timeout = self.current_session().map_or(0, |session| session.read(|fields| fields.timeout));
        // In TLS 1.2 as many bits as fit, as OpenSSL.
        (if tls13 { timeout.min(7 * 24 * 60 * 60) } else { timeout }) as u32
    }

    /// A ticket for rustls to send; `None` sends none.
    pub fn make_ticket(&self) -> Option<Vec<u8>> {
        self.complete_server_fields();
        let session = self.current_session()?;
        self.seal(&session)
    }

    /// A TLS 1.3 ticket of `session`, or its id.
    pub fn tls13_ticket(&self, session: &Session) -> Option<Vec<u8>> {
        if !self.stateful_tickets() {
            return self.seal(session);
        }
        self.or_fail(ticket::generate(self))?;
        Some(session.read(|fields| fields.id.as_bytes().to_vec()))
    }

    fn seal(&self, session: &Session) -> Option<Vec<u8>> {
        self.or_fail(ticket::seal(self, session)).flatten()
    }

    /// The value; a failure is the connection's.
    fn or_fail<T>(&self, result: Result<T, c_int>) -> Option<T> {
        result.map_err(|reason| self.failure.set(Some((reason, INTERNAL_ERROR)))).ok()
    }

    /// The session of the next ticket: the connection's own for the first
    /// ticket of a full handshake, a copy for each other.
    pub fn next_tls13_session(&self, secret: Secret, age_add: u32) -> Option<Ref<Session>> {
        let resumed = self.reused.get();
        let sent = self.tickets_sent.get();
        if sent == 0 && self.started.get() {
            // Before the first ticket of a handshake.
            self.count_accepted();
        }
        self.complete_server_fields();
        let mut session = self.current_session()?;
        if resumed || sent > 0 {
            session = session.dup_for_connection(false)?;
            let old = self.session.replace(Some(session.clone()));
            drop(old);
        }
        let id = self.or_fail(self.generate_session_id())?;
        let max_early_data = self.settings.borrow().max_early_data;
        let alpn = self.negotiated.borrow().alpn.clone();
        session.update(|fields| {
            if !alpn.is_empty() {
                fields.alpn = Some(alpn.into());
            }
            fields.secret = secret;
            fields.age_add = age_add;
            fields.id = id;
            fields.time = now();
            fields.max_early_data = max_early_data;
        });
        self.tickets_sent.set(sent + 1);
        Some(session)
    }

    /// The fields that a ticket carries, as far as the handshake is now.
    fn complete_server_fields(&self) {
        if self.reused.get() {
            return;
        }
        let negotiated = self.negotiated.borrow();
        let hostname = self.hostname.borrow().clone().filter(|_| negotiated.servername_acknowledged);
        if let Some(session) = self.current_session() {
            session.update(|fields| {
                fields.version = c_int::from(negotiated.version);
                fields.cipher = negotiated.cipher;
                if negotiated.version == TLS1_2 {
                    fields.secret = self.hidden.get(Role::Master).unwrap_or_default();
                    fields.kex_group = negotiated.group.into();
                    if negotiated.extended_master_secret {
                        fields.flags |= Fields::EXTENDED_MASTER_SECRET;
                    }
                }
                fields.alpn = (!negotiated.alpn.is_empty()).then(|| negotiated.alpn.clone().into());
                fields.hostname = hostname;
            });
        }
    }
}

/// Whether a client whose ticket came to this is to get another.
fn asks_for_ticket(opened: &Opened) -> bool {
    !matches!(opened, Opened::Ignored | Opened::Session { renew: false, .. })
}

/// Whether two TLS 1.3 suites have the same hash: a session of one is good for
/// the other.
pub fn same_hash(a: u16, b: u16) -> bool {
    hash_len(a) == hash_len(b)
}

/// The length of what a TLS 1.3 suite's hash function gives.
fn hash_len(suite: u16) -> usize {
    const AES_256_GCM_SHA384: u16 = 0x1302;
    if suite == AES_256_GCM_SHA384 { 48 } else { 32 }
}

/// Whether a TLS 1.2 suite needs an ECDSA certificate, or else an RSA one.
pub fn needs_ecdsa(suite: u16) -> bool {
    matches!(suite, 0xc02b | 0xc02c | 0xcca9)
}

/// The name as rustls compares it, in lower case, if it is one to rustls.
pub fn sni_for_rustls(hello: &ClientHello) -> Option<String> {
    let name = std::str::from_utf8(hello.server_name.as_ref()?).ok()?;
    engine::is_host_name(name).then(|| name.to_ascii_lowercase())
}
