//! TLS 1.2 sessions whose ticket and master secret come from the program:
//! `SSL_set_session_ticket_ext`, `SSL_set_session_secret_cb`.
//!
//! EAP-FAST (RFC 4851) resumes by a ticket that was handed over by other means. The
//! program computes the master secret when both randoms are known, so only with
//! the ServerHello. A server does not say there that it resumes: its
//! ChangeCipherSpec, which comes next, does.
//!
//! rustls wants the secret before the ClientHello and is told by the session id
//! whether it resumes. So a client's ServerHello is held back until the next
//! record. If that is a ChangeCipherSpec, rustls starts again with the program's
//! secret and with the same random bytes, hence with the same ClientHello, and
//! reads a ServerHello with the session id that it looks for.

use std::cell::Cell;

use crate::cell::RefCell;
use crate::secret::Secret;
use libc::c_int;

use super::accept::MASTER_SECRET;
use super::client_hello::{ClientHello, SessionTicket};
use super::handshake::TLS1_2;
use super::io::Stop;
use super::messages::handshake_type::SERVER_HELLO;
use super::messages::whole_message;
use super::resumption::{Reader, extensions};
use super::{Connection, rewrite};
use crate::context::callbacks::{SessionSecretCallback, SessionTicketExtCallback, WithArg};
use crate::context::cipher;
use crate::engine::config::Key;
use crate::engine::mint::{self, Tls12Session};
use crate::engine::stand_in::{Role, StandIn};
use crate::engine::store::Offer;
use crate::engine::{self, Engine};
use crate::ffi::callbacks;
use crate::libcrypto::err;
use crate::reason;
use crate::session::{Fields, Id};

const HANDSHAKE_FAILURE: u8 = 40;
const INTERNAL_ERROR: u8 = 80;
const EXTENDED_MASTER_SECRET: u16 = 23;
const SESSION_TICKET: u16 = 35;

/// What the program has set, and where a client's handshake stands.
#[derive(Default)]
pub struct EapFast {
    /// Computes the master secret.
    pub secret: Cell<WithArg<SessionSecretCallback>>,
    /// Is shown the peer's session_ticket extension.
    pub ticket_seen: Cell<WithArg<SessionTicketExtCallback>>,
    /// A client's session_ticket extension; the inner `None` sends none at all.
    pub ticket: RefCell<Option<Option<Vec<u8>>>>,
    /// rustls's configuration.
    key: RefCell<Option<Box<Key>>>,
    /// The random bytes that rustls was given for its ClientHello.
    randoms: RefCell<Randoms>,
    /// A ServerHello after which a ChangeCipherSpec would mean resumption.
    undecided: RefCell<Option<Box<Undecided>>>,
}

#[derive(Default)]
enum Randoms {
    /// None of ours.
    #[default]
    Unwatched,
    /// They are kept.
    Recording(Vec<u8>),
    /// They are given again.
    Replaying(Vec<u8>),
}

/// A client that does not know yet whether the server resumes.
struct Undecided {
    suite: u16,
    extended_master_secret: bool,
    secret: Secret,
    message: Vec<u8>,
    resumes: bool,
}

impl Connection {
    /// Forgets the last handshake, and nothing that the program has set.
    pub fn clear_eap_fast(&self) {
        if let Some(eap) = self.eap_fast.used() {
            eap.randoms.take();
            eap.key.take();
            eap.undecided.take();
        }
    }

    /// What computes the master secret.
    pub fn secret_callback(&self) -> WithArg<SessionSecretCallback> {
        self.eap_fast.used().map(|eap| eap.secret.get()).unwrap_or_default()
    }

    fn ticket_seen_callback(&self) -> WithArg<SessionTicketExtCallback> {
        self.eap_fast.used().map(|eap| eap.ticket_seen.get()).unwrap_or_default()
    }

    /// `SSL_set_session_ticket_ext`: what a client sends as its session ticket.
    pub fn set_ticket_extension(&self, data: Option<Vec<u8>>) {
        self.eap_fast.ticket.replace(Some(data));
    }

    /// Whether a client asks for tickets, or offers one.
    pub fn sends_ticket_extension(&self) -> bool {
        self.eap_fast.used().is_none_or(|eap| !matches!(*eap.ticket.borrow(), Some(None)))
    }

    /// The content that the program gave a client's session_ticket extension.
    fn ticket_of_program(&self) -> Option<Vec<u8>> {
        self.eap_fast.used().and_then(|eap| eap.ticket.borrow().clone().flatten())
    }

