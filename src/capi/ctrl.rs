//! `SSL_ctrl`, `SSL_CTX_ctrl`, and the callback forms: the functions behind
//! most of the macros of `<openssl/ssl.h>`. `SSL_CTX_ctrl(3)`.

use std::ffi::{CStr, CString};
use std::sync::atomic::{AtomicU32, Ordering};

use libc::*;

use super::{connection, context, ctrl_identity, ctrl_negotiation};
use crate::connection::Connection;
use crate::connection::status::StatusResponse;
use crate::context::callbacks::WithArg;
use crate::context::security::Judge;
use crate::context::{Context, Settings};
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::evp::EvpPkey;
use crate::libcrypto::given::Given;
use crate::libcrypto::ocsp::{RequestExtensions, Responders};
use crate::libcrypto::{err, tmp_key};
use crate::reason;
use crate::session::ticket_keys::Keys;

/// `SSL_CTRL_*`; some numbers mean one thing for a value, another for a callback.
pub(crate) mod cmd {
    use libc::c_int;

    pub const SET_TMP_DH: c_int = 3;
    pub const SET_TMP_DH_CB: c_int = 6;
    pub const GET_FLAGS: c_int = 13;
    pub const SET_MSG_CALLBACK: c_int = 15;
    pub const SET_MSG_CALLBACK_ARG: c_int = 16;
    pub const SESS_NUMBER: c_int = 20;
    pub const SESS_CONNECT: c_int = 21;
    pub const SESS_CONNECT_GOOD: c_int = 22;
    pub const SESS_CONNECT_RENEGOTIATE: c_int = 23;
    pub const SESS_ACCEPT: c_int = 24;
    pub const SESS_ACCEPT_GOOD: c_int = 25;
    pub const SESS_ACCEPT_RENEGOTIATE: c_int = 26;
    pub const SESS_HIT: c_int = 27;
    pub const SESS_CB_HIT: c_int = 28;
    pub const SESS_MISSES: c_int = 29;
    pub const SESS_TIMEOUTS: c_int = 30;
    pub const SESS_CACHE_FULL: c_int = 31;
    pub const MODE: c_int = 33;
    pub const GET_READ_AHEAD: c_int = 40;
    pub const SET_READ_AHEAD: c_int = 41;
    pub const SET_SESS_CACHE_SIZE: c_int = 42;
    pub const GET_SESS_CACHE_SIZE: c_int = 43;
    pub const SET_SESS_CACHE_MODE: c_int = 44;
    pub const GET_SESS_CACHE_MODE: c_int = 45;
    pub const GET_MAX_CERT_LIST: c_int = 50;
    pub const SET_MAX_CERT_LIST: c_int = 51;
    pub const SET_MAX_SEND_FRAGMENT: c_int = 52;
    pub const SET_TLSEXT_SERVERNAME_CB: c_int = 53;
    pub const SET_TLSEXT_SERVERNAME_ARG: c_int = 54;
    pub const SET_TLSEXT_HOSTNAME: c_int = 55;
    pub const SET_TLSEXT_DEBUG_CB: c_int = 56;
    pub const SET_TLSEXT_DEBUG_ARG: c_int = 57;
    pub const GET_TLSEXT_TICKET_KEYS: c_int = 58;
    pub const SET_TLSEXT_TICKET_KEYS: c_int = 59;
    pub const SET_TLSEXT_STATUS_REQ_CB: c_int = 63;
    pub const SET_TLSEXT_STATUS_REQ_CB_ARG: c_int = 64;
    pub const SET_TLSEXT_STATUS_REQ_TYPE: c_int = 65;
    pub const GET_TLSEXT_STATUS_REQ_EXTS: c_int = 66;
    pub const SET_TLSEXT_STATUS_REQ_EXTS: c_int = 67;
    pub const GET_TLSEXT_STATUS_REQ_IDS: c_int = 68;
    pub const SET_TLSEXT_STATUS_REQ_IDS: c_int = 69;
    pub const GET_TLSEXT_STATUS_REQ_OCSP_RESP: c_int = 70;
    pub const SET_TLSEXT_STATUS_REQ_OCSP_RESP: c_int = 71;
    pub const SET_TLSEXT_TICKET_KEY_CB: c_int = 72;
    pub const SET_TLS_EXT_SRP_USERNAME_CB: c_int = 75;
    pub const SET_SRP_VERIFY_PARAM_CB: c_int = 76;
    pub const GET_RI_SUPPORT: c_int = 76;
    pub const SET_SRP_GIVE_CLIENT_PWD_CB: c_int = 77;
    pub const CLEAR_MODE: c_int = 78;
    pub const SET_NOT_RESUMABLE_SESS_CB: c_int = 79;
    pub const SET_TLS_EXT_SRP_USERNAME: c_int = 79;
    pub const SET_TLS_EXT_SRP_STRENGTH: c_int = 80;
    pub const SET_TLS_EXT_SRP_PASSWORD: c_int = 81;
    pub const CERT_FLAGS: c_int = 99;
    pub const CLEAR_CERT_FLAGS: c_int = 100;
    pub const GET_CLIENT_CERT_TYPES: c_int = 103;
    pub const SET_CLIENT_CERT_TYPES: c_int = 104;
    pub const GET_PEER_TMP_KEY: c_int = 109;
    pub const GET_RAW_CIPHERLIST: c_int = 110;
    pub const GET_EC_POINT_FORMATS: c_int = 111;
    pub const SET_DH_AUTO: c_int = 118;
    pub const GET_EXTMS_SUPPORT: c_int = 122;
    pub const SET_MIN_PROTO_VERSION: c_int = 123;
    pub const SET_MAX_PROTO_VERSION: c_int = 124;
    pub const SET_SPLIT_SEND_FRAGMENT: c_int = 125;
    pub const SET_MAX_PIPELINES: c_int = 126;
    pub const GET_TLSEXT_STATUS_REQ_TYPE: c_int = 127;
    pub const GET_TLSEXT_STATUS_REQ_CB: c_int = 128;
    pub const GET_TLSEXT_STATUS_REQ_CB_ARG: c_int = 129;
    pub const GET_MIN_PROTO_VERSION: c_int = 130;
    pub const GET_MAX_PROTO_VERSION: c_int = 131;
    pub const GET_TMP_KEY: c_int = 133;
    pub const SET_RETRY_VERIFY: c_int = 136;
}

