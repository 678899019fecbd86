//! ALPN, server names, custom extensions.

use std::sync::Arc;

use libc::*;

use super::{connection, context};
use crate::boundary::Callback;
use crate::connection::{Connection, Role};
use crate::context::Context;
use crate::context::alpn::{self, Selection};
use crate::context::callbacks::WithArg;
use crate::context::custom_ext::{CustomExtension, Endpoint, Handler, ext, is_built_in};
use crate::context::serverinfo;
use crate::ffi::types::*;
use crate::ffi::{self, guard};
use crate::libcrypto::err;
use crate::libcrypto::pem::File;
use crate::reason;

const TLSEXT_NAMETYPE_HOST_NAME: c_int = 0;
const OPENSSL_NPN_NEGOTIATED: c_int = 1;
const OPENSSL_NPN_NO_OVERLAP: c_int = 2;

/// Adds an extension that clients send in TLS 1.2 and that `parse_cb` reads in the
/// ServerHello; without `add_cb` it is empty. 1, or 0 for a type that the library
/// handles itself or that was added already, and for `free_cb` without `add_cb`.
/// What `add_cb` gives, `free_cb` gets back. `SSL_CTX_add_client_custom_ext(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callbacks stay callable while it and its
/// connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_client_custom_ext(
    ctx: *mut SSL_CTX,
    ext_type: c_uint,
    add_cb: custom_ext_add_cb,
    free_cb: custom_ext_free_cb,
    add_arg: *mut c_void,
    parse_cb: custom_ext_parse_cb,
    parse_arg: *mut c_void,
) -> c_int {
    guard(0, || {
        let handler = old_handler(add_cb, free_cb, add_arg, parse_cb, parse_arg);
        // SAFETY: the caller's promise.
        add_extension(unsafe { context(ctx) }, Endpoint::Client, ext_type, ext::OLD, handler)
    })
}

/// Adds an extension to the messages that `context` names (`SSL_EXT_*`), sent by
/// `add_cb` and read by `parse_cb`. Without `add_cb` it is sent in ClientHellos
/// alone, and empty; what `add_cb` gives, `free_cb` gets back. 1, or 0 for a type
/// that the library handles itself or that was added already, and for `free_cb`
/// without `add_cb`. Connections made from now on have it.
/// `SSL_CTX_add_custom_ext(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callbacks stay callable while it and its
/// connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_custom_ext(
    ctx: *mut SSL_CTX,
    ext_type: c_uint,
    context: c_uint,
    add_cb: SSL_custom_ext_add_cb_ex,
    free_cb: SSL_custom_ext_free_cb_ex,
    add_arg: *mut c_void,
    parse_cb: SSL_custom_ext_parse_cb_ex,
    parse_arg: *mut c_void,
) -> c_int {
    guard(0, || {
        if add_cb.is_none() && free_cb.is_some() {
            return 0;
        }
        let add = WithArg::from_c(add_cb, add_arg);
        let parse = WithArg::from_c(parse_cb, parse_arg);
        let handler = Handler::Callbacks { add, free: Callback::from_c(free_cb), parse };
        // SAFETY: the caller's promise.
        add_extension(unsafe { super::context(ctx) }, Endpoint::Both, ext_type, context, handler)
    })
}

/// Adds an extension that servers send in TLS 1.2 to clients that have sent it, and
/// that `parse_cb` reads in the ClientHello; without `add_cb` it is empty. As
/// `SSL_CTX_add_client_custom_ext` otherwise. `SSL_CTX_add_server_custom_ext(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; the callbacks stay callable while it and its
/// connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_add_server_custom_ext(
    ctx: *mut SSL_CTX,
    ext_type: c_uint,
    add_cb: custom_ext_add_cb,
    free_cb: custom_ext_free_cb,
    add_arg: *mut c_void,
    parse_cb: custom_ext_parse_cb,
    parse_arg: *mut c_void,
) -> c_int {
    guard(0, || {
        let handler = old_handler(add_cb, free_cb, add_arg, parse_cb, parse_arg);
        // SAFETY: the caller's promise.
        add_extension(unsafe { context(ctx) }, Endpoint::Server, ext_type, ext::OLD, handler)
    })
}

/// Whether an extension of this type was added that clients send: 1 or 0.
/// `SSL_CTX_has_client_custom_ext(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_has_client_custom_ext(ctx: *const SSL_CTX, ext_type: c_uint) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(ctx) };
        ctx.is_some_and(|ctx| ctx.settings(|s| s.custom_extensions.position(Endpoint::Client, ext_type).is_some()))
            .into()
    })
}

