//! A context and its sessions: cache, callbacks, id contexts, tickets, timeouts.

use libc::*;

use crate::boundary::Callback;
use crate::connection::{Connection, Inherited};
use crate::context::Context;
use crate::context::callbacks::WithArg;
use crate::context::settings::IdContext;
use crate::ffi::types::*;
use crate::ffi::{self, Ref, guard};
use crate::libcrypto::err;
use crate::reason;
use crate::session::cache::{self, Cache};
use crate::session::{Id, Session};

/// The context behind a C pointer; NULL is an error on the queue.
///
/// # Safety
/// `ptr` is NULL or a live SSL_CTX that the caller keeps alive for `'a`.
unsafe fn context<'a>(ptr: *const SSL_CTX) -> Option<&'a Context> {
    // SAFETY: the caller's promise.
    let context = unsafe { ffi::handle::borrow(ptr) };
    if context.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    context
}

/// As [`context`], for a connection.
///
/// # Safety
/// `ptr` is NULL or a live SSL that the caller keeps alive for `'a`.
unsafe fn connection<'a>(ptr: *const SSL) -> Option<&'a Connection> {
    // SAFETY: the caller's promise.
    let connection = unsafe { ffi::handle::borrow(ptr) };
    if connection.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    connection
}

/// A reference of our own to a session; NULL is an error on the queue.
///
/// # Safety
/// `ptr` is NULL or a live SSL_SESSION.
unsafe fn shared(ptr: *const SSL_SESSION) -> Option<Ref<Session>> {
    // SAFETY: the caller's promise.
    let session = unsafe { Ref::share_ptr(ptr) };
    if session.is_none() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
    }
    session
}

/// A session id context from C, with an error on the queue when it is too long.
///
/// # Safety
/// `data` is NULL or readable for `len` bytes.
unsafe fn id_context(data: *const c_uchar, len: c_uint) -> Option<IdContext> {
    if len as usize > IdContext::MAX {
        err::raise(reason::SSL_SESSION_ID_CONTEXT_TOO_LONG);
        return None;
    }
    // SAFETY: the caller's promise.
    IdContext::new(unsafe { ffi::bytes(data, len as usize) }?)
}

/// Adds a session, with a reference, to the context's cache: 1; 0 when the same
/// object is there already, or for NULL. Another session with its version and id
/// is replaced, and when the cache is full the first to expire goes.
/// `SSL_CTX_add_session(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `session` NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_session(ctx: *mut SSL_CTX, session: *mut SSL_SESSION) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        match unsafe { (super::held_context(ctx), shared(session)) } {
            (Some(ctx), Some(session)) => cache::add(&ctx, &session).into(),
            _ => 0,
        }
    })
}

/// Takes the sessions that have expired at time `tm` (seconds since 1970) out of
/// the context's cache; with 0 all of them. `SSL_CTX_flush_sessions(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_flush_sessions(ctx: *mut SSL_CTX, tm: c_long) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { super::held_context(ctx) } {
            cache::flush(&ctx, tm);
        }
    })
}

/// The timeout that new sessions get, in seconds; 0 for NULL.
/// `SSL_CTX_get_timeout(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_timeout(ctx: *const SSL_CTX) -> c_long {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { ffi::handle::borrow::<Context>(ctx) }.map_or(0, |ctx| ctx.sessions.timeout()))
}

/// Takes a session out of the context's cache: 1, or 0 when it was not there or
/// for NULL. Unless its id is empty, the session is not resumable any more and the
/// remove callback is called, in either case. `SSL_CTX_remove_session(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `session` NULL or a live SSL_SESSION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_remove_session(ctx: *mut SSL_CTX, session: *mut SSL_SESSION) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(session) = (unsafe { Ref::share_ptr(session) }) else { return 0 };
        // SAFETY: the caller's promise.
        unsafe { context(ctx) }.is_some_and(|ctx| cache::remove(ctx, &session)).into()
    })
}

/// The callback of [`SSL_CTX_sess_set_get_cb`]. `SSL_CTX_sess_set_get_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_get_get_cb(
    ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*mut SSL, *const c_uchar, c_int, *mut c_int) -> *mut SSL_SESSION> {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { context(ctx) }.and_then(|ctx| ctx.callbacks().get_session).map(Callback::to_c))
}

/// The callback of [`SSL_CTX_sess_set_new_cb`]. `SSL_CTX_sess_set_get_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_get_new_cb(
    ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*mut SSL, *mut SSL_SESSION) -> c_int> {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { context(ctx) }.and_then(|ctx| ctx.callbacks().new_session).map(Callback::to_c))
}

/// The callback of [`SSL_CTX_sess_set_remove_cb`]. `SSL_CTX_sess_set_get_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_get_remove_cb(
    ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*mut SSL_CTX, *mut SSL_SESSION)> {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { context(ctx) }.and_then(|ctx| ctx.callbacks().remove_session).map(Callback::to_c))
}