/// Sets the callback that `cmd` (`SSL_CTRL_SET_*_CB`) names: 1, or 0 for an
/// unknown command or NULL. The application casts `fp` from the callback's own
/// type. `SSL_CTX_callback_ctrl(3)`.
///
/// # Safety
/// `a` is NULL or a live SSL_CTX; `fp` is None or has the type that `cmd` needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_callback_ctrl(a: *mut SSL_CTX, b: c_int, c: Option<unsafe extern "C" fn()>) -> c_long {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(a) }) else {
            return 0;
        };
        match b {
            // SAFETY: the caller promises the type.
            cmd::SET_MSG_CALLBACK => ctx.update_inherited(|i| i.msg.function = unsafe { typed(c) }),
            // SAFETY: the caller promises the type.
            cmd::SET_NOT_RESUMABLE_SESS_CB => ctx.update_inherited(|i| i.not_resumable = unsafe { typed(c) }),
            // SAFETY: the caller promises the type.
            cmd::SET_TLSEXT_SERVERNAME_CB => ctx.update_callbacks(|all| all.servername.function = unsafe { typed(c) }),
            // SAFETY: the caller promises the type.
            cmd::SET_TLSEXT_STATUS_REQ_CB => ctx.update_callbacks(|all| all.status.function = unsafe { typed(c) }),
            cmd::SET_SRP_VERIFY_PARAM_CB | cmd::SET_TLS_EXT_SRP_USERNAME_CB | cmd::SET_SRP_GIVE_CLIENT_PWD_CB => {
                return ffi::refused("SSL_CTX_callback_ctrl of SRP", 0);
            }
            // SAFETY: the caller promises the type.
            cmd::SET_TLSEXT_TICKET_KEY_CB => ctx.update_callbacks(|all| all.ticket_key = unsafe { typed(c) }),
            // There are no DHE suites that would ask for a key.
            cmd::SET_TMP_DH_CB => (),
            _ => return 0,
        }
        1
    })
}