/// What clients offer by ALPN, copied: names with a length byte before each.
/// NULL or no bytes offer nothing. 0 on success, 1 for a malformed list or,
/// with an error, for NULL. `SSL_CTX_set_alpn_protos(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `protos` is NULL or readable for `protos_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_alpn_protos(
    ctx: *mut SSL_CTX,
    protos: *const c_uchar,
    protos_len: c_uint,
) -> c_int {
    guard(1, || {
        // SAFETY: the caller's promise.
        let (ctx, list) = unsafe { (context(ctx), offer(protos, protos_len)) };
        match (ctx, list) {
            (Some(ctx), Some(list)) => {
                ctx.update(|s| s.alpn = list);
                0
            }
            _ => 1,
        }
    })
}

/// Chooses a server's ALPN protocol among those that a client offers. What it
/// points `*out` to must outlive the call. `SSL_CTX_set_alpn_select_cb(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `cb` stays callable while connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_alpn_select_cb(
    ctx: *mut SSL_CTX,
    cb: SSL_CTX_alpn_select_cb_func,
    arg: *mut c_void,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_callbacks(|c| c.alpn_select = WithArg::from_c(cb, arg));
        }
    })
}

/// Would choose a protocol by NPN, which ALPN replaced. Never called, as in an
/// OpenSSL built without NPN. `SSL_CTX_set_next_proto_select_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_next_proto_select_cb(
    _s: *mut SSL_CTX,
    _cb: SSL_CTX_npn_select_cb_func,
    _arg: *mut c_void,
) {
}

/// Would list a server's protocols for NPN, which ALPN replaced. Never called,
/// as in an OpenSSL built without NPN. `SSL_CTX_set_next_protos_advertised_cb(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_next_protos_advertised_cb(
    _s: *mut SSL_CTX,
    _cb: SSL_CTX_npn_advertised_cb_func,
    _arg: *mut c_void,
) {
}

/// Has clients ask for shorter records (`TLSEXT_max_fragment_length_*`; 0 asks for
/// nothing, the default): 1, or 0 with an error for another mode.
/// `SSL_CTX_set_tlsext_max_fragment_length(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_tlsext_max_fragment_length(ctx: *mut SSL_CTX, mode: u8) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(ctx) };
        let Some(ctx) = ctx.filter(|_| is_fragment_mode(mode)) else { return 0 };
        ctx.update(|s| s.max_fragment_mode = mode);
        1
    })
}

/// As `SSL_CTX_use_serverinfo_ex` with version 1 (`SSL_SERVERINFOV1`).
/// `SSL_CTX_use_serverinfo(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `serverinfo` is NULL or readable for
/// `serverinfo_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_serverinfo(
    ctx: *mut SSL_CTX,
    serverinfo: *const c_uchar,
    serverinfo_length: size_t,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { SSL_CTX_use_serverinfo_ex(ctx, serverinfo::V1, serverinfo, serverinfo_length) }
}

/// Has servers send extensions, copied, with the current certificate to clients that
/// send empty ones of the same types. Version 2 (`SSL_SERVERINFOV2`) is a list of
/// contexts (`SSL_EXT_*`, 4 bytes), each with an extension; version 1 one extension
/// of TLS 1.2. 1, or 0 with an error. `SSL_CTX_use_serverinfo_ex(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `serverinfo` is NULL or readable for
/// `serverinfo_length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_serverinfo_ex(
    ctx: *mut SSL_CTX,
    version: c_uint,
    serverinfo: *const c_uchar,
    serverinfo_length: size_t,
) -> c_int {
    guard(0, || {
        if ctx.is_null() || serverinfo.is_null() || serverinfo_length == 0 {
            err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
            return 0;
        }
        // SAFETY: the caller's promise.
        let (ctx, info) = unsafe { (context(ctx), ffi::bytes(serverinfo, serverinfo_length)) };
        ctx.zip(info).is_some_and(|(ctx, info)| use_serverinfo(ctx, version, info)).into()
    })
}

/// As `SSL_CTX_use_serverinfo_ex`, from a PEM file with blocks named `SERVERINFO FOR`
/// or `SERVERINFOV2 FOR`, each of one extension. 1, or 0 with an error.
/// `SSL_CTX_use_serverinfo_file(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX, `file` NULL or a C string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_use_serverinfo_file(ctx: *mut SSL_CTX, file: *const c_char) -> c_int {
    guard(0, || {
        if ctx.is_null() || file.is_null() {
            err::raise(err::ERR_R_PASSED_NULL_PARAMETER);
            return 0;
        }
        // SAFETY: the caller's promise.
        let Some(ctx) = (unsafe { context(ctx) }) else { return 0 };
        // SAFETY: the caller's promise.
        let Some(file) = (unsafe { File::open(file, &ctx.library) }) else {
            err::raise(err::ERR_R_SYS_LIB);
            return 0;
        };
        match serverinfo_blocks(&file) {
            Ok(list) => use_serverinfo(ctx, serverinfo::V2, &list).into(),
            Err(reason) => {
                err::raise(reason);
                0
            }
        }
    })
}