    /// Whether a client offers a ticket of the program's: TLS 1.2 only.
    pub fn offers_ticket_of_program(&self) -> bool {
        self.ticket_of_program().is_some_and(|ticket| !ticket.is_empty())
    }

    /// What is offered without a session: the program's ticket, with a secret to
    /// stand for the one that is not known yet.
    pub fn offer_ticket_of_program(&self, key: &Key) -> Option<Offer> {
        let ticket = self.ticket_of_program().filter(|ticket| !ticket.is_empty())?;
        let suite = key.suites.iter().copied().find(|suite| suite >> 8 != 0x13)?;
        self.current_session()?.update(|fields| fields.ticket = Some(ticket.clone().into()));
        self.eap_fast.key.replace(Some(Box::new(key.clone())));
        self.eap_fast.randoms.replace(Randoms::Recording(Vec::new()));
        minted(suite, &[0; Id::MAX], &ticket, true)
    }

    /// Random bytes on their way to rustls.
    pub fn on_random(&self, bytes: &mut [u8]) {
        let Some(eap) = self.eap_fast.used() else { return };
        match &mut *eap.randoms.borrow_mut() {
            Randoms::Unwatched => {}
            Randoms::Recording(kept) => kept.extend_from_slice(bytes),
            Randoms::Replaying(rest) => {
                let len = bytes.len().min(rest.len());
                bytes[..len].copy_from_slice(&rest[..len]);
                rest.drain(..len);
            }
        }
    }

    /// Shows the peer's session_ticket extension to the program.
    pub fn show_ticket_extension(&self, data: &[u8]) -> bool {
        let callback = self.ticket_seen_callback();
        callback.function.is_none_or(|function| callbacks::session_ticket_ext(function, self, data, callback.arg))
    }

    /// A client read a ServerHello, `body` without its header: asks for the secret
    /// if the server may resume by it.
    pub fn on_server_hello_with_ticket(&self, version: u16, suite: u16, body: &[u8]) {
        let set = self.secret_callback().function.is_some() || self.ticket_seen_callback().function.is_some();
        if version != TLS1_2 || !set {
            return;
        }
        let mut extended_master_secret = false;
        for (kind, content) in server_hello_extensions(body) {
            extended_master_secret |= kind == EXTENDED_MASTER_SECRET;
            if kind == SESSION_TICKET && !self.show_ticket_extension(content) {
                self.failure.set(Some((reason::BAD_EXTENSION, HANDSHAKE_FAILURE)));
            }
        }
        let callback = self.secret_callback();
        let Some(function) = callback.function.filter(|_| self.offers_ticket_of_program()) else { return };
        match callbacks::session_secret(function, self, std::ptr::null_mut(), callback.arg) {
            Some((secret, chosen)) => {
                let suite = chosen.unwrap_or(suite);
                let message = whole_message(SERVER_HELLO, body);
                let undecided = Undecided { suite, extended_master_secret, secret, message, resumes: false };
                self.eap_fast.undecided.replace(Some(Box::new(undecided)));
            }
            None => self.failure.set(Some((err::ERR_R_INTERNAL_ERROR, INTERNAL_ERROR))),
        }
    }

    /// The record after the ServerHello tells: a ChangeCipherSpec, or another
    /// handshake message.
    pub fn on_record_after_server_hello(&self, change_cipher_spec: bool) {
        let Some(eap) = self.eap_fast.used() else { return };
        let mut undecided = eap.undecided.borrow_mut();
        match undecided.as_mut() {
            Some(undecided) if change_cipher_spec => undecided.resumes = true,
            _ => *undecided = None,
        }
    }

    /// Whether it is not decided yet if the server resumes.
    pub fn awaits_decision(&self) -> bool {
        self.eap_fast.used().is_some_and(|eap| eap.undecided.borrow().is_some())
    }

    /// A record is in the input: whether rustls must not see it before the next.
    pub fn holds_server_hello(&self) -> Result<bool, Stop> {
        let Some(eap) = self.eap_fast.used() else { return Ok(false) };
        let resumes = match &*eap.undecided.borrow() {
            Some(undecided) => undecided.resumes,
            None => return Ok(false),
        };
        if resumes {
            self.restart_with_secret()?;
        }
        Ok(!resumes)
    }

