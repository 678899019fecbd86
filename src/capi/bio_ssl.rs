//! `BIO_f_ssl` and its helpers: a filter BIO over an SSL. `BIO_f_ssl(3)`.
//!
//! The BIO's data is a [`Filter`]. libcrypto calls the functions below with a
//! BIO that [`create`] prepared, so its data is always there.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use libc::*;

use super::connection::{SSL_clear, SSL_dup, SSL_free, SSL_get_rbio, SSL_get_wbio, SSL_new, SSL_set_bio};
use super::handshake::{SSL_do_handshake, SSL_in_init, SSL_renegotiate, SSL_set_accept_state, SSL_set_connect_state};
use super::io::{SSL_get_error, SSL_pending, SSL_read, SSL_shutdown, SSL_write};
use super::set_session::SSL_copy_session_id;
use crate::boundary::reentrant;
use crate::connection::{Connection, Role};
use crate::ffi::types::*;
use crate::ffi::{guard, handle};
use crate::sync::OnceLock;

type InfoCallback = unsafe extern "C" fn(*mut BIO, c_int, c_int) -> c_int;

unsafe extern "C" {
    fn BIO_meth_new(kind: c_int, name: *const c_char) -> *mut BIO_METHOD;
    fn BIO_meth_set_write_ex(
        method: *mut BIO_METHOD,
        f: unsafe extern "C" fn(*mut BIO, *const c_char, size_t, *mut size_t) -> c_int,
    ) -> c_int;
    fn BIO_meth_set_read_ex(
        method: *mut BIO_METHOD,
        f: unsafe extern "C" fn(*mut BIO, *mut c_char, size_t, *mut size_t) -> c_int,
    ) -> c_int;
    fn BIO_meth_set_puts(method: *mut BIO_METHOD, f: unsafe extern "C" fn(*mut BIO, *const c_char) -> c_int) -> c_int;
    fn BIO_meth_set_ctrl(
        method: *mut BIO_METHOD,
        f: unsafe extern "C" fn(*mut BIO, c_int, c_long, *mut c_void) -> c_long,
    ) -> c_int;
    fn BIO_meth_set_create(method: *mut BIO_METHOD, f: unsafe extern "C" fn(*mut BIO) -> c_int) -> c_int;
    fn BIO_meth_set_destroy(method: *mut BIO_METHOD, f: unsafe extern "C" fn(*mut BIO) -> c_int) -> c_int;
    fn BIO_meth_set_callback_ctrl(
        method: *mut BIO_METHOD,
        f: unsafe extern "C" fn(*mut BIO, c_int, Option<InfoCallback>) -> c_long,
    ) -> c_int;
    fn BIO_up_ref(bio: *mut BIO) -> c_int;
    fn BIO_next(bio: *mut BIO) -> *mut BIO;
    fn BIO_set_next(bio: *mut BIO, next: *mut BIO);
    fn BIO_method_type(bio: *const BIO) -> c_int;
    fn BIO_set_data(bio: *mut BIO, data: *mut c_void);
    fn BIO_get_data(bio: *mut BIO) -> *mut c_void;
    fn BIO_set_init(bio: *mut BIO, init: c_int);
    fn BIO_get_init(bio: *mut BIO) -> c_int;
    fn BIO_set_shutdown(bio: *mut BIO, shut: c_int);
    fn BIO_get_shutdown(bio: *mut BIO) -> c_int;
    fn BIO_set_flags(bio: *mut BIO, flags: c_int);
    fn BIO_clear_flags(bio: *mut BIO, flags: c_int);
    fn BIO_set_retry_reason(bio: *mut BIO, reason: c_int);
    fn BIO_get_retry_reason(bio: *mut BIO) -> c_int;
    fn BIO_copy_next_retry(bio: *mut BIO);
    fn BIO_f_buffer() -> *const BIO_METHOD;
    fn BIO_s_connect() -> *const BIO_METHOD;
}

reentrant! {
    fn BIO_new(method: *const BIO_METHOD) -> *mut BIO;
    fn BIO_free(bio: *mut BIO) -> c_int;
    fn BIO_push(bio: *mut BIO, append: *mut BIO) -> *mut BIO;
    fn BIO_find_type(bio: *mut BIO, kind: c_int) -> *mut BIO;
    fn BIO_write(bio: *mut BIO, data: *const c_void, len: c_int) -> c_int;
    fn BIO_ctrl(bio: *mut BIO, cmd: c_int, larg: c_long, parg: *mut c_void) -> c_long;
    fn BIO_callback_ctrl(bio: *mut BIO, cmd: c_int, callback: Option<InfoCallback>) -> c_long;
}