/// Sets or gets what `cmd` (`SSL_CTRL_*`) names, on connections made from now
/// on; the macros of `<openssl/ssl.h>` say what `larg` and `parg` are and what
/// is returned. 0 for an unknown command, and for NULL. `SSL_CTX_ctrl(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `parg` is what `cmd` needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_ctrl(ctx: *mut SSL_CTX, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(held) = (unsafe { ffi::Ref::<Context>::share_ptr(ctx) }) else {
            // SAFETY: as above.
            return unsafe { ctrl_negotiation::is_list(cmd, parg) }.into();
        };
        let ctx: &Context = &held;
        // SAFETY: as above.
        if let Some(list) = unsafe { ctrl_negotiation::list(cmd, larg, parg) } {
            return list.map(|list| ctx.update(|s| list.store(s))).is_some().into();
        }
        if let Some(answer) = ctx.settings(|s| configured(s, cmd, larg)) {
            return answer;
        }
        if configures(cmd) {
            return ctx.update(|s| configure(s, cmd, larg));
        }
        if let Some(answer) = session_cache(ctx, cmd, larg) {
            return answer;
        }
        if let Some(name) = srp_command(cmd) {
            return ffi::refused(name, 0);
        }
        // SAFETY: the caller's promise.
        unsafe {
            ctrl_identity::identity(ctx, cmd, larg, parg)
                .or_else(|| ctrl_identity::extra_chain(ctx, cmd, larg, parg))
                .unwrap_or_else(|| context_pointer(ctx, cmd, larg, parg))
        }
    })
}

/// Sets the callback that `cmd` (`SSL_CTRL_SET_*_CB`) names on one connection:
/// 1, or 0 for an unknown command or NULL. `SSL_callback_ctrl(3)`.
///
/// # Safety
/// `a` is NULL or a live SSL; `c` is None or has the type that `b` needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_callback_ctrl(a: *mut SSL, b: c_int, c: Option<unsafe extern "C" fn()>) -> c_long {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(a) }) else {
            return 0;
        };
        let mut inherited = connection.inherited.get();
        match b {
            // SAFETY: the caller promises the type.
            cmd::SET_MSG_CALLBACK => inherited.msg.function = unsafe { typed(c) },
            // SAFETY: as above.
            cmd::SET_NOT_RESUMABLE_SESS_CB => inherited.not_resumable = unsafe { typed(c) },
            cmd::SET_TLSEXT_DEBUG_CB => {
                let arg = connection.extension_debug.get().arg;
                // SAFETY: as above.
                connection.extension_debug.set(WithArg { function: unsafe { typed(c) }, arg });
            }
            // There are no DHE suites that would ask for a key.
            cmd::SET_TMP_DH_CB => (),
            _ => return 0,
        }
        connection.inherited.set(inherited);
        1
    })
}

/// A callback by its own type again.
///
/// # Safety
/// `callback` is None or a function of the type `F`.
unsafe fn typed<F: Copy>(callback: Option<unsafe extern "C" fn()>) -> Option<F> {
    const { assert!(size_of::<Option<F>>() == size_of::<Option<unsafe extern "C" fn()>>()) };
    // SAFETY: both are pointers to functions, and the caller promises the type.
    unsafe { std::mem::transmute_copy(&callback) }
}

/// Sets or gets what `cmd` (`SSL_CTRL_*`) names on one connection; the macros
/// of `<openssl/ssl.h>` say what `larg` and `parg` are and what is returned. 0
/// for an unknown command and for NULL. `SSL_ctrl(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `parg` is what `cmd` needs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_ctrl(ssl: *mut SSL, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long {
    guard(0, || {
        // SAFETY: the caller's promise.
        let Some(connection) = (unsafe { connection(ssl) }) else {
            return 0;
        };
        let connection = &*connection;
        if let Some(answer) = connection_state(connection, cmd, larg) {
            return answer;
        }
        if let Some(answer) = configured(&connection.settings.borrow(), cmd, larg) {
            return answer;
        }
        if configures(cmd) {
            let answer = configure(&mut connection.settings.borrow_mut(), cmd, larg);
            connection.read_ahead_for_pipelines(cmd == cmd::SET_MAX_PIPELINES && answer == 1);
            return answer;
        }
        // SAFETY: the caller's promise.
        if let Some(list) = unsafe { ctrl_negotiation::list(cmd, larg, parg) } {
            return list.map(|list| list.store(&mut connection.settings.borrow_mut())).is_some().into();
        }
        // SAFETY: the caller's promise.
        unsafe {
            ctrl_identity::identity(connection, cmd, larg, parg)
                .or_else(|| ctrl_negotiation::negotiated(connection, cmd, larg, parg))
                .unwrap_or_else(|| connection_pointer(connection, cmd, larg, parg))
        }
    })
}

