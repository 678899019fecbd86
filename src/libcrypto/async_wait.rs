//! libcrypto's `ASYNC_WAIT_CTX`: what an asynchronous job waits for.

use std::ptr::NonNull;

use libc::{c_int, c_void};

#[repr(C)]
struct ASYNC_WAIT_CTX([u8; 0]);

unsafe extern "C" {
    fn ASYNC_WAIT_CTX_new() -> *mut ASYNC_WAIT_CTX;
    fn ASYNC_WAIT_CTX_free(ctx: *mut ASYNC_WAIT_CTX);
    fn ASYNC_WAIT_CTX_get_status(ctx: *mut ASYNC_WAIT_CTX) -> c_int;
    fn ASYNC_WAIT_CTX_get_all_fds(ctx: *mut ASYNC_WAIT_CTX, fds: *mut c_int, count: *mut usize) -> c_int;
    fn ASYNC_WAIT_CTX_get_changed_fds(
        ctx: *mut ASYNC_WAIT_CTX,
        added: *mut c_int,
        added_count: *mut usize,
        deleted: *mut c_int,
        deleted_count: *mut usize,
    ) -> c_int;
    fn ASYNC_get_current_job() -> *mut c_void;
}

/// An `ASYNC_WAIT_CTX` of our own.
pub struct WaitContext(NonNull<ASYNC_WAIT_CTX>);

impl WaitContext {
    /// One that waits for nothing; `None` when memory runs out, and inside a job, which
    /// has its own.
    pub fn new() -> Option<Self> {
        // SAFETY: asks about the thread's own job.
        if unsafe { !ASYNC_get_current_job().is_null() } {
            return None;
        }
        // SAFETY: a new object that we own.
        NonNull::new(unsafe { ASYNC_WAIT_CTX_new() }).map(Self)
    }

    /// The status that an engine has set; 0 when none has.
    pub fn status(&self) -> c_int {
        // SAFETY: our own live object.
        unsafe { ASYNC_WAIT_CTX_get_status(self.0.as_ptr()) }
    }

    /// Fills in what is waited for: 1, or 0 on failure.
    ///
    /// # Safety
    /// `fds` is NULL or has room for `*count` of them as the last call told; `count` is
    /// writable.
    pub unsafe fn all_fds(&self, fds: *mut c_int, count: *mut usize) -> c_int {
        // SAFETY: our own live object; the caller's promise.
        unsafe { ASYNC_WAIT_CTX_get_all_fds(self.0.as_ptr(), fds, count) }
    }

    /// Fills in what has changed: 1, or 0 on failure.
    ///
    /// # Safety
    /// As [`Self::all_fds`], of both lists.
    pub unsafe fn changed_fds(
        &self,
        (added, added_count): (*mut c_int, *mut usize),
        (deleted, deleted_count): (*mut c_int, *mut usize),
    ) -> c_int {
        // SAFETY: our own live object; the caller's promise.
        unsafe { ASYNC_WAIT_CTX_get_changed_fds(self.0.as_ptr(), added, added_count, deleted, deleted_count) }
    }
}

impl Drop for WaitContext {
    fn drop(&mut self) {
        // SAFETY: our own object, which nothing else names.
        unsafe { ASYNC_WAIT_CTX_free(self.0.as_ptr()) }
    }
}