const BIO_TYPE_SSL: c_int = 7 | 0x200;
const BIO_CLOSE: c_long = 1;

const BIO_FLAGS_READ: c_int = 1;
const BIO_FLAGS_WRITE: c_int = 2;
const BIO_FLAGS_IO_SPECIAL: c_int = 4;
const BIO_FLAGS_SHOULD_RETRY: c_int = 8;
const RETRY_FLAGS: c_int = BIO_FLAGS_READ | BIO_FLAGS_WRITE | BIO_FLAGS_IO_SPECIAL | BIO_FLAGS_SHOULD_RETRY;

const BIO_RR_SSL_X509_LOOKUP: c_int = 1;
const BIO_RR_CONNECT: c_int = 2;
const BIO_RR_ACCEPT: c_int = 3;

const BIO_CTRL_RESET: c_int = 1;
const BIO_CTRL_INFO: c_int = 3;
const BIO_CTRL_PUSH: c_int = 6;
const BIO_CTRL_POP: c_int = 7;
const BIO_CTRL_GET_CLOSE: c_int = 8;
const BIO_CTRL_SET_CLOSE: c_int = 9;
const BIO_CTRL_PENDING: c_int = 10;
const BIO_CTRL_FLUSH: c_int = 11;
const BIO_CTRL_DUP: c_int = 12;
const BIO_CTRL_WPENDING: c_int = 13;
const BIO_CTRL_SET_CALLBACK: c_int = 14;
const BIO_C_DO_STATE_MACHINE: c_int = 101;
const BIO_C_SET_SSL: c_int = 109;
const BIO_C_GET_SSL: c_int = 110;
const BIO_C_SSL_MODE: c_int = 119;
const BIO_C_SET_SSL_RENEGOTIATE_BYTES: c_int = 125;
const BIO_C_GET_SSL_NUM_RENEGOTIATES: c_int = 126;
const BIO_C_SET_SSL_RENEGOTIATE_TIMEOUT: c_int = 127;

const SSL_ERROR_NONE: c_int = 0;
const SSL_ERROR_WANT_READ: c_int = 2;
const SSL_ERROR_WANT_WRITE: c_int = 3;
const SSL_ERROR_WANT_X509_LOOKUP: c_int = 4;
const SSL_ERROR_WANT_CONNECT: c_int = 7;
const SSL_ERROR_WANT_ACCEPT: c_int = 8;

/// The filter's method, the same pointer at every call, never freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_f_ssl() -> *const BIO_METHOD {
    guard(std::ptr::null(), || METHOD.get_or_init(make_method).0)
}

/// A filter over a new SSL of `ctx`, a client if `client` is not 0, freed with
/// the BIO. NULL on failure. `BIO_f_ssl(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_new_ssl(ctx: *mut SSL_CTX, client: c_int) -> *mut BIO {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the caller's promise on `ctx`; the BIO and the SSL are new and ours.
        unsafe {
            let bio = BIO_new(BIO_f_ssl());
            if bio.is_null() {
                return bio;
            }
            let ssl = SSL_new(ctx);
            if ssl.is_null() {
                BIO_free(bio);
                return std::ptr::null_mut();
            }
            set_mode(ssl, client != 0);
            BIO_ctrl(bio, BIO_C_SET_SSL, BIO_CLOSE, ssl.cast());
            bio
        }
    })
}

/// A chain of an SSL client and a connect BIO. NULL on failure. `BIO_f_ssl(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_new_ssl_connect(ctx: *mut SSL_CTX) -> *mut BIO {
    // SAFETY: the caller's promise on `ctx`; both BIOs are new, `chain` takes them.
    guard(std::ptr::null_mut(), || unsafe { chain(BIO_new_ssl(ctx, 1), BIO_new(BIO_s_connect())) })
}