/// The commands that tell what an `SSL` copies from its `SSL_CTX`.
fn configured(s: &Settings, cmd: c_int, larg: c_long) -> Option<c_long> {
    Some(match cmd {
        cmd::MODE if larg == 0 => s.mode.into(),
        cmd::GET_READ_AHEAD => s.read_ahead.into(),
        cmd::GET_MAX_CERT_LIST => s.max_cert_list as c_long,
        cmd::GET_MIN_PROTO_VERSION => s.min_version.into(),
        cmd::GET_MAX_PROTO_VERSION => s.max_version.into(),
        cmd::GET_TLSEXT_STATUS_REQ_TYPE => s.status_type.into(),
        // For DHE suites, which rustls does not have.
        cmd::SET_DH_AUTO => 1,
        cmd::SET_TMP_DH_CB => {
            err::raise(err::ERR_R_SHOULD_NOT_HAVE_BEEN_CALLED);
            0
        }
        _ => return None,
    })
}

/// Whether [`configure`] takes the command.
fn configures(cmd: c_int) -> bool {
    matches!(
        cmd,
        cmd::MODE
            | cmd::CLEAR_MODE
            | cmd::CERT_FLAGS
            | cmd::CLEAR_CERT_FLAGS
            | cmd::SET_READ_AHEAD
            | cmd::SET_MAX_CERT_LIST
            | cmd::SET_MAX_SEND_FRAGMENT
            | cmd::SET_SPLIT_SEND_FRAGMENT
            | cmd::SET_MAX_PIPELINES
            | cmd::SET_MIN_PROTO_VERSION
            | cmd::SET_MAX_PROTO_VERSION
            | cmd::SET_TLSEXT_STATUS_REQ_TYPE
    )
}

/// The commands that change what an `SSL` copies from its `SSL_CTX`.
fn configure(s: &mut Settings, cmd: c_int, larg: c_long) -> c_long {
    const MAX_PLAINTEXT: usize = 16384;
    const MAX_PIPELINES: usize = 32;
    let size = usize::try_from(larg).unwrap_or(usize::MAX);
    match cmd {
        cmd::MODE => {
            s.mode |= larg as u32;
            s.mode.into()
        }
        cmd::CLEAR_MODE => {
            s.mode &= !(larg as u32);
            s.mode.into()
        }
        cmd::CERT_FLAGS => {
            s.cert_flags |= larg as u32;
            s.cert_flags.into()
        }
        cmd::CLEAR_CERT_FLAGS => {
            s.cert_flags &= !(larg as u32);
            s.cert_flags.into()
        }
        cmd::SET_READ_AHEAD => std::mem::replace(&mut s.read_ahead, larg as c_int).into(),
        cmd::SET_MAX_CERT_LIST if larg >= 0 => std::mem::replace(&mut s.max_cert_list, larg as c_ulong) as c_long,
        cmd::SET_MAX_SEND_FRAGMENT if (512..=MAX_PLAINTEXT).contains(&size) => {
            s.max_send_fragment = size;
            s.split_send_fragment = s.split_send_fragment.min(size);
            1
        }
        cmd::SET_SPLIT_SEND_FRAGMENT if (1..=s.max_send_fragment).contains(&size) => {
            s.split_send_fragment = size;
            1
        }
        cmd::SET_MAX_PIPELINES if (1..=MAX_PIPELINES).contains(&size) => {
            s.max_pipelines = size;
            1
        }
        cmd::SET_MIN_PROTO_VERSION => s.set_min_version(larg).into(),
        cmd::SET_MAX_PROTO_VERSION => s.set_max_version(larg).into(),
        cmd::SET_TLSEXT_STATUS_REQ_TYPE => {
            s.status_type = larg as c_int;
            1
        }
        _ => 0,
    }
}

