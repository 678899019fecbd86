//! The C library's errno.

/// Sets errno to 0.
pub fn clear() {
    // SAFETY: the C library's pointer to this thread's errno is valid.
    unsafe { *libc::__errno_location() = 0 }
}
