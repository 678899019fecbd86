//! `SSL_read(3)`, `SSL_write(3)`, `SSL_shutdown(3)`, `SSL_get_error(3)`.

use std::rc::Rc;

use libc::*;

use super::connection::{ssl, with};
use crate::connection::io::Stop;
use crate::connection::{Connection, RECEIVED_SHUTDOWN, Role, SENT_SHUTDOWN, Want};
use crate::ffi::guard;
use crate::ffi::types::*;
use crate::libcrypto::bio::{Bio, Retry};
use crate::libcrypto::err;
use crate::reason;

const SSL_ERROR_NONE: c_int = 0;
const SSL_ERROR_SSL: c_int = 1;
const SSL_ERROR_WANT_READ: c_int = 2;
const SSL_ERROR_WANT_WRITE: c_int = 3;
const SSL_ERROR_WANT_X509_LOOKUP: c_int = 4;
const SSL_ERROR_SYSCALL: c_int = 5;
const SSL_ERROR_ZERO_RETURN: c_int = 6;
const SSL_ERROR_WANT_CONNECT: c_int = 7;
const SSL_ERROR_WANT_ACCEPT: c_int = 8;
const SSL_ERROR_WANT_CLIENT_HELLO_CB: c_int = 11;
const SSL_ERROR_WANT_RETRY_VERIFY: c_int = 12;

/// The program's buffer to be filled; empty for NULL.
///
/// # Safety
/// `buf` is NULL or writable for `num` bytes, for the length of the call.
pub(super) unsafe fn target<'a>(buf: *mut c_void, num: usize) -> &'a mut [u8] {
    if buf.is_null() || num == 0 {
        return &mut [];
    }
    // SAFETY: the caller's promise. Programs may pass memory that was never
    // written; it is only written here.
    unsafe { std::slice::from_raw_parts_mut(buf.cast(), num) }
}

/// The program's data to be sent; empty for NULL.
///
/// # Safety
/// `buf` is NULL or readable for `num` bytes, for the length of the call.
pub(super) unsafe fn source<'a>(buf: *const c_void, num: usize) -> &'a [u8] {
    if buf.is_null() || num == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(buf.cast(), num) }
}

fn length(num: c_int) -> Option<usize> {
    let length = usize::try_from(num).ok();
    if length.is_none() {
        err::raise(reason::BAD_LENGTH);
    }
    length
}

fn count(result: Result<usize, Stop>) -> c_int {
    match result {
        Ok(count) => c_int::try_from(count).unwrap_or(c_int::MAX),
        Err(stop) => stop.code(),
    }
}

/// The `_ex` form: 1 and the count in `*done`, or 0.
///
/// # Safety
/// `done` is NULL or writable.
unsafe fn count_ex(result: Result<usize, Stop>, done: *mut size_t) -> c_int {
    // SAFETY: the caller's promise.
    let done = unsafe { done.as_mut() };
    match result {
        Ok(count) => {
            if let Some(done) = done {
                *done = count;
            }
            1
        }
        Err(_) => {
            if let Some(done) = done {
                *done = 0;
            }
            0
        }
    }
}

/// Reads up to `num` bytes of application data into `buf`, after finishing the
/// handshake if it is not. The count, at most one record's; 0 at the end of
/// the connection; -1 on failure or when it must be called again. A negative
/// `num` is `SSL_R_BAD_LENGTH`. `SSL_read(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `buf` is writable for `num` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_read(ssl: *mut SSL, buf: *mut c_void, num: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(ssl, -1, |connection| match length(num) {
            Some(num) => count(connection.read(target(buf, num))),
            None => -1,
        })
    }
}

/// As [`SSL_read`], with the count in `*readbytes`: 1 on success, else 0.
/// `SSL_read_ex(3)`.
///
/// # Safety
/// As [`SSL_read`]; `readbytes` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_read_ex(ssl: *mut SSL, buf: *mut c_void, num: size_t, readbytes: *mut size_t) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(ssl, 0, |connection| count_ex(connection.read(target(buf, num)), readbytes)) }
}