/// As [`BIO_new_ssl_connect`], with a buffering BIO in front. `BIO_f_ssl(3)`.
///
/// # Safety
/// `ctx` is NULL or a live SSL_CTX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_new_buffer_ssl_connect(ctx: *mut SSL_CTX) -> *mut BIO {
    // SAFETY: as above.
    guard(std::ptr::null_mut(), || unsafe { chain(BIO_new(BIO_f_buffer()), BIO_new_ssl_connect(ctx)) })
}

/// Gives the first SSL in chain `to` the session of the first SSL in chain
/// `from`. 1, or 0 when either is missing. `BIO_f_ssl(3)`.
///
/// # Safety
/// Both are NULL or live BIOs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_ssl_copy_session_id(to: *mut BIO, from: *mut BIO) -> c_int {
    guard(0, || {
        // SAFETY: the caller's promise; the SSLs live as long as their BIOs.
        unsafe {
            let (Some(to), Some(from)) = (first_ssl(to), first_ssl(from)) else {
                return 0;
            };
            c_int::from(SSL_copy_session_id(to, from) != 0)
        }
    })
}

/// SSL_shutdown of every SSL in the chain. `BIO_f_ssl(3)`.
///
/// # Safety
/// `bio` is NULL or a live BIO.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn BIO_ssl_shutdown(mut bio: *mut BIO) {
    guard((), || {
        // SAFETY: the caller's promise, for each BIO of the chain.
        unsafe {
            while !bio.is_null() {
                if let Some(ssl) = ssl_of(bio) {
                    SSL_shutdown(ssl);
                }
                bio = BIO_next(bio);
            }
        }
    });
}

/// What the filter keeps. Callbacks of the SSL may come back to the BIO, so
/// every field is a cell.
struct Filter {
    ssl: Cell<*mut SSL>,
    renegotiations: Cell<c_int>,
    /// Renegotiate after so many bytes; 0 is never.
    every_bytes: Cell<c_ulong>,
    bytes: Cell<usize>,
    /// Renegotiate after so many seconds; 0 is never.
    every_seconds: Cell<c_ulong>,
    last_time: Cell<c_ulong>,
}

impl Filter {
    const fn new() -> Self {
        Self {
            ssl: Cell::new(std::ptr::null_mut()),
            renegotiations: Cell::new(0),
            every_bytes: Cell::new(0),
            bytes: Cell::new(0),
            every_seconds: Cell::new(0),
            last_time: Cell::new(0),
        }
    }

    /// Renegotiates when the limits of the application say so.
    fn moved(&self, bytes: usize) {
        if self.every_bytes.get() > 0 {
            self.bytes.set(self.bytes.get() + bytes);
            if self.bytes.get() as c_ulong > self.every_bytes.get() {
                self.bytes.set(0);
                return self.renegotiate();
            }
        }
        if self.every_seconds.get() > 0 && now() > self.last_time.get() + self.every_seconds.get() {
            self.last_time.set(now());
            self.renegotiate();
        }
    }

    fn renegotiate(&self) {
        self.renegotiations.set(self.renegotiations.get() + 1);
        // SAFETY: the filter's own SSL.
        unsafe { SSL_renegotiate(self.ssl.get()) };
    }

    /// `BIO_CTRL_DUP`: a copy for another BIO, over a copy of the SSL.
    fn copy_to(&self, other: &Filter) -> bool {
        // SAFETY: the SSL of each filter is alive; `other` gives up its own.
        unsafe {
            SSL_free(other.ssl.get());
            other.ssl.set(SSL_dup(self.ssl.get()));
        }
        other.renegotiations.set(self.renegotiations.get());
        other.every_bytes.set(self.every_bytes.get());
        other.bytes.set(self.bytes.get());
        other.every_seconds.set(self.every_seconds.get());
        other.last_time.set(self.last_time.get());
        !other.ssl.get().is_null()
    }
}

struct Method(*const BIO_METHOD);
// SAFETY: libcrypto only reads a method once it is made.
unsafe impl Send for Method {}
// SAFETY: as above.
unsafe impl Sync for Method {}

static METHOD: OnceLock<Method> = OnceLock::new();

fn make_method() -> Method {
    // SAFETY: the functions have the types that libcrypto calls them by.
    unsafe {
        let method = BIO_meth_new(BIO_TYPE_SSL, c"ssl".as_ptr());
        if !method.is_null() {
            BIO_meth_set_write_ex(method, write);
            BIO_meth_set_read_ex(method, read);
            BIO_meth_set_puts(method, puts);
            BIO_meth_set_ctrl(method, ctrl);
            BIO_meth_set_create(method, create);
            BIO_meth_set_destroy(method, destroy);
            BIO_meth_set_callback_ctrl(method, callback_ctrl);
        }
        Method(method)
    }
}

