//! Info, message and key log callbacks; padding; ephemeral DH keys.

use libc::*;

use super::ctrl::tmp_dh_is_strong;
use super::{connection, context};
use crate::boundary::Callback;
use crate::connection::Inherited;
use crate::context::security::Judge;
use crate::ffi::types::*;
use crate::ffi::{bytes, guard};
use crate::libcrypto::bio::Bio;
use crate::libcrypto::evp::EvpPkey;
use crate::trace;

/// The callback that `SSL_CTX_set_info_callback` set, or NULL.
/// `SSL_CTX_get_info_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_info_callback(
    ctx: *mut SSL_CTX,
) -> Option<unsafe extern "C" fn(*const SSL, c_int, c_int)> {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { context(ctx) }?.inherited().info.map(Callback::to_c))
}

/// The callback that `SSL_CTX_set_keylog_callback` set, or NULL.
/// `SSL_CTX_get_keylog_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_keylog_callback(ctx: *const SSL_CTX) -> SSL_CTX_keylog_cb_func {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { context(ctx) }?.callbacks().keylog.map(Callback::to_c))
}

/// The argument that `SSL_CTX_set_record_padding_callback_arg` set, or NULL.
/// `SSL_CTX_get_record_padding_callback_arg(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_get_record_padding_callback_arg(ctx: *const SSL_CTX) -> *mut c_void {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(ctx) };
        ctx.map_or(std::ptr::null_mut(), |ctx| ctx.inherited().padding.arg)
    })
}

/// Takes over DH parameters that fit the security level: 1, or 0 with an error,
/// the key still the caller's. They have no effect: rustls has no DHE suites.
/// `SSL_CTX_set0_tmp_dh_pkey(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `dhpkey` is NULL or a key that the caller
/// owns a reference of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set0_tmp_dh_pkey(ctx: *mut SSL_CTX, dhpkey: *mut EVP_PKEY) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let ctx = unsafe { context(ctx) };
        // SAFETY: as above.
        ctx.is_some_and(|ctx| unsafe { take_tmp_dh(dhpkey, ctx.judge()) }).into()
    })
}

/// Pads TLS 1.3 records to multiples of `block_size` bytes, on connections made
/// from now on; 0 and 1 mean no padding. 1, or 0 above 16,384.
/// `SSL_CTX_set_block_padding(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_block_padding(ctx: *mut SSL_CTX, block_size: size_t) -> c_int {
    let Some(block) = padding_block(block_size) else { return 0 };
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.block_padding = block) }
    1
}

/// What a block size stands for; `None` when it is too large.
fn padding_block(size: size_t) -> Option<usize> {
    const MAX_PLAINTEXT: usize = 16384;
    match size {
        1 => Some(0),
        _ => (size <= MAX_PLAINTEXT).then_some(size),
    }
}

/// Is told of state changes and alerts on connections that have no info
/// callback of their own. `SSL_CTX_set_info_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `cb` stays callable while connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_info_callback(
    ctx: *mut SSL_CTX,
    cb: Option<unsafe extern "C" fn(*const SSL, c_int, c_int)>,
) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.info = Callback::from_c(cb)) }
}

/// Is given each secret as a line of an SSLKEYLOGFILE. `line` is valid during
/// the call only. `SSL_CTX_set_keylog_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `cb` stays callable while connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_keylog_callback(ctx: *mut SSL_CTX, cb: SSL_CTX_keylog_cb_func) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_callbacks(|c| c.keylog = Callback::from_c(cb));
        }
    })
}

/// Is shown protocol messages of connections made from now on. The message is
/// valid during the call only. `SSL_CTX_set_msg_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `cb` stays callable while connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_msg_callback(
    ctx: *mut SSL_CTX,
    cb: Option<unsafe extern "C" fn(c_int, c_int, c_int, *const c_void, size_t, *mut SSL, *mut c_void)>,
) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.msg.function = Callback::from_c(cb)) }
}

/// Is asked how many bytes of padding each TLS 1.3 record gets, on connections
/// made from now on: it is told the record's type and length. At most as many
/// are added as the record has room for. `SSL_CTX_set_record_padding_callback(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX; `cb` stays callable while connections live.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_record_padding_callback(
    ctx: *mut SSL_CTX,
    cb: Option<unsafe extern "C" fn(*mut SSL, c_int, size_t, *mut c_void) -> size_t>,
) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.padding.function = Callback::from_c(cb)) }
}

/// The argument of the padding callback. `SSL_CTX_set_record_padding_callback_arg(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_record_padding_callback_arg(ctx: *mut SSL_CTX, arg: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { inherit(ctx, |i| i.padding.arg = arg) }
}

/// Would supply DH parameters. Accepted without effect: rustls has no DHE
/// suites. `SSL_CTX_set_tmp_dh_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_CTX_set_tmp_dh_callback(
    _ctx: *mut SSL_CTX,
    _dh: Option<unsafe extern "C" fn(*mut SSL, c_int, c_int) -> *mut DH>,
) {
}

/// The callback that `SSL_set_info_callback` set, or NULL.
/// `SSL_get_info_callback(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_info_callback(
    ssl: *const SSL,
) -> Option<unsafe extern "C" fn(*const SSL, c_int, c_int)> {
    // SAFETY: the caller's promise.
    guard(None, || unsafe { connection(ssl) }?.inherited.get().info.map(Callback::to_c))
}