/// As [`SSL_read`], but what was read can be read again. `SSL_peek(3)`.
///
/// # Safety
/// As [`SSL_read`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_peek(ssl: *mut SSL, buf: *mut c_void, num: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(ssl, -1, |connection| match length(num) {
            Some(num) => count(connection.peek(target(buf, num))),
            None => -1,
        })
    }
}

/// As [`SSL_peek`], with the count in `*readbytes`: 1 on success, else 0.
/// `SSL_peek_ex(3)`.
///
/// # Safety
/// As [`SSL_read_ex`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_peek_ex(ssl: *mut SSL, buf: *mut c_void, num: size_t, readbytes: *mut size_t) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(ssl, 0, |connection| count_ex(connection.peek(target(buf, num)), readbytes)) }
}

/// Sends `num` bytes of application data, after finishing the handshake if it
/// is not. The count; 0 or negative on failure or when it must be called again
/// with the same arguments (`SSL_R_BAD_WRITE_RETRY` otherwise). A negative
/// `num` is `SSL_R_BAD_LENGTH`. `SSL_write(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL; `buf` is readable for `num` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_write(ssl: *mut SSL, buf: *const c_void, num: c_int) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(ssl, -1, |connection| match length(num) {
            Some(num) => count(connection.write(source(buf, num))),
            None => -1,
        })
    }
}

/// As [`SSL_write`], with the count in `*written`: 1 on success, else 0.
/// `SSL_write_ex(3)`.
///
/// # Safety
/// As [`SSL_write`]; `written` is writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_write_ex(s: *mut SSL, buf: *const c_void, num: size_t, written: *mut size_t) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| count_ex(connection.write(source(buf, num)), written)) }
}

/// Would let the kernel encrypt a file. Always -1 with an error: as in Debian's
/// OpenSSL, which is built without the kernel's TLS, no connection uses it.
/// `SSL_sendfile(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_sendfile(
    s: *mut SSL,
    _fd: c_int,
    _offset: off_t,
    _size: size_t,
    _flags: c_int,
) -> ssize_t {
    let refuse = |connection: &Connection| {
        let closed = connection.role.get() != Role::Undecided && connection.shutdown.get() & SENT_SHUTDOWN != 0;
        err::raise(if closed { reason::PROTOCOL_IS_SHUTDOWN } else { reason::UNINITIALIZED });
        -1
    };
    // SAFETY: the caller's promise.
    unsafe { with(s, -1, refuse) }
}

/// Bytes of application data that `SSL_read` will deliver without reading from
/// the BIO. `SSL_pending(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_pending(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| c_int::try_from(connection.buffers.pending()).unwrap_or(c_int::MAX)) }
}

/// 1 when bytes were read from the BIO that are not delivered yet. `SSL_has_pending(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_has_pending(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| c_int::from(connection.buffers.has_unread())) }
}

/// Sends close_notify, or, when that was done, waits for the peer's. 1 when
/// both passed, 0 when only ours did, negative on failure or when it must be
/// called again; `SSL_R_SHUTDOWN_WHILE_IN_INIT` during a handshake. `SSL_shutdown(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_shutdown(s: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, -1, |connection| connection.shut_down()) }
}

/// Sets what counts as done of the shutdown (`SSL_SENT_SHUTDOWN`,
/// `SSL_RECEIVED_SHUTDOWN`), as given. `SSL_set_shutdown(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_shutdown(ssl: *mut SSL, mode: c_int) {
    // SAFETY: the caller's promise.
    unsafe {
        with(ssl, (), |connection| {
            connection.shutdown.set(mode);
        });
    }
}

/// What is done of the shutdown. `SSL_get_shutdown(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_shutdown(ssl: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(ssl, 0, |connection| connection.shutdown.get()) }
}

