//! Session tickets as OpenSSL makes them, so that servers on either library
//! that share keys resume each other's sessions:
//!
//! key name (16 bytes) | IV | encrypted DER session | MAC over all before
//!
//! With a context's own keys that is AES-256-CBC and HMAC-SHA256; a program's
//! ticket key callback chooses for itself.

use libc::c_int;

use super::ticket_keys::NAME_LEN;
use super::{Id, Session, der};
use crate::connection::Connection;
use crate::ffi::{Ref, callbacks};
use crate::libcrypto::cipher::{self, CipherContext};
use crate::libcrypto::err;
use crate::reason;
use crate::secret::Secret;

/// The longest IV (`EVP_MAX_IV_LENGTH`).
const MAX_IV_LEN: usize = 16;
/// The longest encoding that still fits into a ticket with all around it.
const MAX_SESSION: usize = 0xff00;
const TLS1_3: u16 = 0x0304;

/// What became of a ticket that a client sent.
pub enum Opened {
    /// Its session, and whether the client gets a new ticket.
    Session {
        /// The session.
        session: Ref<Session>,
        /// Whether the client gets a new ticket.
        renew: bool,
    },
    /// It had no bytes: the client would like one, and its session id counts.
    Empty,
    /// It cannot be used: the client gets a new one.
    Refused,
    /// The application would have it ignored, as if the client had sent none.
    Ignored,
    /// The handshake fails.
    Fatal,
}

/// Opens a client's ticket. The session id that the client sent along becomes
/// the session's: the client recognises by it that its ticket was accepted.
pub fn open(connection: &Connection, ticket: &[u8], session_id: &[u8]) -> Opened {
    let opened = decrypt(connection, ticket, session_id);
    match opened {
        Opened::Fatal => opened,
        _ => judge(connection, ticket, opened),
    }
}

fn decrypt(connection: &Connection, ticket: &[u8], session_id: &[u8]) -> Opened {
    if ticket.is_empty() {
        return Opened::Empty;
    }
    if ticket.len() < NAME_LEN + MAX_IV_LEN {
        return Opened::Refused;
    }
    let context = &connection.session_context;
    let (plain, renew) = if callbacks::has_ticket_keys(&context.callbacks()) {
        match open_by_callback(connection, ticket) {
            Ok(Some(opened)) => opened,
            Ok(None) => return Opened::Refused,
            Err(Fatal) => return Opened::Fatal,
        }
    } else {
        match context.ticket_keys.open(ticket) {
            Some(Some(plain)) => (plain, connection.negotiated.borrow().version == TLS1_3),
            Some(None) => return Opened::Refused,
            None => return Opened::Fatal,
        }
    };
    match read(&plain, session_id) {
        Some(session) => Opened::Session { session, renew },
        None => Opened::Refused,
    }
}

/// The session that a decrypted ticket is made of, to its last byte.
fn read(plain: &Secret, session_id: &[u8]) -> Option<Ref<Session>> {
    err::set_mark();
    let decoded = der::decode(plain).filter(|(_, used)| *used == plain.len());
    // A bad ticket is no error: the handshake goes on without it.
    err::pop_to_mark();
    let (mut fields, _) = decoded?;
    if !session_id.is_empty() {
        fields.id = Id::new(session_id)?;
    }
    Session::with(fields)
}

struct Fatal;

/// The plain text of a ticket and whether to renew it; `None` for a ticket
/// that nobody has keys for.
type Decrypted = Result<Option<(Secret, bool)>, Fatal>;

/// The plain text and whether to renew; `Ok(None)` for a ticket that the
/// application has no keys for.
fn open_by_callback(connection: &Connection, ticket: &[u8]) -> Decrypted {
    let (mut name, mut iv) = ([0; NAME_LEN], [0; MAX_IV_LEN]);
    name.copy_from_slice(&ticket[..NAME_LEN]);
    iv.copy_from_slice(&ticket[NAME_LEN..NAME_LEN + MAX_IV_LEN]);
    let context = CipherContext::new().ok_or(Fatal)?;
    let (answer, mac) = callbacks::ticket_keys(connection, &mut name, &mut iv, &context, false).ok_or(Fatal)?;
    if answer < 0 {
        return Err(Fatal);
    }
    if answer == 0 {
        return Ok(None);
    }
    let (mac_len, iv_len) = (mac.len(), context.iv_len().ok_or(Fatal)?);
    if mac_len == 0 {
        return Err(Fatal);
    }
    let head = NAME_LEN + iv_len;
    if ticket.len() <= head + mac_len {
        return Ok(None);
    }
    let (body, code) = ticket.split_at(ticket.len() - mac_len);
    if !cipher::equal(&mac.finish(body).ok_or(Fatal)?, code) {
        return Ok(None);
    }
    Ok(context.decrypt(&body[head..]).map(|plain| (plain, answer == 2)))
}