/// Whether the library itself handles extensions of this type.
/// `SSL_extension_supported(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_extension_supported(ext_type: c_uint) -> c_int {
    u16::try_from(ext_type).is_ok_and(is_built_in).into()
}

/// The protocol that ALPN selected, not NUL-terminated, or NULL and 0. It stays
/// the connection's. `SSL_get0_alpn_selected(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `data` and `len` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_alpn_selected(ssl: *const SSL, data: *mut *const c_uchar, len: *mut c_uint) {
    guard((), || {
        // SAFETY: the caller's promise.
        let connection = unsafe { connection(ssl) };
        let (start, count) = connection.map_or((std::ptr::null(), 0), |connection| {
            let alpn = &connection.negotiated.borrow().alpn;
            if alpn.is_empty() { (std::ptr::null(), 0) } else { (alpn.as_ptr(), alpn.len() as c_uint) }
        });
        // SAFETY: the caller's promise.
        unsafe {
            ffi::write(data, start);
            ffi::write(len, count);
        }
    })
}

/// The protocol that NPN selected: never one, NULL and 0.
/// `SSL_get0_next_proto_negotiated(3)`.
///
/// # Safety
/// `data` and `len` are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get0_next_proto_negotiated(_s: *const SSL, data: *mut *const c_uchar, len: *mut c_uint) {
    // SAFETY: the caller's promise.
    unsafe {
        ffi::write(data, std::ptr::null());
        ffi::write(len, 0);
    }
}

/// The name in SNI: what a client asks for, or a server was asked for; NULL
/// when there is none. It stays the connection's or its session's.
/// `SSL_get_servername(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_servername(s: *const SSL, type_: c_int) -> *const c_char {
    guard(std::ptr::null(), || {
        // SAFETY: the caller's promise.
        let connection = unsafe { connection(s) };
        match connection {
            Some(connection) if type_ == TLSEXT_NAMETYPE_HOST_NAME => server_name(&connection),
            _ => std::ptr::null(),
        }
    })
}

/// 0 (`TLSEXT_NAMETYPE_host_name`) when `SSL_get_servername` has a name, -1
/// otherwise. `SSL_get_servername_type(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_servername_type(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    let name = unsafe { SSL_get_servername(s, TLSEXT_NAMETYPE_HOST_NAME) };
    if name.is_null() { -1 } else { TLSEXT_NAMETYPE_HOST_NAME }
}

/// Chooses the first protocol of the server's list that the client has too: 1
/// (`OPENSSL_NPN_NEGOTIATED`), `*out` inside the server's list. Otherwise 2
/// (`OPENSSL_NPN_NO_OVERLAP`), `*out` the client's first protocol, or NULL when
/// its list is empty. `SSL_select_next_proto(3)`.
///
/// # Safety
/// The lists are NULL or readable for their lengths; `out` and `outlen` are
/// NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_select_next_proto(
    out: *mut *mut c_uchar,
    outlen: *mut c_uchar,
    inp: *const c_uchar,
    inlen: c_uint,
    client: *const c_uchar,
    client_len: c_uint,
) -> c_int {
    guard(OPENSSL_NPN_NO_OVERLAP, || {
        // SAFETY: the caller's promise.
        let (server, client) = unsafe { (ffi::bytes(inp, inlen as usize), ffi::bytes(client, client_len as usize)) };
        let selection = alpn::select(server.unwrap_or_default(), client.unwrap_or_default());
        let (answer, name) = match selection {
            Selection::Negotiated(name) => (OPENSSL_NPN_NEGOTIATED, Some(name)),
            Selection::NoOverlap(name) => (OPENSSL_NPN_NO_OVERLAP, name),
        };
        // SAFETY: the caller's promise.
        unsafe {
            ffi::write(out, name.map_or(std::ptr::null_mut(), |name| name.as_ptr().cast_mut()));
            ffi::write(outlen, name.map_or(0, |name| name.len() as c_uchar));
        }
        answer
    })
}

/// As `SSL_CTX_set_alpn_protos`, for one connection. `SSL_set_alpn_protos(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `protos` is NULL or readable for `protos_len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_alpn_protos(ssl: *mut SSL, protos: *const c_uchar, protos_len: c_uint) -> c_int {
    guard(1, || {
        // SAFETY: the caller's promise.
        let (connection, list) = unsafe { (connection(ssl), offer(protos, protos_len)) };
        match (connection, list) {
            (Some(connection), Some(list)) => {
                connection.settings.borrow_mut().alpn = list;
                0
            }
            _ => 1,
        }
    })
}