/// What the last call waited for (`SSL_NOTHING`, `SSL_READING` …). `SSL_want(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_want(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, Want::Nothing.code(), |connection| connection.want.get().code()) }
}

/// Why the last call on `s` answered `ret_code`: `SSL_ERROR_*`. Looks at the
/// error queue of this thread first, which must have been empty before that
/// call. `SSL_get_error(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_error(s: *const SSL, ret_code: c_int) -> c_int {
    if ret_code > 0 {
        return SSL_ERROR_NONE;
    }
    let queued = err::peek();
    if queued != 0 {
        return if err::lib_of(queued) == err::ERR_LIB_SYS { SSL_ERROR_SYSCALL } else { SSL_ERROR_SSL };
    }
    // SAFETY: the caller's promise.
    let connection = unsafe { ssl(s) };
    guard(SSL_ERROR_SYSCALL, || connection.map_or(SSL_ERROR_SSL, reason_of))
}

fn reason_of(connection: &Connection) -> c_int {
    let waiting = |bio: Option<Rc<Bio>>| match bio.map_or(Retry::None, |bio| bio.retry()) {
        Retry::None => None,
        Retry::Read => Some(SSL_ERROR_WANT_READ),
        Retry::Write => Some(SSL_ERROR_WANT_WRITE),
        Retry::Connect => Some(SSL_ERROR_WANT_CONNECT),
        Retry::Accept => Some(SSL_ERROR_WANT_ACCEPT),
        Retry::Other => Some(SSL_ERROR_SYSCALL),
    };
    let answer = match connection.want.get() {
        Want::Reading => waiting(connection.rbio()),
        Want::Writing => waiting(connection.wbio()),
        Want::X509Lookup => Some(SSL_ERROR_WANT_X509_LOOKUP),
        Want::RetryVerify => Some(SSL_ERROR_WANT_RETRY_VERIFY),
        Want::ClientHelloCallback => Some(SSL_ERROR_WANT_CLIENT_HELLO_CB),
        Want::Nothing => None,
    };
    answer.unwrap_or_else(|| {
        // Also after a fatal alert, whose error is on the queue of the first call only.
        let closed = connection.shutdown.get() & RECEIVED_SHUTDOWN != 0;
        // What TLS 1.3 does not know as a warning ended the connection, uncleanly.
        let clean = !matches!(connection.tap.received_alert.get(), Some((1, number)) if number != 0);
        if closed && clean { SSL_ERROR_ZERO_RETURN } else { SSL_ERROR_SYSCALL }
    })
}

/// Whether `s` reads as much as there is rather than record by record.
/// `SSL_get_read_ahead(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_get_read_ahead(s: *const SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(s, 0, |connection| connection.settings.borrow().read_ahead) }
}

/// Makes `s` read as much as there is: fewer system calls, but bytes that
/// follow the TLS connection on the same socket may be taken. `SSL_set_read_ahead(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_read_ahead(s: *mut SSL, yes: c_int) {
    // SAFETY: the caller's promise.
    unsafe { with(s, (), |connection| connection.settings.borrow_mut().read_ahead = yes) }
}

/// A hint for OpenSSL's read buffer, which ours sizes by itself.
/// `SSL_set_default_read_buffer_len(3)`.
///
/// # Safety
/// `s` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_set_default_read_buffer_len(_s: *mut SSL, _len: size_t) {}

/// Buffers are made when they are needed: 1. `SSL_alloc_buffers(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_alloc_buffers(ssl: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe { with(ssl, 0, |_| 1) }
}

/// Gives back the memory of empty buffers: 1, or 0 when something is still
/// buffered. `SSL_free_buffers(3)`.
///
/// # Safety
/// `ssl` is NULL or a live SSL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn SSL_free_buffers(ssl: *mut SSL) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        with(ssl, 0, |connection| {
            if connection.buffers.has_pending() || connection.buffers.has_output() {
                return 0;
            }
            connection.buffers.release();
            1
        })
    }
}