unsafe extern "C" fn create(bio: *mut BIO) -> c_int {
    guard(0, || {
        // SAFETY: libcrypto's new BIO; `destroy` takes the box back.
        unsafe {
            BIO_set_init(bio, 0);
            BIO_set_data(bio, Box::into_raw(Box::new(Filter::new())).cast());
            BIO_clear_flags(bio, !0);
        }
        1
    })
}

unsafe extern "C" fn destroy(bio: *mut BIO) -> c_int {
    guard(0, || {
        // SAFETY: the BIO is going away; nobody else has its data.
        unsafe {
            let data = BIO_get_data(bio).cast::<Filter>();
            if data.is_null() {
                return 0;
            }
            BIO_set_data(bio, std::ptr::null_mut());
            let filter = Box::from_raw(data);
            if BIO_get_shutdown(bio) != 0 {
                let ssl = filter.ssl.get();
                if !ssl.is_null() && SSL_in_init(ssl) == 0 {
                    SSL_shutdown(ssl);
                }
                if BIO_get_init(bio) != 0 {
                    SSL_free(ssl);
                }
                BIO_clear_flags(bio, !0);
                BIO_set_init(bio, 0);
            }
        }
        1
    })
}

unsafe extern "C" fn read(bio: *mut BIO, buf: *mut c_char, size: size_t, done: *mut size_t) -> c_int {
    // SAFETY: libcrypto's promise on the BIO and the buffer.
    guard(-1, || unsafe { transfer(bio, buf.is_null(), done, |ssl| SSL_read(ssl, buf.cast(), int(size))) })
}

unsafe extern "C" fn write(bio: *mut BIO, buf: *const c_char, size: size_t, done: *mut size_t) -> c_int {
    // SAFETY: libcrypto's promise on the BIO and the buffer.
    guard(-1, || unsafe { transfer(bio, buf.is_null(), done, |ssl| SSL_write(ssl, buf.cast(), int(size))) })
}

/// Reads or writes through the SSL, and says on the BIO what to wait for.
///
/// # Safety
/// `bio` is one of ours, `done` is writable.
unsafe fn transfer(
    bio: *mut BIO,
    no_buffer: bool,
    done: *mut size_t,
    move_bytes: impl FnOnce(*mut SSL) -> c_int,
) -> c_int {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(filter) = filter(bio).filter(|_| !no_buffer) else {
            return 0;
        };
        let ssl = filter.ssl.get();
        BIO_clear_flags(bio, RETRY_FLAGS);
        let moved = move_bytes(ssl);
        *done = usize::try_from(moved).unwrap_or(0);
        match SSL_get_error(ssl, moved) {
            SSL_ERROR_NONE => filter.moved(*done),
            error => set_retry(bio, error, BIO_RR_CONNECT),
        }
        moved.min(1)
    }
}

/// The retry flags and reason for what SSL_get_error answered.
unsafe fn set_retry(bio: *mut BIO, error: c_int, connect_reason: c_int) {
    let (flag, reason) = match error {
        SSL_ERROR_WANT_READ => (BIO_FLAGS_READ, 0),
        SSL_ERROR_WANT_WRITE => (BIO_FLAGS_WRITE, 0),
        SSL_ERROR_WANT_X509_LOOKUP => (BIO_FLAGS_IO_SPECIAL, BIO_RR_SSL_X509_LOOKUP),
        SSL_ERROR_WANT_ACCEPT => (BIO_FLAGS_IO_SPECIAL, BIO_RR_ACCEPT),
        SSL_ERROR_WANT_CONNECT => (BIO_FLAGS_IO_SPECIAL, connect_reason),
        _ => (0, 0),
    };
    // SAFETY: the caller's BIO.
    unsafe {
        if flag != 0 {
            BIO_set_flags(bio, flag | BIO_FLAGS_SHOULD_RETRY);
        }
        BIO_set_retry_reason(bio, reason);
    }
}

unsafe extern "C" fn puts(bio: *mut BIO, text: *const c_char) -> c_int {
    // SAFETY: a NUL-terminated string from libcrypto.
    guard(-1, || unsafe { BIO_write(bio, text.cast(), int(strlen(text))) })
}