/// The commands on the session cache of a context.
fn session_cache(ctx: &Context, cmd: c_int, larg: c_long) -> Option<c_long> {
    let count = |counter: &AtomicU32| c_long::from(counter.load(Ordering::Relaxed));
    let cache = &ctx.sessions;
    let counters = &cache.counters;
    Some(match cmd {
        cmd::SET_SESS_CACHE_SIZE => cache.set_size(larg),
        cmd::GET_SESS_CACHE_SIZE => cache.size(),
        cmd::SET_SESS_CACHE_MODE => cache.set_mode(larg as u32).into(),
        cmd::GET_SESS_CACHE_MODE => cache.mode().into(),
        cmd::SESS_NUMBER => cache.number() as c_long,
        cmd::SESS_CONNECT => count(&counters.connect),
        cmd::SESS_CONNECT_GOOD => count(&counters.connect_good),
        cmd::SESS_CONNECT_RENEGOTIATE => count(&counters.connect_renegotiate),
        cmd::SESS_ACCEPT => count(&counters.accept),
        cmd::SESS_ACCEPT_GOOD => count(&counters.accept_good),
        cmd::SESS_ACCEPT_RENEGOTIATE => count(&counters.accept_renegotiate),
        cmd::SESS_HIT => count(&counters.hits),
        cmd::SESS_CB_HIT => count(&counters.cb_hits),
        cmd::SESS_MISSES => count(&counters.misses),
        cmd::SESS_TIMEOUTS => count(&counters.timeouts),
        cmd::SESS_CACHE_FULL => count(&counters.cache_full),
        _ => return None,
    })
}

/// The name of a command of SRP's, which rustls does not have.
fn srp_command(cmd: c_int) -> Option<&'static str> {
    Some(match cmd {
        cmd::SET_TLS_EXT_SRP_USERNAME => "SSL_CTRL_SET_TLS_EXT_SRP_USERNAME",
        cmd::SET_TLS_EXT_SRP_STRENGTH => "SSL_CTRL_SET_TLS_EXT_SRP_STRENGTH",
        cmd::SET_TLS_EXT_SRP_PASSWORD => "SSL_CTRL_SET_TLS_EXT_SRP_PASSWORD",
        _ => return None,
    })
}

/// A server's own list of certificate types, where it asks for one: 1 if it may be
/// set. rustls sends a list of its own.
fn set_cert_types(list: *const c_void, len: c_long) -> c_long {
    let empty = list.is_null() || len == 0;
    (empty || (1..=0xff).contains(&len)).into()
}