/// Sets what a server calls for a session that its cache does not have. The
/// callback gets the id and returns a session or NULL; it leaves `*copy` at 1 to
/// keep its own reference, and sets 0 to hand it over.
/// `SSL_CTX_sess_set_get_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_set_get_cb(
    ctx: *mut SSL_CTX,
    callback: Option<unsafe extern "C" fn(*mut SSL, *const c_uchar, c_int, *mut c_int) -> *mut SSL_SESSION>,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_callbacks(|all| all.get_session = Callback::from_c(callback));
        }
    })
}

/// Sets what is called with each new session and a reference to it: the callback
/// returns 1 to keep that reference, 0 to leave it. `SSL_CTX_sess_set_get_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_set_new_cb(
    ctx: *mut SSL_CTX,
    callback: Option<unsafe extern "C" fn(*mut SSL, *mut SSL_SESSION) -> c_int>,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_callbacks(|all| all.new_session = Callback::from_c(callback));
        }
    })
}

/// Sets what is called with each session that leaves the cache; the session is
/// borrowed for the call. No lock is held then: the callback may use the cache.
/// `SSL_CTX_sess_set_get_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sess_set_remove_cb(
    ctx: *mut SSL_CTX,
    callback: Option<unsafe extern "C" fn(*mut SSL_CTX, *mut SSL_SESSION)>,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_callbacks(|all| all.remove_session = Callback::from_c(callback));
        }
    })
}

/// A table of the sessions in the context's cache, for `lh_SSL_SESSION_*`, by
/// version and id. It is borrowed from the context, changes with the cache, and is
/// the same at each call; programs only read it. NULL on failure.
/// `SSL_CTX_sessions(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX. While the table is used no other thread may
/// change the cache.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_sessions(ctx: *mut SSL_CTX) -> *mut lhash_st_SSL_SESSION {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return std::ptr::null_mut() };
        ctx.sessions.table()
    })
}

/// Sets what makes the session ids of a TLS 1.2 server; NULL for random ones.
/// Returns 1, or 0 for a NULL `ctx`. `SSL_CTX_set_generate_session_id(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_generate_session_id(ctx: *mut SSL_CTX, cb: GEN_SESSION_CB) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        ctx.update_inherited(|all| all.generate_session_id = Callback::from_c(cb));
        1
    })
}

/// Sets what a server calls in a full handshake, with whether its key exchange is
/// forward secret: if it returns other than 0 the session cannot be resumed.
/// `SSL_CTX_set_not_resumable_session_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_not_resumable_session_callback(
    ctx: *mut SSL_CTX,
    cb: Option<unsafe extern "C" fn(*mut SSL, c_int) -> c_int>,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_inherited(|all| all.not_resumable = Callback::from_c(cb));
        }
    })
}

/// Copies what a server's sessions are good for, up to 32 bytes: 1, or 0 and
/// `SSL_SESSION_ID_CONTEXT_TOO_LONG`. `SSL_CTX_set_session_id_context(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `sid_ctx` is readable for `sid_ctx_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_session_id_context(
    ctx: *mut SSL_CTX,
    sid_ctx: *const c_uchar,
    sid_ctx_len: c_uint,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (Some(ctx), Some(id_context)) = (unsafe { (context(ctx), id_context(sid_ctx, sid_ctx_len)) }) else {
            return 0;
        };
        ctx.update(|settings| settings.id_context = id_context);
        1
    })
}

/// Sets what a server calls before it makes a ticket and after it has decrypted
/// one, both with `arg`: 1, or 0 for a NULL `ctx`.
/// `SSL_CTX_set_session_ticket_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callbacks fit their types.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_session_ticket_cb(
    ctx: *mut SSL_CTX,
    gen_cb: SSL_CTX_generate_session_ticket_fn,
    dec_cb: SSL_CTX_decrypt_session_ticket_fn,
    arg: *mut c_void,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        ctx.update_callbacks(|all| {
            all.generate_ticket = Callback::from_c(gen_cb);
            all.decrypt_ticket = WithArg::from_c(dec_cb, arg);
        });
        1
    })
}

/// Sets the timeout that new sessions get, in seconds, and returns the previous
/// one; 0 for NULL. `SSL_CTX_set_timeout(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_timeout(ctx: *mut SSL_CTX, t: c_long) -> c_long {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { ffi::handle::borrow::<Context>(ctx) }.map_or(0, |ctx| ctx.sessions.set_timeout(t)))
}

/// Sets what provides the keys of tickets, in place of the context's own:
/// 1, or 0 for a NULL `ctx`. `SSL_CTX_set_tlsext_ticket_key_evp_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_tlsext_ticket_key_evp_cb(
    ctx: *mut SSL_CTX,
    callback: Option<
        unsafe extern "C" fn(
            *mut SSL,
            *mut c_uchar,
            *mut c_uchar,
            *mut EVP_CIPHER_CTX,
            *mut EVP_MAC_CTX,
            c_int,
        ) -> c_int,
    >,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        ctx.update_callbacks(|all| all.ticket_key_evp = Callback::from_c(callback));
        1
    })
}

