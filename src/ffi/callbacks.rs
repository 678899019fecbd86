//! Calls into C callbacks, each with its arguments checked and its answer typed.
//!
//! A callback may call nearly any exported function on the same objects, so no
//! borrow or lock may be held by the caller of these functions.

use std::ffi::CStr;

use crate::secret::Secret;
use libc::{c_int, c_uint, c_void};

use crate::connection::Connection;
use crate::context::Context;
use crate::context::callbacks::{
    AllowEarlyDataCallback, AlpnSelectCallback, Callbacks, CertCallback, CertVerifyCallback, ClientCertCallback,
    ClientHelloCallback, CtCallback, DecryptTicketCallback, ExtensionCallback, GenerateIdCallback,
    GenerateTicketCallback, GetSessionCallback, InfoCallback, KeylogCallback, MsgCallback, NewSessionCallback,
    NotResumableCallback, PaddingCallback, PskClientCallback, PskFindSessionCallback, PskServerCallback,
    PskUseSessionCallback, RemoveSessionCallback, SecurityCallback, ServernameCallback, SessionSecretCallback,
    SessionTicketExtCallback, StatusCallback, WithArg,
};
use crate::context::cipher::Cipher;
use crate::context::custom_ext::{CustomExtension, Handler};
use crate::context::security::{Question, Subject};
use crate::ffi::Ref;
use crate::ffi::types::{SSL, SSL_CTX, stack_st_SSL_CIPHER};
use crate::libcrypto::cipher::{CipherContext, Mac};
use crate::libcrypto::ct::Policy;
use crate::libcrypto::evp::{EvpPkey, handshake_digest};
use crate::libcrypto::store::Verification;
use crate::libcrypto::x509::X509;
use crate::session::Session;

// SAFETY: the argument is the application's, and only its own functions look at what it points
// to: whoever shares an SSL_CTX among threads says that they may, as with OpenSSL.
unsafe impl<F: Send> Send for WithArg<F> {}
// SAFETY: as above.
unsafe impl<F: Sync> Sync for WithArg<F> {}

/// Tells the application's info callback what happened.
pub fn info(callback: InfoCallback, connection: &Connection, what: c_int, value: c_int) {
    // SAFETY: the application's function with the arguments it was registered for.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), what, value) })
}

/// Hands a new session to the application; it keeps the reference if it answers
/// other than 0.
pub fn new_session(callback: NewSessionCallback, connection: &Connection, session: Ref<Session>) {
    let session = session.into_ptr();
    // SAFETY: as above; `session` carries a reference.
    if callback.call(|callback| unsafe { callback(connection.as_ptr(), session) }) == 0 {
        // SAFETY: the application did not take the reference.
        drop(unsafe { Ref::<Session>::from_ptr(session) });
    }
}

/// Tells the application that a session is no longer in the cache.
pub fn remove_session(callback: RemoveSessionCallback, context: &Context, session: &Ref<Session>) {
    // SAFETY: as above.
    callback.call(|callback| unsafe { callback(context.as_ptr(), session.as_ptr()) })
}

/// Asks the application for the session with this id.
pub fn get_session(callback: GetSessionCallback, connection: &Connection, id: &[u8]) -> Option<Ref<Session>> {
    let mut copy = 1;
    // SAFETY: as above; `id` is readable for its length.
    let session =
        callback.call(|callback| unsafe { callback(connection.as_ptr(), id.as_ptr(), id.len() as c_int, &mut copy) });
    // SAFETY: NULL, or a live session whose reference passes to us if `copy` is 0.
    unsafe { if copy == 0 { Ref::from_ptr(session) } else { Ref::share_ptr(session) } }
}

/// Asks the application about a ClientHello; it may set `alert`.
pub fn client_hello(
    callback: ClientHelloCallback,
    connection: &Connection,
    alert: &mut c_int,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: as above; `alert` is writable during the call.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), alert, arg) })
}

/// Tells the application the name that a client asks for; it may set `alert`.
pub fn servername(callback: ServernameCallback, connection: &Connection, alert: &mut c_int, arg: *mut c_void) -> c_int {
    // SAFETY: as above; `alert` is writable during the call.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), alert, arg) })
}

/// Asks the application whether a server may accept early data.
pub fn allow_early_data(callback: AllowEarlyDataCallback, connection: &Connection, arg: *mut c_void) -> bool {
    // SAFETY: the application's function with the arguments it was registered for.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), arg) != 0 })
}