unsafe extern "C" fn ctrl(bio: *mut BIO, cmd: c_int, num: c_long, ptr: *mut c_void) -> c_long {
    // SAFETY: libcrypto's promise on the BIO; `ptr` is what `cmd` says.
    guard(0, || unsafe {
        let Some(filter) = filter(bio) else {
            return 0;
        };
        if cmd == BIO_C_SET_SSL {
            return set_ssl(bio, filter, num, ptr.cast());
        }
        match filter.ssl.get() {
            ssl if ssl.is_null() => 0,
            ssl => ctrl_ssl(bio, filter, ssl, cmd, num, ptr),
        }
    })
}

/// The commands on a filter that has an SSL.
unsafe fn ctrl_ssl(bio: *mut BIO, filter: &Filter, ssl: *mut SSL, cmd: c_int, num: c_long, ptr: *mut c_void) -> c_long {
    // SAFETY: as in `ctrl`; the SSL and its BIOs live as long as the filter.
    unsafe {
        let next = BIO_next(bio);
        match cmd {
            BIO_CTRL_RESET => reset(bio, ssl, num, ptr),
            BIO_CTRL_INFO | BIO_CTRL_SET_CALLBACK => 0,
            BIO_C_SSL_MODE => {
                set_mode(ssl, num != 0);
                1
            }
            BIO_C_SET_SSL_RENEGOTIATE_TIMEOUT => {
                filter.last_time.set(now());
                filter.every_seconds.replace(if num < 60 { 5 } else { num as c_ulong }) as c_long
            }
            BIO_C_SET_SSL_RENEGOTIATE_BYTES if num >= 512 => filter.every_bytes.replace(num as c_ulong) as c_long,
            BIO_C_SET_SSL_RENEGOTIATE_BYTES => filter.every_bytes.get() as c_long,
            BIO_C_GET_SSL_NUM_RENEGOTIATES => filter.renegotiations.get().into(),
            BIO_C_GET_SSL if ptr.is_null() => 0,
            BIO_C_GET_SSL => {
                *ptr.cast::<*mut SSL>() = ssl;
                1
            }
            BIO_CTRL_GET_CLOSE => BIO_get_shutdown(bio).into(),
            BIO_CTRL_SET_CLOSE => {
                BIO_set_shutdown(bio, num as c_int);
                1
            }
            BIO_CTRL_WPENDING => BIO_ctrl(SSL_get_wbio(ssl), cmd, num, ptr),
            BIO_CTRL_PENDING => match SSL_pending(ssl) {
                0 => BIO_ctrl(SSL_get_rbio(ssl), cmd, 0, std::ptr::null_mut()) as c_int as c_long,
                pending => pending.into(),
            },
            BIO_CTRL_FLUSH => {
                BIO_clear_flags(bio, RETRY_FLAGS);
                let flushed = BIO_ctrl(SSL_get_wbio(ssl), cmd, num, ptr);
                BIO_copy_next_retry(bio);
                flushed
            }
            BIO_CTRL_PUSH => {
                if !next.is_null() && next != SSL_get_rbio(ssl) {
                    // SSL_set_bio takes one reference for both directions.
                    BIO_up_ref(next);
                    SSL_set_bio(ssl, next, next);
                }
                1
            }
            BIO_CTRL_POP => {
                // Not when a BIO behind this one is popped.
                if bio == ptr.cast() {
                    SSL_set_bio(ssl, std::ptr::null_mut(), std::ptr::null_mut());
                }
                1
            }
            BIO_C_DO_STATE_MACHINE => {
                BIO_clear_flags(bio, RETRY_FLAGS);
                let done = SSL_do_handshake(ssl);
                let error = SSL_get_error(ssl, done);
                let reason = if error == SSL_ERROR_WANT_CONNECT { BIO_get_retry_reason(next) } else { 0 };
                set_retry(bio, error, reason);
                done.into()
            }
            BIO_CTRL_DUP => self::filter(ptr.cast()).is_some_and(|other| filter.copy_to(other)).into(),
            _ => BIO_ctrl(SSL_get_rbio(ssl), cmd, num, ptr),
        }
    }
}

