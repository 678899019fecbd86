//! Hash tables that programs read with libcrypto's `lh_*` functions.

use std::ptr::NonNull;

use libc::{c_int, c_ulong, c_void};

use super::sys::lhash_st_SSL_SESSION;
use crate::ffi::Ref;
use crate::session::Session;

type HashFunction = unsafe extern "C" fn(*const c_void) -> c_ulong;
type CompareFunction = unsafe extern "C" fn(*const c_void, *const c_void) -> c_int;

unsafe extern "C" {
    fn OPENSSL_LH_new(hash: HashFunction, compare: CompareFunction) -> *mut lhash_st_SSL_SESSION;
    fn OPENSSL_LH_insert(table: *mut lhash_st_SSL_SESSION, data: *mut c_void) -> *mut c_void;
    fn OPENSSL_LH_delete(table: *mut lhash_st_SSL_SESSION, data: *const c_void) -> *mut c_void;
    fn OPENSSL_LH_free(table: *mut lhash_st_SSL_SESSION);
    fn OPENSSL_LH_flush(table: *mut lhash_st_SSL_SESSION);
}

/// The session behind an entry.
///
/// # Safety
/// `entry` is the C pointer of a session that lives for `'a`.
unsafe fn session<'a>(entry: *const c_void) -> Option<&'a Session> {
    // SAFETY: the caller's promise.
    unsafe { crate::ffi::handle::borrow(entry.cast()) }
}

/// The first bytes of the id.
unsafe extern "C" fn hash(entry: *const c_void) -> c_ulong {
    // SAFETY: libcrypto passes entries, and what a program looks for: sessions.
    let session = unsafe { session(entry) };
    session.map_or(0, |session| {
        let bytes = session.read(|fields| fields.id.first_bytes());
        u32::from_le_bytes(bytes).into()
    })
}

/// 0 for sessions of one version and id.
unsafe extern "C" fn compare(a: *const c_void, b: *const c_void) -> c_int {
    // SAFETY: as above.
    let keys = unsafe { [session(a), session(b)] }.map(|session| session.map(|s| s.read(|f| (f.version, f.id))));
    c_int::from(keys[0] != keys[1])
}

/// A table of sessions by version and id, which it does not own.
pub struct Table(NonNull<lhash_st_SSL_SESSION>);

impl Table {
    /// An empty table; `None` when memory is short.
    pub fn new() -> Option<Self> {
        // SAFETY: the functions fit what is put in.
        NonNull::new(unsafe { OPENSSL_LH_new(hash, compare) }).map(Self)
    }

    /// Puts a session in. It stays out when memory is short.
    pub fn insert(&self, session: &Ref<Session>) {
        // SAFETY: the table lives, and so do its sessions: whoever drops one
        // takes it out before.
        unsafe { OPENSSL_LH_insert(self.as_ptr(), session.as_ptr().cast()) };
    }

    /// Takes a session out: whether it was this one that was found.
    pub fn remove(&self, session: &Ref<Session>) -> bool {
        // SAFETY: as above.
        let removed = unsafe { OPENSSL_LH_delete(self.as_ptr(), session.as_ptr().cast()) };
        removed.cast() == session.as_ptr()
    }

    /// Takes all out.
    pub fn clear(&self) {
        // SAFETY: the table lives.
        unsafe { OPENSSL_LH_flush(self.as_ptr()) };
    }

    /// The C pointer; a borrow.
    pub fn as_ptr(&self) -> *mut lhash_st_SSL_SESSION {
        self.0.as_ptr()
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        // SAFETY: ours; its entries are not.
        unsafe { OPENSSL_LH_free(self.as_ptr()) };
    }
}

// SAFETY: we use it under the lock of the cache it belongs to. Programs that
// read it through its C pointer keep other threads from the cache meanwhile, as
// with OpenSSL.
unsafe impl Send for Table {}