/// Shows the application the peer's session_ticket extension: whether it is content.
pub fn session_ticket_ext(
    callback: SessionTicketExtCallback,
    connection: &Connection,
    data: &[u8],
    arg: *mut c_void,
) -> bool {
    // SAFETY: as above; `data` is readable for its length.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), data.as_ptr(), data.len() as c_int, arg) != 0 })
}

/// Asks the application for a master secret, and for the suite that it prefers;
/// `None` when it has none.
pub fn session_secret(
    callback: SessionSecretCallback,
    connection: &Connection,
    peer_ciphers: *mut stack_st_SSL_CIPHER,
    arg: *mut c_void,
) -> Option<(Secret, Option<u16>)> {
    const MOST: usize = 256;
    let mut secret = Secret::zeroed(MOST);
    let (mut len, mut cipher) = (MOST as c_int, std::ptr::null());
    // SAFETY: as above; the secret's room, its length and the cipher are writable
    // during the call, and `peer_ciphers` is NULL or alive.
    let found = callback.call(|callback| unsafe {
        callback(connection.as_ptr(), secret.as_mut_ptr().cast(), &mut len, peer_ciphers, &mut cipher, arg) != 0
    });
    let len = usize::try_from(len).ok().filter(|&len| found && (1..=MOST).contains(&len))?;
    secret.truncate(len);
    // SAFETY: the application's answer is NULL or one of the library's ciphers.
    let cipher = unsafe { cipher.cast::<Cipher>().as_ref() };
    Some((secret, cipher.map(|cipher| cipher.code_point)))
}

/// Lets the application choose the certificate.
pub fn certificate(callback: CertCallback, connection: &Connection, arg: *mut c_void) -> c_int {
    // SAFETY: the application's function with the arguments it was registered for.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), arg) })
}

/// Lets a server set an OCSP response, or a client judge one.
pub fn status(callback: StatusCallback, connection: &Connection, arg: *mut c_void) -> c_int {
    // SAFETY: as above.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), arg) })
}

/// Finds out which of the server's timestamps are valid and lets the application
/// judge: its answer, or `None` when they could not be looked at.
pub fn validate_ct(callback: CtCallback, connection: &Connection, policy: &Policy, arg: *mut c_void) -> Option<c_int> {
    let scts = connection.peer_scts();
    // SAFETY: the connection keeps the stack; the policy lives during the call.
    unsafe { policy.validate(scts) }.then(|| callback.call(|callback| unsafe { callback(policy.as_ptr(), scts, arg) }))
}