/// The argument of the padding callback, or NULL.
/// `SSL_get_record_padding_callback_arg(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_record_padding_callback_arg(ssl: *const SSL) -> *mut c_void {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise.
        let connection = unsafe { connection(ssl) };
        connection.map_or(std::ptr::null_mut(), |c| c.inherited.get().padding.arg)
    })
}

/// As `SSL_CTX_set0_tmp_dh_pkey`, for one connection. `SSL_set0_tmp_dh_pkey(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL; `dhpkey` is NULL or a key that the caller owns a
/// reference of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set0_tmp_dh_pkey(s: *mut SSL, dhpkey: *mut EVP_PKEY) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise.
        let connection = unsafe { connection(s) };
        // SAFETY: as above.
        connection.is_some_and(|c| unsafe { take_tmp_dh(dhpkey, c.judge()) }).into()
    })
}

/// As `SSL_CTX_set_block_padding`, for one connection. `SSL_set_block_padding(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_block_padding(ssl: *mut SSL, block_size: size_t) -> c_int {
    let Some(block) = padding_block(block_size) else { return 0 };
    // SAFETY: the caller's promise.
    unsafe { own(ssl, |i| i.block_padding = block) }
    1
}

/// Does nothing, as in OpenSSL. `SSL_set_debug(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_debug(_s: *mut SSL, _debug: c_int) {}

/// Is told of this connection's state changes and alerts.
/// `SSL_set_info_callback(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `cb` stays callable while it lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_info_callback(
    ssl: *mut SSL,
    cb: Option<unsafe extern "C" fn(*const SSL, c_int, c_int)>,
) {
    // SAFETY: the caller's promise.
    unsafe { own(ssl, |i| i.info = Callback::from_c(cb)) }
}

/// Is shown this connection's protocol messages. The message is valid during
/// the call only. `SSL_set_msg_callback(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `cb` stays callable while it lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_msg_callback(
    ssl: *mut SSL,
    cb: Option<unsafe extern "C" fn(c_int, c_int, c_int, *const c_void, size_t, *mut SSL, *mut c_void)>,
) {
    // SAFETY: the caller's promise.
    unsafe { own(ssl, |i| i.msg.function = Callback::from_c(cb)) }
}

/// As `SSL_CTX_set_record_padding_callback`, for one connection: 1.
/// `SSL_set_record_padding_callback(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `cb` stays callable while it lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_record_padding_callback(
    ssl: *mut SSL,
    cb: Option<unsafe extern "C" fn(*mut SSL, c_int, size_t, *mut c_void) -> size_t>,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { own(ssl, |i| i.padding.function = Callback::from_c(cb)) }
    1
}

/// The argument of the padding callback. `SSL_set_record_padding_callback_arg(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_record_padding_callback_arg(ssl: *mut SSL, arg: *mut c_void) {
    // SAFETY: the caller's promise.
    unsafe { own(ssl, |i| i.padding.arg = arg) }
}

/// Would supply DH parameters. Accepted without effect: rustls has no DHE
/// suites. `SSL_set_tmp_dh_callback(3)`.
///
/// # Safety
/// None needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_tmp_dh_callback(
    _ssl: *mut SSL,
    _dh: Option<unsafe extern "C" fn(*mut SSL, c_int, c_int) -> *mut DH>,
) {
}

/// A message callback that prints the messages to the BIO `arg`; nothing when
/// `ssl` or `arg` is NULL. `SSL_trace(3)`.
///
/// # Safety
/// `buf` is readable for `len` bytes; `ssl` is NULL or a live SSL, `arg` NULL or a
/// live BIO.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_trace(
    write_p: c_int,
    _version: c_int,
    content_type: c_int,
    buf: *const c_void,
    len: size_t,
    ssl: *mut SSL,
    arg: *mut c_void,
) {
    guard((), || {
        // SAFETY: the caller's promise.
        let (connection, bio) = unsafe { (connection(ssl), Bio::share_ptr(arg.cast())) };
        let (Some(connection), Some(bio)) = (connection, bio) else { return };
        // SAFETY: the caller's promise.
        let message = unsafe { bytes(buf.cast(), len) }.unwrap_or_default();
        trace::message(&bio, connection.view(write_p != 0), content_type, message);
    })
}

/// Changes what connections of `ctx` to come start with.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
pub(super) unsafe fn inherit(ctx: *mut SSL_CTX, change: impl FnOnce(&mut Inherited)) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(ctx) = unsafe { context(ctx) } {
            ctx.update_inherited(change);
        }
    })
}

/// Changes a connection's own callbacks.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
pub(super) unsafe fn own(ssl: *mut SSL, change: impl FnOnce(&mut Inherited)) {
    guard((), || {
        // SAFETY: the caller's promise.
        if let Some(connection) = unsafe { connection(ssl) } {
            let mut inherited = connection.inherited.get();
            change(&mut inherited);
            connection.inherited.set(inherited);
        }
    })
}

/// Takes over a key that fits the security level and drops it.
///
/// # Safety
/// `key` is NULL or a key that the caller owns a reference of.
unsafe fn take_tmp_dh(key: *mut EVP_PKEY, judge: Judge) -> bool {
    // SAFETY: the caller's promise; the reference is only looked at for now.
    let taken = tmp_dh_is_strong(unsafe { EvpPkey::share_ptr(key) }.as_ref(), judge);
    if taken {
        // SAFETY: ours now.
        drop(unsafe { EvpPkey::from_ptr(key) });
    }
    taken
}