/// `SSL_TICKET_STATUS`, as far as a callback sees it.
mod status {
    use libc::c_int;

    pub const EMPTY: c_int = 3;
    pub const NO_DECRYPT: c_int = 4;
    pub const SUCCESS: c_int = 5;
    pub const SUCCESS_RENEW: c_int = 6;
}

/// `SSL_TICKET_RETURN`
mod verdict {
    use libc::c_int;

    pub const IGNORE: c_int = 1;
    pub const IGNORE_RENEW: c_int = 2;
    pub const USE: c_int = 3;
    pub const USE_RENEW: c_int = 4;
}

/// Lets the application's decrypt-ticket callback decide.
fn judge(connection: &Connection, ticket: &[u8], opened: Opened) -> Opened {
    let callback = connection.session_context.callbacks().decrypt_ticket;
    let Some(function) = callback.function else { return opened };
    let (session, status) = match &opened {
        Opened::Session { session, renew: false } => (Some(session), status::SUCCESS),
        Opened::Session { session, renew: true } => (Some(session), status::SUCCESS_RENEW),
        Opened::Empty => (None, status::EMPTY),
        _ => (None, status::NO_DECRYPT),
    };
    let name = &ticket[..ticket.len().min(NAME_LEN)];
    let answer = callbacks::decrypt_ticket(function, connection, session, name, status, callback.arg);
    match (answer, opened) {
        (verdict::IGNORE, _) => Opened::Ignored,
        (verdict::IGNORE_RENEW, Opened::Empty) => Opened::Empty,
        (verdict::IGNORE_RENEW, _) => Opened::Refused,
        (verdict::USE, Opened::Session { session, .. }) => Opened::Session { session, renew: false },
        (verdict::USE_RENEW, Opened::Session { session, .. }) => Opened::Session { session, renew: true },
        _ => Opened::Fatal,
    }
}

/// Runs the application's generate-ticket callback, which may put data into the
/// connection's session; an error is the reason for which the handshake fails.
pub fn generate(connection: &Connection) -> Result<(), c_int> {
    let all = connection.session_context.callbacks();
    match all.generate_ticket {
        Some(callback) if !callbacks::generate_ticket(callback, connection, all.decrypt_ticket.arg) => {
            Err(err::ERR_R_INTERNAL_ERROR)
        }
        _ => Ok(()),
    }
}

/// Makes a ticket of a session, the connection's. `Ok(None)` when the
/// application's key callback wants none; an error is the reason for which the
/// handshake fails.
pub fn seal(connection: &Connection, session: &Session) -> Result<Option<Vec<u8>>, c_int> {
    generate(connection)?;
    let plain = der::encode(session).filter(|plain| plain.len() <= MAX_SESSION);
    let plain = plain.ok_or(err::ERR_R_INTERNAL_ERROR)?;
    if callbacks::has_ticket_keys(&connection.session_context.callbacks()) {
        return seal_by_callback(connection, &plain);
    }
    let ticket = connection.session_context.ticket_keys.seal(&plain);
    ticket.map(Some).ok_or(err::ERR_R_INTERNAL_ERROR)
}

fn seal_by_callback(connection: &Connection, plain: &Secret) -> Result<Option<Vec<u8>>, c_int> {
    let failed = err::ERR_R_INTERNAL_ERROR;
    let (mut name, mut iv) = ([0; NAME_LEN], [0; MAX_IV_LEN]);
    let context = CipherContext::new().ok_or(failed)?;
    let (answer, mac) = callbacks::ticket_keys(connection, &mut name, &mut iv, &context, true).ok_or(failed)?;
    if answer < 0 {
        return Err(reason::CALLBACK_FAILED);
    }
    if answer == 0 {
        return Ok(None);
    }
    let iv = context.iv_len().and_then(|len| iv.get(..len)).ok_or(failed)?;
    let encrypted = context.encrypt(plain).ok_or(failed)?;
    let mut ticket = [&name[..], iv, &encrypted].concat();
    let code = mac.finish(&ticket).ok_or(failed)?;
    ticket.extend(code);
    Ok(Some(ticket))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_session_counts() {
        let session = Session::new().unwrap();
        session.update(|fields| {
            fields.version = 0x0303;
            fields.cipher = 0xc02b;
            fields.id = Id::new(&[1; 32]).unwrap();
        });
        let plain = der::encode(&session).unwrap();
        assert_eq!(read(&plain, &[]).unwrap().read(|fields| fields.id), Id::new(&[1; 32]).unwrap());
        assert_eq!(read(&plain, &[2; 9]).unwrap().read(|fields| fields.id), Id::new(&[2; 9]).unwrap());
        assert!(read(&Secret::copy_of(&plain[..plain.len() - 1]), &[]).is_none());
        let mut longer = plain.clone();
        longer.push(0);
        assert!(read(&longer, &[]).is_none());
        assert_eq!(err::peek(), 0);
    }
}