/// The commands on a context that follow `parg`.
///
/// # Safety
/// `parg` is what `cmd` needs.
unsafe fn context_pointer(ctx: &Context, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long {
    match cmd {
        cmd::GET_TLSEXT_TICKET_KEYS | cmd::SET_TLSEXT_TICKET_KEYS => {
            // SAFETY: the caller's promise: NULL or room for `larg` bytes.
            return unsafe { ticket_keys(ctx, cmd, larg, parg) };
        }
        cmd::SET_MSG_CALLBACK_ARG => ctx.update_inherited(|i| i.msg.arg = parg),
        cmd::SET_TLSEXT_SERVERNAME_ARG => ctx.update_callbacks(|c| c.servername.arg = parg),
        cmd::SET_TLSEXT_STATUS_REQ_CB_ARG => ctx.update_callbacks(|c| c.status.arg = parg),
        // SAFETY: the caller's promise: where a pointer goes.
        cmd::GET_TLSEXT_STATUS_REQ_CB_ARG => unsafe { ffi::write(parg.cast(), ctx.callbacks().status.arg) },
        // SAFETY: as above: a pointer to a function.
        cmd::GET_TLSEXT_STATUS_REQ_CB => unsafe { ffi::write(parg.cast(), ctx.callbacks().status.function) },
        cmd::SET_CLIENT_CERT_TYPES => return set_cert_types(parg, larg),
        // SAFETY: the caller's promise: NULL or a DH.
        cmd::SET_TMP_DH => return unsafe { check_tmp_dh(parg, ctx.judge()) },
        _ => return 0,
    }
    1
}

/// Gets or sets the keys of tickets; their length when `parg` is NULL.
///
/// # Safety
/// `parg` is NULL or has room for `larg` bytes.
unsafe fn ticket_keys(ctx: &Context, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long {
    if parg.is_null() {
        return Keys::LEN as c_long;
    }
    if larg != Keys::LEN as c_long {
        err::raise(reason::INVALID_TICKET_KEYS_LENGTH);
        return 0;
    }
    // SAFETY: the caller's promise; the length is right.
    unsafe {
        match cmd {
            cmd::SET_TLSEXT_TICKET_KEYS => ctx.ticket_keys.set(&*parg.cast()),
            _ => std::ptr::copy_nonoverlapping(ctx.ticket_keys.get().as_ptr(), parg.cast(), Keys::LEN),
        }
    }
    1
}

/// The commands on what a connection has come to.
fn connection_state(connection: &Connection, cmd: c_int, larg: c_long) -> Option<c_long> {
    Some(match cmd {
        cmd::GET_TLSEXT_STATUS_REQ_TYPE => connection.status_type.get().into(),
        cmd::SET_TLSEXT_STATUS_REQ_TYPE => {
            connection.status_type.set(larg as c_int);
            1
        }
        cmd::GET_RI_SUPPORT => connection.negotiated.borrow().secure_renegotiation.into(),
        cmd::GET_FLAGS => {
            const RECEIVED_EXTMS: c_long = 0x200;
            if connection.is_extended_master_secret_known() { RECEIVED_EXTMS } else { 0 }
        }
        cmd::GET_EXTMS_SUPPORT if connection.session.borrow().is_none() || connection.state.get().in_init => -1,
        cmd::GET_EXTMS_SUPPORT => connection.negotiated.borrow().extended_master_secret.into(),
        _ => return None,
    })
}

/// The commands on a connection that follow `parg`.
///
/// # Safety
/// `parg` is what `cmd` needs.
unsafe fn connection_pointer(connection: &Connection, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long {
    match cmd {
        cmd::SET_MSG_CALLBACK_ARG => {
            let mut inherited = connection.inherited.get();
            inherited.msg.arg = parg;
            connection.inherited.set(inherited);
            1
        }
        // SAFETY: the caller's promise: NULL or a string.
        cmd::SET_TLSEXT_HOSTNAME => unsafe { set_hostname(connection, larg, parg.cast()) },
        cmd::SET_TLSEXT_DEBUG_ARG => {
            connection.extension_debug.set(WithArg { arg: parg, ..connection.extension_debug.get() });
            1
        }
        cmd::GET_TLSEXT_STATUS_REQ_EXTS | cmd::GET_TLSEXT_STATUS_REQ_IDS => {
            let request = connection.status_request.borrow();
            let found = match cmd {
                cmd::GET_TLSEXT_STATUS_REQ_IDS => request.responders.as_ref().map(Responders::as_ptr),
                _ => request.extensions.as_ref().map(RequestExtensions::as_ptr),
            };
            // SAFETY: the caller's promise: where a pointer goes. The connection keeps it.
            unsafe { ffi::write(parg.cast(), found.unwrap_or(std::ptr::null_mut())) };
            1
        }
        cmd::SET_TLSEXT_STATUS_REQ_EXTS | cmd::SET_TLSEXT_STATUS_REQ_IDS => {
            ffi::refused("SSL_set_tlsext_status_ids, SSL_set_tlsext_status_exts", 0)
        }
        // SAFETY: the caller's promise: where a pointer goes.
        cmd::GET_TLSEXT_STATUS_REQ_OCSP_RESP => unsafe { status_response(connection, parg.cast()) },
        cmd::SET_TLSEXT_STATUS_REQ_OCSP_RESP => {
            // SAFETY: the caller's promise: a buffer that it gives up, of `larg` bytes.
            let given = unsafe { Given::from_ptr(parg.cast(), larg) };
            connection.status_response.replace(StatusResponse::Given(given));
            1
        }
        cmd::GET_RAW_CIPHERLIST if parg.is_null() => 2,
        // SAFETY: the caller's promise: where a pointer goes.
        cmd::GET_RAW_CIPHERLIST => unsafe { give(parg.cast(), &connection.negotiated.borrow().client_ciphers_raw) },
        cmd::GET_EC_POINT_FORMATS if !connection.has_point_formats() => 0,
        // SAFETY: as above.
        cmd::GET_EC_POINT_FORMATS => unsafe { give(parg.cast(), &connection.negotiated.borrow().ec_point_formats) },
        cmd::GET_CLIENT_CERT_TYPES => match &connection.negotiated.borrow().certificate_types {
            // SAFETY: as above.
            Some(types) if !connection.is_server() => unsafe { give_types(parg.cast(), types) },
            _ => 0,
        },
        cmd::SET_CLIENT_CERT_TYPES if connection.serves() => set_cert_types(parg, larg),
        // The private half of it is rustls's.
        cmd::GET_TMP_KEY => ffi::refused("SSL_get_tmp_key", 0),
        cmd::SET_RETRY_VERIFY => {
            connection.verify_later.set(true);
            ffi::refused("SSL_set_retry_verify", 0)
        }
        cmd::GET_PEER_TMP_KEY => match connection.peer_tmp_key() {
            Some(key) if !parg.is_null() => {
                // SAFETY: as above; C gets the reference.
                unsafe { parg.cast::<*mut EVP_PKEY>().write(key.into_ptr()) };
                1
            }
            _ => 0,
        },
        // SAFETY: the caller's promise: NULL or a DH.
        cmd::SET_TMP_DH => unsafe { check_tmp_dh(parg, connection.judge()) },
        _ => 0,
    }
}

/// Points `*to` at bytes that the connection keeps: their number, or 0, nothing
/// written, when there are none.
///
/// # Safety
/// `to` is NULL or writable.
unsafe fn give(to: *mut *const c_uchar, bytes: &[u8]) -> c_long {
    if !bytes.is_empty() {
        // SAFETY: the caller's promise.
        unsafe { ffi::write(to, bytes.as_ptr()) };
    }
    bytes.len() as c_long
}

/// SNI that a client asks for; NULL takes it back.
///
/// # Safety
/// `name` is NULL or a string.
pub(super) unsafe fn set_hostname(connection: &Connection, kind: c_long, name: *const c_char) -> c_long {
    const HOST_NAME: c_long = 0;
    const MAX_LEN: usize = 255;
    if kind != HOST_NAME {
        err::raise(reason::SSL3_EXT_INVALID_SERVERNAME_TYPE);
        return 0;
    }
    connection.hostname.replace(None);
    if name.is_null() {
        return 1;
    }
    // SAFETY: the caller's promise.
    let name: CString = unsafe { CStr::from_ptr(name) }.into();
    if name.is_empty() || name.count_bytes() > MAX_LEN {
        err::raise(reason::SSL3_EXT_INVALID_SERVERNAME);
        return 0;
    }
    connection.hostname.replace(Some(name));
    1
}

/// The certificate types of a request: NULL and none in TLS 1.3.
///
/// # Safety
/// `to` is NULL or writable.
unsafe fn give_types(to: *mut *const c_uchar, types: &[u8]) -> c_long {
    // SAFETY: the caller's promise. The connection keeps them.
    unsafe { ffi::write(to, if types.is_empty() { std::ptr::null() } else { types.as_ptr() }) };
    types.len() as c_long
}

/// The OCSP response: what a server's application set, or what a client that
/// asked was sent. It stays the connection's. The length, or -1 when there is
/// none.
///
/// # Safety
/// `to` is NULL or writable.
unsafe fn status_response(connection: &Connection, to: *mut *const c_uchar) -> c_long {
    let response = connection.status_response.borrow();
    // SAFETY: the caller's promise.
    unsafe { ffi::write(to, response.as_ptr()) };
    match response.as_slice() {
        [] => -1,
        bytes => bytes.len() as c_long,
    }
}

/// Accepts DH parameters that OpenSSL would accept. They have no effect: rustls
/// has no DHE suites.
///
/// # Safety
/// `dh` is NULL or a live DH.
unsafe fn check_tmp_dh(dh: *mut c_void, judge: Judge) -> c_long {
    if dh.is_null() {
        err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
        return 0;
    }
    // SAFETY: the caller's promise.
    let Some(key) = (unsafe { tmp_key::dh_key(dh.cast()) }) else {
        err::raise(err::ERR_R_DH_LIB);
        return 0;
    };
    tmp_dh_is_strong(Some(&key), judge).into()
}

/// Whether DH parameters are secure enough; otherwise an error.
pub(crate) fn tmp_dh_is_strong(key: Option<&EvpPkey>, judge: Judge) -> bool {
    let strong = judge.allows_dh(key);
    if !strong {
        err::raise(reason::DH_KEY_TOO_SMALL);
    }
    strong
}