    fn restart_with_secret(&self) -> Result<(), Stop> {
        let Some(undecided) = self.eap_fast.undecided.take().map(|undecided| *undecided) else { return Ok(()) };
        let offered_id = self.offered_id_of_rustls();
        let ticket = self.ticket_of_program().unwrap_or_default();
        let suite = undecided.suite;
        self.hidden.put(Role::Offered, &undecided.secret);
        let offer = minted(suite, &offered_id, &ticket, undecided.extended_master_secret);
        let recorded = match self.eap_fast.randoms.take() {
            Randoms::Recording(bytes) => bytes,
            _ => Vec::new(),
        };
        self.eap_fast.randoms.replace(Randoms::Replaying(recorded));
        let restarted = offer.and_then(|offer| {
            self.offer.replace(Some(offer));
            self.second_engine()
        });
        self.eap_fast.randoms.take();
        let Some(engine) = restarted else {
            return Err(self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR));
        };
        self.engine.replace(Some(engine));
        self.replace_input(undecided.message, |seen| rewrite::with_session_id(seen, &offered_id));
        self.reused.set(true);
        if let Some(session) = self.current_session() {
            session.update(|fields| {
                fields.version = c_int::from(TLS1_2);
                fields.cipher = suite;
                fields.secret = undecided.secret;
                if undecided.extended_master_secret {
                    fields.flags |= Fields::EXTENDED_MASTER_SECRET;
                }
            });
        }
        Ok(())
    }

    /// rustls as it was after its ClientHello, which must be the one that was sent.
    fn second_engine(&self) -> Option<Engine> {
        let key = self.eap_fast.key.borrow().clone()?;
        let mut engine = self.new_client_engine(&key).ok()?;
        let hello = engine::current::enter(self.handle(), || engine.take_first_flight())?;
        let mut body = Reader(hello.get(5 + 4..)?);
        body.take(2)?;
        let same_random = body.take(32)? == self.negotiated.borrow().client_random;
        let same_id = body.vector(1)? == self.offered_id_of_rustls();
        (same_random && same_id).then_some(engine)
    }

    /// A server's last resort before a full handshake: a secret of the program's.
    /// `true` when the handshake resumes by it.
    pub fn ask_for_secret(&self, hello: &ClientHello) -> Result<Option<(Vec<u8>, u16)>, Stop> {
        let callback = self.secret_callback();
        let Some(function) = callback.function else { return Ok(None) };
        let random = self.choose_server_random()?;
        self.negotiated.borrow_mut().server_random = random;
        let ciphers = self.client_ciphers().map_or(std::ptr::null_mut(), |list| self.client_cipher_stack.get(&list));
        let Some((secret, chosen)) = callbacks::session_secret(function, self, ciphers, callback.arg) else {
            return Ok(None);
        };
        let ours = self.allowed_ciphers();
        let shared = || ours.iter().copied().find(|suite| suite >> 8 != 0x13 && hello.ciphers.contains(suite));
        let Some(suite) = chosen.or_else(shared) else {
            return Err(self.fatal(Some(HANDSHAKE_FAILURE), reason::NO_SHARED_CIPHER));
        };
        // rustls resumes by a ticket, or by an id.
        let name = match &hello.session_ticket {
            SessionTicket::Offered(ticket) => ticket.clone(),
            _ => hello.session_id.clone(),
        };
        if name.is_empty() || secret.len() != MASTER_SECRET || cipher::by_code_point(suite).is_none() {
            return Err(self.fatal(Some(INTERNAL_ERROR), err::ERR_R_INTERNAL_ERROR));
        }
        if let Some(session) = self.current_session() {
            session.update(|fields| {
                fields.secret = secret;
                fields.cipher = suite;
                fields.verify_result = 0;
                if hello.extended_master_secret {
                    fields.flags |= Fields::EXTENDED_MASTER_SECRET;
                }
            });
        }
        Ok(Some((name, suite)))
    }
}

fn minted(suite: u16, id: &[u8], ticket: &[u8], extended_master_secret: bool) -> Option<Offer> {
    let session = Tls12Session { suite, master_secret: StandIn::master(), id, ticket, extended_master_secret };
    let (verifier, resolver) = (&*engine::config::SERVER_VERIFIER, &*engine::config::CLIENT_RESOLVER);
    mint::tls12(verifier, resolver, &session).map(Box::new).map(Offer::Tls12)
}

fn server_hello_extensions(body: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut reader = Reader(body);
    let block = (|| {
        reader.take(2 + 32)?;
        reader.vector(1)?;
        reader.take(2 + 1)?;
        reader.vector(2)
    })();
    extensions(block.unwrap_or_default())
}