/// As `SSL_CTX_set_tlsext_max_fragment_length`, for one connection.
/// `SSL_set_tlsext_max_fragment_length(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_tlsext_max_fragment_length(ssl: *mut SSL, mode: u8) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let connection = unsafe { connection(ssl) };
        let Some(connection) = connection.filter(|_| is_fragment_mode(mode)) else { return 0 };
        connection.settings.borrow_mut().max_fragment_mode = mode;
        1
    })
}

/// Whether records may be of this mode; an error on the queue if not.
fn is_fragment_mode(mode: u8) -> bool {
    let known = mode <= 4;
    if !known {
        err::raise(reason::SSL3_EXT_INVALID_MAX_FRAGMENT_LENGTH);
    }
    known
}

fn old_handler(
    add_cb: custom_ext_add_cb,
    free_cb: custom_ext_free_cb,
    add_arg: *mut c_void,
    parse_cb: custom_ext_parse_cb,
    parse_arg: *mut c_void,
) -> Handler {
    let add = WithArg::from_c(add_cb, add_arg);
    let parse = WithArg::from_c(parse_cb, parse_arg);
    Handler::OldCallbacks { add, free: Callback::from_c(free_cb), parse }
}

/// Adds an extension to a context's: 1, or 0 where there may be no such.
fn add_extension(ctx: Option<&Context>, role: Endpoint, kind: c_uint, context: c_uint, handler: Handler) -> c_int {
    let Some(ctx) = ctx else { return 0 };
    let Ok(kind) = u16::try_from(kind) else { return 0 };
    ctx.add_custom_extension(CustomExtension { role, kind, context, handler }).into()
}

fn use_serverinfo(ctx: &Context, version: c_uint, info: &[u8]) -> bool {
    serverinfo::configure(ctx, version, info).map_err(err::raise).is_ok()
}

/// The blocks of a file as one version 2 list; an error is the reason.
fn serverinfo_blocks(file: &File) -> Result<Vec<u8>, c_int> {
    const V1_NAME: &[u8] = b"SERVERINFO FOR ";
    const V2_NAME: &[u8] = b"SERVERINFOV2 FOR ";
    let mut list = Vec::new();
    while let Some((name, block)) = file.pem_block() {
        let context = match &name[..] {
            name if name.starts_with(V1_NAME) => serverinfo::context_of_version_1().to_vec(),
            name if name.starts_with(V2_NAME) => Vec::new(),
            name if name.len() < V2_NAME.len() => return Err(reason::PEM_NAME_TOO_SHORT),
            _ => return Err(reason::PEM_NAME_BAD_PREFIX),
        };
        let entry = [context, block].concat();
        let is_one = entry.len() >= 8 && usize::from(u16::from_be_bytes([entry[6], entry[7]])) == entry.len() - 8;
        if !is_one {
            return Err(reason::BAD_DATA);
        }
        list.extend(entry);
    }
    if list.is_empty() { Err(reason::NO_PEM_EXTENSIONS) } else { Ok(list) }
}

/// An ALPN list that may be offered; `None` when it is malformed.
///
/// # Safety
/// `protos` is NULL or readable for `len` bytes.
unsafe fn offer(protos: *const c_uchar, len: c_uint) -> Option<Arc<[u8]>> {
    if protos.is_null() || len == 0 {
        return Some(Arc::from([]));
    }
    // SAFETY: the caller's promise.
    let list = unsafe { ffi::bytes(protos, len as usize) }?;
    alpn::is_valid(list).then(|| Arc::from(list))
}

/// Which name counts, a session's or the connection's: OpenSSL's rules.
fn server_name(connection: &Connection) -> *const c_char {
    const TLS1_3: c_int = 0x0304;
    let is_tls13 = c_int::from(connection.negotiated.borrow().version) == TLS1_3;
    let resumed = connection.reused.get() && !is_tls13;
    let own = connection.hostname.borrow().as_ref().map_or(std::ptr::null(), |name| name.as_ptr());
    let session = || {
        let session = connection.session.borrow();
        session.as_ref().map_or(std::ptr::null(), |session| {
            session.read(|fields| fields.hostname.as_ref().map_or(std::ptr::null(), |name| name.as_ptr()))
        })
    };
    if connection.role.get() == Role::Server {
        return if resumed { session() } else { own };
    }
    if connection.state.get().is_before() {
        let offers_tls12 = connection.session.borrow().as_ref().is_some_and(|s| s.read(|f| f.version) != TLS1_3);
        return if own.is_null() && offers_tls12 { session() } else { own };
    }
    let resumed_name = if resumed { session() } else { std::ptr::null() };
    if resumed_name.is_null() { own } else { resumed_name }
}
