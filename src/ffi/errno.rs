//! The C library's errno.

/// Whether errno says that the peer has closed the connection.
pub fn is_closed() -> bool {
    // SAFETY: the C library's pointer to this thread's errno is valid.
    matches!(unsafe { *libc::__errno_location() }, libc::EPIPE | libc::ECONNRESET)
}

/// Sets errno to 0.
pub fn clear() {
    // SAFETY: the C library's pointer to this thread's errno is valid.
    unsafe { *libc::__errno_location() = 0 }
}