/// The timeout of sessions when the context's is 0: 7200 seconds (not 300, as the
/// manual says); 0 for NULL. `SSL_get_default_timeout(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_default_timeout(s: *const SSL) -> c_long {
    // SAFETY: the caller's promise.
    guard(0, || unsafe { connection(s) }.map_or(0, |_| Cache::DEFAULT_TIMEOUT))
}

/// 1 when the cache has a session of the connection's version with this id,
/// otherwise 0. `SSL_CTX_set_generate_session_id(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `id` is readable for `id_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_has_matching_session_id(s: *const SSL, id: *const c_uchar, id_len: c_uint) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (Some(s), Some(id)) = (unsafe { (connection(s), ffi::bytes(id, id_len as usize)) }) else { return 0 };
        let version = super::info::version(s).into();
        Id::new(id).is_some_and(|id| s.session_context.sessions.contains(version, &id)).into()
    })
}

/// As [`SSL_CTX_set_generate_session_id`], for one connection.
/// `SSL_CTX_set_generate_session_id(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_generate_session_id(s: *mut SSL, cb: GEN_SESSION_CB) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(s) = (unsafe { connection(s) }) else { return 0 };
        s.inherited.set(Inherited { generate_session_id: Callback::from_c(cb), ..s.inherited.get() });
        1
    })
}

/// As [`SSL_CTX_set_not_resumable_session_callback`], for one connection.
/// `SSL_CTX_set_not_resumable_session_callback(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_not_resumable_session_callback(
    ssl: *mut SSL,
    cb: Option<unsafe extern "C" fn(*mut SSL, c_int) -> c_int>,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ssl) = unsafe { connection(ssl) } {
            ssl.inherited.set(Inherited { not_resumable: Callback::from_c(cb), ..ssl.inherited.get() });
        }
    })
}

/// As [`SSL_CTX_set_session_id_context`], for one connection.
/// `SSL_CTX_set_session_id_context(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `sid_ctx` is readable for `sid_ctx_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session_id_context(
    ssl: *mut SSL,
    sid_ctx: *const c_uchar,
    sid_ctx_len: c_uint,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let (Some(ssl), Some(id_context)) = (unsafe { (connection(ssl), id_context(sid_ctx, sid_ctx_len)) }) else {
            return 0;
        };
        ssl.settings.borrow_mut().id_context = id_context;
        1
    })
}

/// Sets what computes the master secret of a TLS 1.2 handshake that resumes by a
/// ticket of the program's (EAP-FAST). The callback writes the secret and its length,
/// and may choose a cipher; a server shows it the client's ciphers, a client NULL. 0
/// means that it has none: a server goes on with a full handshake, a client fails.
/// Returns 1, or 0 for NULL. `SSL_set_session_secret_cb(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session_secret_cb(
    s: *mut SSL,
    callback: tls_session_secret_cb_fn,
    arg: *mut c_void,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { ffi::handle::borrow::<Connection>(s) }) else { return 0 };
        connection.eap_fast.secret.set(WithArg::from_c(callback, arg));
        1
    })
}

/// Copies what a client of TLS 1.2 sends as its session ticket when it offers no
/// session; NULL data sends no such extension at all. A client that offers a ticket
/// so offers no TLS 1.3. Returns 1, or 0 for a NULL `s`, a negative length or one
/// beyond 65535.
///
/// # Safety
/// `s` is NULL or a live SSL; `ext_data` is NULL or readable for `ext_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session_ticket_ext(s: *mut SSL, ext_data: *mut c_void, ext_len: c_int) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { ffi::handle::borrow::<Connection>(s) }) else { return 0 };
        let Ok(len) = u16::try_from(ext_len) else { return 0 };
        let data = match ext_data.is_null() {
            true => None,
            // SAFETY: the caller's promise.
            false => match unsafe { ffi::bytes(ext_data.cast(), len.into()) } {
                Some(data) => Some(data.to_vec()),
                None => return 0,
            },
        };
        connection.set_ticket_extension(data);
        1
    })
}

/// Sets what is shown the peer's session_ticket extension of TLS 1.2: 0 ends the
/// handshake. Returns 1, or 0 for NULL.
///
/// # Safety
/// `s` is NULL or a live SSL; the callback fits its type.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_session_ticket_ext_cb(
    s: *mut SSL,
    callback: tls_session_ticket_ext_cb_fn,
    arg: *mut c_void,
) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { ffi::handle::borrow::<Connection>(s) }) else { return 0 };
        connection.eap_fast.ticket_seen.set(WithArg::from_c(callback, arg));
        1
    })
}