/// Asks the application for a client's certificate and key: its answer, and
/// both if it gave both.
pub fn client_certificate(callback: ClientCertCallback, connection: &Connection) -> (c_int, Option<(X509, EvpPkey)>) {
    let (mut certificate, mut key) = (std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: as above; both are writable during the call.
    let answer = callback.call(|callback| unsafe { callback(connection.as_ptr(), &mut certificate, &mut key) });
    if answer < 0 {
        return (answer, None);
    }
    // SAFETY: what the application sets is ours, a reference each.
    let given = unsafe { (X509::from_ptr(certificate), EvpPkey::from_ptr(key)) };
    if answer == 0 {
        return (answer, None);
    }
    (answer, given.0.zip(given.1))
}

/// Lets the application verify the peer in libcrypto's place: whether it is
/// content.
pub fn verify_certificate(callback: CertVerifyCallback, verification: &Verification<'_>, arg: *mut c_void) -> bool {
    // SAFETY: as above; the verification is alive during the call.
    callback.call(|callback| unsafe { callback(verification.as_ptr(), arg) > 0 })
}

/// The application refuses to go on.
pub struct Refused;

/// Lets the application choose among `offered` (ALPN's wire form): the protocol,
/// none, or a fatal answer.
pub fn alpn_select(
    callback: AlpnSelectCallback,
    connection: &Connection,
    offered: &[u8],
    arg: *mut c_void,
) -> Result<Option<Vec<u8>>, Refused> {
    let (mut out, mut len) = (std::ptr::null(), 0);
    let size = c_uint::try_from(offered.len()).unwrap_or(0);
    // SAFETY: `offered` is readable during the call, the results are writable.
    let answer = callback
        .call(|callback| unsafe { callback(connection.as_ptr(), &mut out, &mut len, offered.as_ptr(), size, arg) });
    match answer {
        // SSL_TLSEXT_ERR_OK
        // SAFETY: the application points at `len` bytes that live for now.
        0 if !out.is_null() => Ok(Some(unsafe { std::slice::from_raw_parts(out, usize::from(len)) }.to_vec())),
        // SSL_TLSEXT_ERR_NOACK
        3 => Ok(None),
        _ => Err(Refused),
    }
}

/// Gives a line to the application's key log.
pub fn keylog(callback: KeylogCallback, connection: &Connection, line: &CStr) {
    // SAFETY: the application's function; `line` lives during the call.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), line.as_ptr()) })
}

/// Shows the application a message (`SSL_set_msg_callback`).
pub fn message(
    callback: MsgCallback,
    connection: &Connection,
    sent: bool,
    version: u16,
    content_type: c_int,
    bytes: &[u8],
    arg: *mut c_void,
) {
    // SAFETY: the application's function; `bytes` live during the call.
    callback.call(|callback| unsafe {
        callback(
            c_int::from(sent),
            c_int::from(version),
            content_type,
            bytes.as_ptr().cast(),
            bytes.len(),
            connection.as_ptr(),
            arg,
        );
    });
}

/// Shows the application an extension of the peer's (`SSL_set_tlsext_debug_callback`).
pub fn extension(
    callback: ExtensionCallback,
    connection: &Connection,
    from_server: bool,
    kind: c_int,
    content: &[u8],
    arg: *mut c_void,
) {
    let (data, len) = (content.as_ptr(), content.len() as c_int);
    // SAFETY: the application's function; `content` lives during the call.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), from_server.into(), kind, data, len, arg) })
}

/// Asks the application's security callback.
pub fn security(
    callback: SecurityCallback,
    ssl: *const SSL,
    ctx: *const SSL_CTX,
    question: &Question<'_>,
    arg: *mut c_void,
) -> bool {
    let number;
    let other = match question.subject {
        Subject::Nothing => std::ptr::null_mut(),
        Subject::Cipher(cipher) => cipher.as_ptr().cast_mut().cast(),
        Subject::Number(id) => {
            number = id.to_be_bytes();
            number.as_ptr().cast_mut().cast()
        }
        Subject::Certificate(certificate) => certificate.as_ptr().cast(),
        Subject::Key(key) => key.as_ptr().cast(),
    };
    // SAFETY: the application's function; what `other` points at is of the kind
    // that `op` says and lives during the call.
    callback.call(|callback| unsafe { callback(ssl, ctx, question.op, question.bits, question.nid, other, arg) != 0 })
}

/// An external key's identity, and the session that stands for it.
pub type PskSession = (Vec<u8>, Ref<Session>);

/// Asks a client's application for the session of an external key: its identity too. It is told
/// of the hash of a suite that a HelloRetryRequest has chosen.
pub fn psk_use_session(
    callback: PskUseSessionCallback,
    connection: &Connection,
    retried_with: Option<&Cipher>,
) -> Result<Option<PskSession>, Refused> {
    let (mut identity, mut len, mut session) = (std::ptr::null(), 0, std::ptr::null_mut());
    let digest = retried_with.map_or(std::ptr::null(), |cipher| handshake_digest(cipher.digest));
    // SAFETY: the application's function, with the places for what it answers.
    let answer = callback
        .call(|callback| unsafe { callback(connection.as_ptr(), digest, &mut identity, &mut len, &mut session) });
    // SAFETY: what it sets is NULL or a session, whose reference is ours now.
    let session = unsafe { Ref::<Session>::from_ptr(session) };
    if answer == 0 {
        return Err(Refused);
    }
    let Some(session) = session else { return Ok(None) };
    // SAFETY: it points to the identity, which the application keeps.
    let identity = unsafe { crate::ffi::bytes(identity, len) }.ok_or(Refused)?;
    Ok(Some((identity.to_vec(), session)))
}

/// Asks a client's application for an external key and its identity.
pub fn psk_client(callback: PskClientCallback, connection: &Connection) -> Result<Option<(Vec<u8>, Secret)>, Refused> {
    let mut identity = [0u8; MAX_PSK_IDENTITY + 1];
    let mut key = Secret::zeroed(MAX_PSK);
    // SAFETY: the application's function; both have the room that it is told of.
    let len = callback.call(|callback| unsafe {
        let room = (identity.as_mut_ptr().cast(), MAX_PSK_IDENTITY as c_uint, key.as_mut_ptr(), MAX_PSK as c_uint);
        callback(connection.as_ptr(), std::ptr::null(), room.0, room.1, room.2, room.3)
    });
    if len == 0 {
        return Ok(None);
    }
    truncate(&mut key, len)?;
    let identity = identity.split(|&byte| byte == 0).next().unwrap_or_default();
    Ok(Some((identity.to_vec(), key)))
}

/// Asks a server's application for the session of an external key.
pub fn psk_find_session(
    callback: PskFindSessionCallback,
    connection: &Connection,
    identity: &[u8],
) -> Result<Option<Ref<Session>>, Refused> {
    let mut session = std::ptr::null_mut();
    // SAFETY: the application's function; the identity lives during the call.
    let answer = callback
        .call(|callback| unsafe { callback(connection.as_ptr(), identity.as_ptr(), identity.len(), &mut session) });
    // SAFETY: what it sets is NULL or a session, whose reference is ours now.
    let session = unsafe { Ref::<Session>::from_ptr(session) };
    if answer == 0 { Err(Refused) } else { Ok(session) }
}

/// Asks a server's application for an external key.
pub fn psk_server(
    callback: PskServerCallback,
    connection: &Connection,
    identity: &CStr,
) -> Result<Option<Secret>, Refused> {
    let mut key = Secret::zeroed(MAX_PSK);
    // SAFETY: the application's function; the key has the room that it is told of.
    let len = callback.call(|callback| unsafe {
        callback(connection.as_ptr(), identity.as_ptr(), key.as_mut_ptr(), MAX_PSK as c_uint)
    });
    if len == 0 {
        return Ok(None);
    }
    truncate(&mut key, len)?;
    Ok(Some(key))
}

/// `PSK_MAX_IDENTITY_LEN`
const MAX_PSK_IDENTITY: usize = 256;
/// `PSK_MAX_PSK_LEN`
const MAX_PSK: usize = 512;

/// The key as long as the application says that it is.
fn truncate(key: &mut Secret, len: c_uint) -> Result<(), Refused> {
    if len as usize > MAX_PSK {
        return Err(Refused);
    }
    key.truncate(len as usize);
    Ok(())
}

/// Asks the application how many bytes of padding a record gets.
pub fn padding(
    callback: PaddingCallback,
    connection: &Connection,
    content_type: u8,
    len: usize,
    arg: *mut c_void,
) -> usize {
    // SAFETY: the application's function with the arguments it was registered for.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), content_type.into(), len, arg) })
}

/// Whether the application provides ticket keys.
pub fn has_ticket_keys(callbacks: &Callbacks) -> bool {
    callbacks.ticket_key.is_some() || callbacks.ticket_key_evp.is_some()
}

/// Asks the application for the keys of a ticket: what it answered, and the MAC
/// that it initialised. `name` and `iv` are read from a ticket to decrypt, or
/// written for one to encrypt. `None` when memory is short.
pub fn ticket_keys(
    connection: &Connection,
    name: &mut [u8; 16],
    iv: &mut [u8; 16],
    cipher: &CipherContext,
    encrypt: bool,
) -> Option<(c_int, Mac)> {
    let callbacks = connection.session_context.callbacks();
    let (ssl, name, iv, ctx) = (connection.as_ptr(), name.as_mut_ptr(), iv.as_mut_ptr(), cipher.as_ptr());
    let mac =
        if callbacks.ticket_key_evp.is_some() { Mac::evp(&connection.session_context.library)? } else { Mac::hmac()? };
    let answer = match (&mac, callbacks.ticket_key_evp, callbacks.ticket_key) {
        (Mac::Evp(mac), Some(callback), _) => {
            // SAFETY: as above; name and IV have the room that OpenSSL gives them.
            callback.call(|callback| unsafe { callback(ssl, name, iv, ctx, mac.as_ptr(), encrypt.into()) })
        }
        (Mac::Hmac(mac), _, Some(callback)) => {
            // SAFETY: as above; name and IV have the room that OpenSSL gives them.
            callback.call(|callback| unsafe { callback(ssl, name, iv, ctx, mac.as_ptr(), encrypt.into()) })
        }
        _ => return None,
    };
    Some((answer, mac))
}

/// Lets the application put data into the session before its ticket is made;
/// false fails the handshake.
pub fn generate_ticket(callback: GenerateTicketCallback, connection: &Connection, arg: *mut c_void) -> bool {
    // SAFETY: as above.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), arg) != 0 })
}

/// Shows the application a ticket's session, if there is one, and returns its
/// verdict (`SSL_TICKET_RETURN_*`).
pub fn decrypt_ticket(
    callback: DecryptTicketCallback,
    connection: &Connection,
    session: Option<&Ref<Session>>,
    name: &[u8],
    status: c_int,
    arg: *mut c_void,
) -> c_int {
    let session = session.map_or(std::ptr::null_mut(), Ref::as_ptr);
    // SAFETY: as above; `name` is readable for its length.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), session, name.as_ptr(), name.len(), status, arg) })
}

/// Asks the application for a session id; false when it failed.
pub fn generate_session_id(
    callback: GenerateIdCallback,
    connection: &Connection,
    id: &mut [u8; 32],
    len: &mut c_uint,
) -> bool {
    // SAFETY: as above; there is room for the `len` bytes that it is told of.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), id.as_mut_ptr(), len) != 0 })
}

/// Asks the application whether a new session must not be resumed.
pub fn not_resumable(callback: NotResumableCallback, connection: &Connection, forward_secret: bool) -> bool {
    // SAFETY: as above.
    callback.call(|callback| unsafe { callback(connection.as_ptr(), forward_secret.into()) != 0 })
}

/// What a program makes of an extension that may be added.
pub enum Added {
    /// Its content.
    Content(Vec<u8>),
    /// It stays away.
    Nothing,
    /// The handshake fails, with this alert.
    Refused(u8),
    /// The content is longer than an extension may be.
    TooLong,
}

/// Asks the program for the content of an extension of the message `context`, in a
/// Certificate message for `certificate`, and gives it back what it gave.
pub fn add_extension(
    extension: &CustomExtension,
    connection: &Connection,
    context: u32,
    certificate: Option<(&X509, usize)>,
) -> Added {
    const INTERNAL_ERROR: c_int = 80;
    let (ssl, kind) = (connection.as_ptr(), c_uint::from(extension.kind));
    let (x509, index) = certificate.map_or((std::ptr::null_mut(), 0), |(x509, index)| (x509.as_ptr(), index));
    let (mut out, mut len, mut alert) = (std::ptr::null(), 0, INTERNAL_ERROR);
    // SAFETY: the application's function with the arguments it was registered for;
    // what it writes to is writable during the call, and the certificate is alive.
    let answer = unsafe {
        match extension.handler {
            Handler::Callbacks { add, .. } => add.function.map(|function| {
                function
                    .call(|function| function(ssl, kind, context, &mut out, &mut len, x509, index, &mut alert, add.arg))
            }),
            Handler::OldCallbacks { add, .. } => add
                .function
                .map(|function| function.call(|function| function(ssl, kind, &mut out, &mut len, &mut alert, add.arg))),
            Handler::ServerInfo => None,
        }
    };
    match answer.unwrap_or(1) {
        0 => return Added::Nothing,
        answer if answer < 0 => return Added::Refused(alert as u8),
        _ => {}
    }
    let content = match len {
        0 => Some(Vec::new()),
        _ if out.is_null() || len > usize::from(u16::MAX) => None,
        // SAFETY: the application's bytes, readable for the length that it gave.
        _ => Some(unsafe { std::slice::from_raw_parts(out, len) }.to_vec()),
    };
    // SAFETY: as above; it gets back what it gave.
    unsafe {
        match extension.handler {
            Handler::Callbacks { add, free: Some(free), .. } => {
                free.call(|free| free(ssl, kind, context, out, add.arg))
            }
            Handler::OldCallbacks { add, free: Some(free), .. } => free.call(|free| free(ssl, kind, out, add.arg)),
            _ => {}
        }
    }
    content.map_or(Added::TooLong, Added::Content)
}

/// Shows the program the content of an extension of the message `context`: the alert
/// with which the handshake fails if it is not content.
pub fn parse_extension(
    extension: &CustomExtension,
    connection: &Connection,
    context: u32,
    content: &[u8],
    certificate: Option<(&X509, usize)>,
) -> Result<(), u8> {
    const DECODE_ERROR: c_int = 50;
    let (ssl, kind) = (connection.as_ptr(), c_uint::from(extension.kind));
    let (x509, index) = certificate.map_or((std::ptr::null_mut(), 0), |(x509, index)| (x509.as_ptr(), index));
    let (bytes, len, mut alert) = (content.as_ptr(), content.len(), DECODE_ERROR);
    // SAFETY: the application's function with the arguments it was registered for;
    // the content is readable and the alert writable during the call, and the
    // certificate is alive.
    let answer = unsafe {
        match extension.handler {
            Handler::Callbacks { parse, .. } => parse.function.map(|function| {
                function.call(|function| function(ssl, kind, context, bytes, len, x509, index, &mut alert, parse.arg))
            }),
            Handler::OldCallbacks { parse, .. } => parse
                .function
                .map(|function| function.call(|function| function(ssl, kind, bytes, len, &mut alert, parse.arg))),
            Handler::ServerInfo => Some(content.is_empty().into()),
        }
    };
    if answer.unwrap_or(1) > 0 { Ok(()) } else { Err(alert as u8) }
}