/// `BIO_C_SET_SSL`: takes `ssl`, which the BIO frees if `close` is not 0, and
/// puts its BIO behind this one.
unsafe fn set_ssl(bio: *mut BIO, mut filter: &Filter, close: c_long, ssl: *mut SSL) -> c_long {
    // SAFETY: as in `ctrl`; `destroy` frees what `filter` points to, so it is
    // looked up anew.
    unsafe {
        let next = BIO_next(bio);
        if !filter.ssl.get().is_null() {
            destroy(bio);
            create(bio);
            let Some(fresh) = self::filter(bio) else {
                return 0;
            };
            filter = fresh;
        }
        BIO_set_shutdown(bio, close as c_int);
        filter.ssl.set(ssl);
        let below = SSL_get_rbio(ssl);
        if !below.is_null() {
            if !next.is_null() {
                BIO_push(below, next);
            }
            BIO_set_next(bio, below);
            BIO_up_ref(below);
        }
        BIO_set_init(bio, 1);
        1
    }
}

/// `BIO_CTRL_RESET`: shuts the SSL down and makes it ready for another connection.
unsafe fn reset(bio: *mut BIO, ssl: *mut SSL, num: c_long, ptr: *mut c_void) -> c_long {
    // SAFETY: as in `ctrl`.
    unsafe {
        SSL_shutdown(ssl);
        let role = handle::borrow::<Connection>(ssl).map_or(Role::Undecided, |connection| connection.role.get());
        if role != Role::Undecided {
            set_mode(ssl, role == Role::Client);
        }
        if SSL_clear(ssl) == 0 {
            return 0;
        }
        let (next, below) = (BIO_next(bio), SSL_get_rbio(ssl));
        match (next.is_null(), below.is_null()) {
            (false, _) => BIO_ctrl(next, BIO_CTRL_RESET, num, ptr),
            (true, false) => BIO_ctrl(below, BIO_CTRL_RESET, num, ptr),
            (true, true) => 1,
        }
    }
}

unsafe extern "C" fn callback_ctrl(bio: *mut BIO, cmd: c_int, callback: Option<InfoCallback>) -> c_long {
    // SAFETY: libcrypto's promise on the BIO.
    guard(0, || unsafe {
        match ssl_of(bio) {
            Some(ssl) if cmd == BIO_CTRL_SET_CALLBACK => BIO_callback_ctrl(SSL_get_rbio(ssl), cmd, callback),
            _ => 0,
        }
    })
}

/// The filter of a BIO, if it is one of ours.
unsafe fn filter<'a>(bio: *mut BIO) -> Option<&'a Filter> {
    // SAFETY: a live BIO; the data of one of our type is a `Filter` or NULL.
    unsafe {
        if bio.is_null() || BIO_method_type(bio) != BIO_TYPE_SSL {
            return None;
        }
        BIO_get_data(bio).cast::<Filter>().as_ref()
    }
}

/// The SSL of a BIO, if it is one of ours and has one.
unsafe fn ssl_of(bio: *mut BIO) -> Option<*mut SSL> {
    // SAFETY: as above.
    unsafe { filter(bio) }.map(|filter| filter.ssl.get()).filter(|ssl| !ssl.is_null())
}

/// The SSL of the first filter in a chain.
unsafe fn first_ssl(bio: *mut BIO) -> Option<*mut SSL> {
    // SAFETY: as above; libcrypto accepts NULL here.
    unsafe { ssl_of(BIO_find_type(bio, BIO_TYPE_SSL)) }
}

/// Puts `tail` behind `head`; frees the one if the other is NULL.
unsafe fn chain(head: *mut BIO, tail: *mut BIO) -> *mut BIO {
    // SAFETY: both are NULL or new and ours.
    unsafe {
        if head.is_null() || tail.is_null() {
            BIO_free(head);
            BIO_free(tail);
            return std::ptr::null_mut();
        }
        BIO_push(head, tail)
    }
}

unsafe fn set_mode(ssl: *mut SSL, client: bool) {
    // SAFETY: the caller's live SSL.
    unsafe {
        if client {
            SSL_set_connect_state(ssl);
        } else {
            SSL_set_accept_state(ssl);
        }
    }
}

/// libssl's functions count in int.
fn int(len: usize) -> c_int {
    c_int::try_from(len).unwrap_or(c_int::MAX)
}

fn now() -> c_ulong {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}
